"""Checks 29, 30 and 33 to 35 of the lists and the desk, in a browser over the demonstration city."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from tests.browser.conftest import Site
from tests.browser.screens import WIDTHS, faults_at
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def office(browser: Browser, demo_site: Site, artefacts: Path) -> Iterator[Visitor]:
    with Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "desk") as visitor:
        yield visitor.sign_in("finance_performance_office")


def top(page: Page) -> float:
    return float(page.evaluate("window.scrollY"))


def test_check_30_the_head_ticks_this_page_and_all_is_a_second_action(office: Visitor) -> None:
    page = office.page
    page.goto("/submissions?year=2022")
    total = int(re.search(r"\d+", page.locator(".batch a").inner_text())[0])  # type: ignore[index]
    boxes = page.locator('input[name="form"]')
    shown = boxes.count()
    assert shown < total
    count = page.locator("[data-count]")
    expect(count).to_have_text("已选 0 条（本页）")
    boxes.nth(0).check()
    expect(count).to_have_text("已选 1 条（本页）")
    page.get_by_label("选择本页").check()
    expect(count).to_have_text(f"已选 {shown} 条（本页）")
    office.picture("list-chosen")
    page.get_by_label("选择本页").uncheck()
    expect(count).to_have_text("已选 0 条（本页）")
    page.get_by_label("选择本页").check()
    page.locator(".batch a").click()
    expect(page.locator(".batch b")).to_have_text(f"已选全部 {total} 条")
    office.picture("list-all")
    page.get_by_role("link", name="取消选择").click()
    expect(page.locator("[data-count]")).to_have_text("已选 0 条（本页）")
    page.goto("/inbox")
    page.locator("a.t-link").first.focus()
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("已选 1 条（本页）")
    assert office.faults == []


def test_check_33_filters_page_scroll_and_mark_survive_open_and_back(office: Visitor) -> None:
    page = office.page
    page.goto("/submissions?year=2022")
    page.get_by_role("link", name="下一页").click()
    address = page.url
    assert "year=2022" in address
    assert "after=" in address
    link = page.locator("a.t-link").last
    link.scroll_into_view_if_needed()
    path, scrolled = link.get_attribute("href"), top(page)
    assert scrolled > 0
    link.click()
    page.wait_for_url(f"**{path}*")
    page.go_back()
    page.wait_for_url(address)
    row = page.locator("tr.visited")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("看过")
    assert row.locator("a.t-link").get_attribute("href") == path
    page.wait_for_function("wanted => Math.abs(window.scrollY - wanted) < 60", arg=scrolled)
    assert page.evaluate("localStorage.length") == 0


def test_check_34_a_filter_with_no_match_shows_no_line(office: Visitor) -> None:
    page = office.page
    for path in ("/submissions", "/inbox?tab=ever"):
        page.goto(path)
        page.get_by_placeholder("部门、编号").fill("没有这个部门")
        page.get_by_role("button", name="筛选", exact=True).click()
        expect(page.locator("a.t-link")).to_have_count(0)
        page.get_by_role("link", name="清除筛选").first.click()
        page.wait_for_url(lambda url: "q=" not in url)
    office.picture("inbox-ever")


def test_check_35_a_second_urge_is_refused_with_the_time(office: Visitor) -> None:
    page = office.page
    page.goto("/submissions?stage=finance_business_office")
    page.locator("a.t-link").first.click()
    form = page.url.split("?")[0]
    page.goto(f"{form}/courtesies")
    office.press("催办")
    expect(page.get_by_role("status").first).to_contain_text("已催办")
    office.picture("courtesies")
    office.press("催办")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d 之后可以再次催办"))
    page.goto(f"{form}/timeline")
    expect(page.get_by_text("催办", exact=False).first).to_be_visible()
    office.picture("timeline-urged")


def test_check_29_the_next_form_opens_at_its_top_with_focus_on_its_heading(office: Visitor) -> None:
    page = office.page
    page.goto("/inbox")
    page.locator("#inbox-rows a.t-link").first.click()
    first = page.url
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    grade = page.locator('input[name="grade"][value="excellent"]')
    if grade.count():
        grade.check()
    page.locator('#decide button[value="pass"], #decide button[value="confirm"]').first.click()
    page.wait_for_url(lambda url: "of=" in url)
    assert page.url != first
    expect(page.locator("h1")).to_be_focused()
    assert top(page) == 0
    expect(page.get_by_role("status").first).to_contain_text("上一份已办理")
    office.picture("next-form")


@pytest.fixture(params=["zh", "en"])
def in_a_language(demo_site: Site, office: Visitor, request: pytest.FixtureRequest) -> Iterator[str]:
    """The language of the account, which posted pages speak too."""
    change = text("update person set language = :language where username = 'finance_performance_office'")
    with demo_site.engine.begin() as connection:
        connection.execute(change, {"language": request.param})
    yield str(request.param)
    with demo_site.engine.begin() as connection:
        connection.execute(change, {"language": "zh"})


def test_the_pages_of_batches_are_legible(office: Visitor, in_a_language: str) -> None:
    page = office.page
    faults = []
    for address, what in (("/inbox", "decide"), ("/submissions?stage=dept_head", "urge")):
        page.goto(address)
        for box in page.locator('input[name="form"]').all():
            box.check()
        with page.expect_navigation():
            page.locator(f'.batch button[value="{what}"]').click()
        faults += [fault for width in WIDTHS for fault in faults_at(page, width)]
        office.picture(f"batch-{what}-{in_a_language}")
    with page.expect_navigation():
        page.locator("#run button.p").click()
    faults += [fault for width in WIDTHS for fault in faults_at(page, width)]
    office.picture(f"batch-result-{in_a_language}")
    assert faults == []
