"""Checks 6, 22 and 45 of the interface, and the live panel: a reason in place, what was mended, what is out of date, F8."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

REASON = "合同第 7 条：培训一次即达标。"


@pytest.fixture(autouse=True)
def _no_reasons(site: Site, seeded: int) -> None:
    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(text("delete from waiver where submission_id = :id"), {"id": seeded})


def small(window: Page) -> Locator:
    """The finding on = 1 %."""
    return window.locator("#panel .issue").filter(has_text="“= 1 %”疑似单位有误")


def test_check_06_a_reminder_has_a_link_and_the_form_goes_out_with_a_reason(window: Page, seeded: int) -> None:
    finding = small(window)
    expect(finding).to_have_count(1)
    finding.locator("a").click()
    expect(window.locator("#c-indicators-6-target_value")).to_be_focused()
    finding.locator("summary").click()
    finding.locator("textarea").fill(REASON)
    finding.get_by_role("button", name="保存理由").click()
    expect(finding.locator(".reply")).to_contain_text(REASON)
    expect(finding.locator("summary")).to_be_focused()
    window.goto(f"/submissions/{seeded}/preview")
    expect(window.locator(".foot button.p")).to_be_enabled()
    expect(window.locator(".reply")).to_contain_text(REASON)


def test_a_refused_reason_is_said_at_its_field_and_stays(window: Page) -> None:
    finding = small(window)
    finding.locator("summary").click()
    finding.locator("textarea").fill("详见（密）")
    finding.get_by_role("button", name="保存理由").click()
    expect(finding.locator(".msg.e")).to_contain_text("密级标志")
    expect(finding.locator("textarea")).to_have_value("详见（密）")
    expect(finding.locator("textarea")).to_be_focused()


def test_the_panel_says_that_it_is_out_of_date_and_keeps_what_was_mended_until_looked_at_again(window: Page) -> None:
    fresh, stale = window.locator("#panel [data-fresh]"), window.locator("#panel [data-stale]")
    expect(fresh).to_be_visible()
    expect(stale).to_be_hidden()
    cell = window.locator("#c-indicators-6-target_value")
    cell.fill("100")
    expect(stale).to_be_visible()
    mended = window.locator("#panel .mended")
    expect(mended).to_contain_text("“= 1 %”疑似单位有误")
    expect(stale).to_be_hidden()
    cell.fill("1")
    expect(stale).to_be_visible()
    window.get_by_role("button", name="重新检查").click()
    expect(stale).to_be_hidden()
    expect(window.locator("#panel .issue:not(.mended)").filter(has_text="“= 1 %”疑似单位有误")).to_have_count(1)
    expect(mended).to_have_count(0)
    expect(window.locator("#panel h2")).to_be_focused()


def test_f8_goes_round_the_findings_and_back(window: Page) -> None:
    first, second = window.locator("#c-other_tasks-1-name"), window.locator("#c-indicators-6-target_value")
    window.keyboard.press("F8")
    expect(first).to_be_focused()
    window.keyboard.press("F8")
    expect(second).to_be_focused()
    window.keyboard.press("Shift+F8")
    expect(first).to_be_focused()
    window.keyboard.press("Shift+F8")
    expect(window.locator("#panel .issue.on")).to_have_count(1)
    expect(window.locator("#panel .issue.on")).to_contain_text("条/天")


def test_only_this_section_puts_the_others_away(window: Page) -> None:
    window.locator("#c-other_tasks-1-name").focus()
    window.get_by_label("只看本节").check()
    shown = window.locator("#panel .issue:visible")
    window.locator("#c-other_tasks-1-name").focus()
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("法学会工作")
    window.locator("#c-indicators-6-target_value").focus()
    expect(shown.first).to_contain_text("“= 1 %”")
    window.get_by_label("只看本节").uncheck()
    expect(window.locator("#panel .issue").filter(has_text="法学会工作")).to_be_visible()


def test_check_22_a_mark_blocks_with_guidance(window: Page, seeded: int) -> None:
    window.locator("#c-key_tasks-0-content").fill("开展有关工作。（密）")
    expect(window.locator("#panel")).to_contain_text("含密级标志，处理前不能报出部门")
    window.goto(f"/submissions/{seeded}/preview")
    expect(window.locator(".foot")).to_contain_text("还有 1 处必须处理，才能提交")
    window.check("#declared")
    window.locator(".foot button.p").click()
    expect(window.locator("#errors")).to_contain_text("还有必须修改的内容")
    window.locator("aside .issues a").first.click()
    expect(window).to_have_url(f"{window.url.split('/submissions')[0]}/submissions/{seeded}/holds")
    expect(window.locator("main")).to_contain_text("本系统不是涉密信息系统")


def test_check_45_a_refusal_says_so_in_its_title_takes_focus_and_links_to_its_field(window: Page, seeded: int) -> None:
    window.goto(f"/submissions/{seeded}/preview")
    window.locator(".foot button.p").click()
    expect(window).to_have_title(re.compile("^错误：内容预览"))
    expect(window.locator("#errors")).to_be_focused()
    window.locator("#errors a").click()
    expect(window.locator("#declared")).to_be_focused()
