"""How the pages behave in the hand: without scripts, by keys, on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from tests.browser.checks.editing import switch
from tests.browser.conftest import Site
from tests.browser.screens import forms
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def test_a_decision_with_a_remark_needs_no_script(browser: Browser, demo_site: Site) -> None:
    form = forms(demo_site.engine)["level3"]
    context = browser.new_context(base_url=demo_site.url, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#username").fill("finance_business_office")
    page.locator("#password").fill(demo_site.password)
    page.locator("main button.p").click()
    page.goto(f"/submissions/{form}?view=full")
    page.locator("#indicators-3 summary").click()
    page.locator("#indicators-3 textarea").fill("请核对批次。")
    page.locator("#comment").fill("请补充依据。")
    page.locator("#decide button.d").click()
    assert "done=return_for_revision" in page.url
    with demo_site.engine.connect() as connection:
        found = connection.execute(text("select path, body from comment where submission_id = :id"), {"id": form})
        assert ("indicators[3]", "请核对批次。") in [tuple(row) for row in found]
    context.close()


def test_fingers_find_what_they_press(browser: Browser, demo_site: Site) -> None:
    context = browser.new_context(viewport=PHONE, base_url=demo_site.url, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#username").fill("finance_performance_office")
    page.locator("#password").fill(demo_site.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    for path in ("/inbox", "/submissions", f"/submissions/{forms(demo_site.engine)['level4']}", "/account"):
        page.goto(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll('.btn, .tabbar a, .tabs a, .me a')]
                .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 40)
                .map((one) => one.textContent.trim())"""
        )
        assert small == [], path
    context.close()


def test_keys_move_only_inside_the_list(browser: Browser, demo_site: Site, artefacts: Path) -> None:
    visitor = Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "hands")
    with visitor.sign_in("finance_performance_office"):
        page = visitor.page
        links = page.locator("#inbox-rows a.t-link")
        assert links.count() > 1
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('#inbox-rows')") is None
        links.first.focus()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.getAttribute('href')") == links.nth(1).get_attribute("href")
        page.keyboard.press("k")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.getAttribute('href')") == links.first.get_attribute("href")


def test_check_44_no_key_moves_in_a_list_once_they_are_off(browser: Browser, demo_site: Site, artefacts: Path) -> None:
    visitor = Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "hands")
    with visitor.sign_in("finance_performance_office"):
        page = visitor.page
        switch(page, "off")
        page.goto("/inbox")
        first = page.locator("#inbox-rows a.t-link").first
        expect(page.locator("[data-keys]")).to_be_hidden()
        first.focus()
        page.keyboard.press("j")
        expect(first).to_be_focused()
        switch(page, "on")
        page.goto("/inbox")
        first.focus()
        page.keyboard.press("j")
        expect(page.locator("#inbox-rows a.t-link").nth(1)).to_be_focused()


def test_a_password_is_shown_on_demand(browser: Browser, demo_site: Site) -> None:
    context = browser.new_context(base_url=demo_site.url, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#password").fill("x")
    page.get_by_role("button", name="显示").click()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="隐藏").click()
    assert page.locator("#password").get_attribute("type") == "password"
    context.close()
