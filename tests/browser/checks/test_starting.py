"""Starting well, over the demonstration city: check 21, and its pages and the library's under axe and at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from tests.browser.conftest import Site
from tests.browser.screens import faults_at as looked_at
from tests.browser.screens import forms
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

WIDTHS = (390, 768, 1366)
OFFICE = "finance_performance_office"
# A draft in which the goal, the other tasks and the indicators are still to be filled in.
_EMPTY = text("""
update draft_section set version = version + 1, body = case section when 'overall_goal' then '{"value": null}'::jsonb
    else '{"value": []}'::jsonb end
where submission_id = :id and section in ('overall_goal', 'other_tasks', 'indicators')
""")


@pytest.fixture(scope="module")
def form(demo_site: Site) -> int:
    return forms(demo_site.engine)["draft"]


@pytest.fixture
def filler(browser: Browser, demo_site: Site, form: int, artefacts: Path) -> Iterator[Page]:
    """The filler, before anything was copied."""
    with unit_of_work(session_factory(demo_site.engine)) as session:
        session.execute(text("delete from copied_cell"))
        session.execute(_EMPTY, {"id": form})
    with Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "starting") as visitor:
        yield visitor.sign_in("filler").page
        # A page that is left while it loads drops what it asked for; 422 is how a refused submission is answered.
        assert [one for one in visitor.faults if not one.startswith("failed:") and "status of 422" not in one] == []


def copied(page: Page, form: int) -> None:
    """Everything that last year offers, without amounts."""
    page.goto(f"/submissions/{form}/last-year")
    with page.expect_navigation():
        page.get_by_role("button", name="复制勾选的内容").click()


def test_check_21_amounts_are_empty_tags_show_and_untouched_cells_are_listed(filler: Page, form: int) -> None:
    copied(filler, form)
    expect(filler.get_by_role("status")).to_contain_text("已从上年复制")
    filler.goto(f"/submissions/{form}")
    amounts = filler.locator("#sec-other_tasks [name$='.planned_amount']")
    assert amounts.count() > 0
    assert {amounts.nth(at).input_value() for at in range(amounts.count())} == {""}
    name = filler.locator("#c-other_tasks-0-name")
    tag = name.locator("xpath=ancestor::td").locator(".was")
    expect(tag).to_have_text("上年")
    with filler.expect_response(lambda reply: "/sections/other_tasks" in reply.url and reply.ok):
        name.fill("今年的名称")
        expect(tag).to_have_count(0)
    filler.goto(f"/submissions/{form}/preview")
    listed = filler.locator("#copied")
    listed.locator("details").nth(1).locator("summary").click()
    expect(listed).to_contain_text("其他需完成任务")
    expect(listed).not_to_contain_text("今年的名称")
    filler.locator("#declared").check()
    with filler.expect_navigation():
        filler.get_by_role("button", name="提交部门审核").click()
    expect(filler.locator("#errors")).to_contain_text("请逐节确认已核对")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["last-year", "copied", "library", "library?q=qqqq", "preview", ""])
def test_pages_of_starting_are_legible_to_everybody(filler: Page, form: int, path: str, language: str) -> None:
    if path in ("copied", "preview", ""):
        copied(filler, form)
    filler.goto(f"/submissions/{form}/{path}{'&' if '?' in path else '?'}lang={language}".replace("/?", "?"))
    assert [fault for width in WIDTHS for fault in looked_at(filler, width)] == []


def test_suggestions_are_legible_too(filler: Page, form: int) -> None:
    copied(filler, form)
    filler.goto(f"/submissions/{form}")
    name = filler.locator("#c-indicators-0-level3")
    name.fill("")
    name.press_sequentially("满意")
    filler.locator("#library-list [role=option]").first.wait_for()
    filler.keyboard.press("ArrowDown")
    assert looked_at(filler, WIDTHS[-1]) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/admin/library", "/admin/library?tab=suggested", "/admin/library/new", "/admin/library/1"]
)
def test_the_librarys_own_pages_are_legible_to_everybody(
    browser: Browser, demo_site: Site, artefacts: Path, path: str, language: str
) -> None:
    with Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "starting") as visitor:
        page = visitor.sign_in(OFFICE).page
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert [fault for width in WIDTHS for fault in looked_at(page, width)] == []
        assert visitor.faults == []
