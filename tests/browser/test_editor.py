"""The editor under its script: one request at a time, nothing lost, nothing replaced under somebody's hands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.usecases.open_draft import open_draft
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from tests.factories import seed_document

pytestmark = pytest.mark.browser

# The page waits 1.5 s for the hand to rest; a save takes far less.
SETTLED = 3_000
SAVED = re.compile("已自动保存")


@pytest.fixture(scope="module")
def form(site: Site) -> int:
    """A draft of the first unit."""
    with unit_of_work(session_factory(site.engine)) as session:
        connection = session.connection()
        actor = by_username(connection, "filler")
        assert actor is not None
        cycle = connection.execute(text("select id from cycle")).scalar_one()
        department = actor.grants[0].department_id
        return open_draft(session, actor, department_id=department, cycle_id=cycle, document=seed_document()).id


@pytest.fixture
def window(browser: Browser, site: Site, form: int, artefacts: Path) -> Iterator[Page]:
    """The filler in front of the form as it was seeded."""
    with unit_of_work(session_factory(site.engine)) as session:
        for name, value in seed_document().items():
            body = {"value": [{**row, "id": f"01J00000000000000000000{n:03d}"} for n, row in enumerate(value)] if isinstance(value, list) else value}  # fmt: skip
            session.execute(
                text(
                    "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = :s"
                ),
                {"body": json.dumps(body), "id": form, "s": name},
            )
    with Visitor(browser, site.url, password=site.password, pictures=artefacts / "editor") as visitor:
        visitor.sign_in("filler").page.goto(f"/submissions/{form}")
        yield visitor.page


def kept(site: Site, form: int, section: str) -> Any:  # noqa: ANN401 - what a section holds
    with site.engine.connect() as connection:
        statement = text("select body -> 'value' from draft_section where submission_id = :id and section = :s")
        return connection.execute(statement, {"id": form, "s": section}).scalar_one()


def posts(page: Page) -> list[str]:
    """Bodies of the writes from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    return sent


def settle(page: Page) -> None:
    expect(page.locator("#save-status")).to_have_text(SAVED, timeout=10_000)


def test_composition_makes_one_save_of_the_finished_word(site: Site, form: int, window: Page) -> None:
    sent, goal = posts(window), window.locator("#c-overall_goal")
    goal.focus()
    window.keyboard.press("Control+End")
    keyboard = window.context.new_cdp_session(window)
    for typed in ("z", "zh", "zho", "zhong"):
        keyboard.send(
            "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
        )
        window.wait_for_timeout(600)
    assert sent == [], "pinyin is no text"
    keyboard.send("Input.insertText", {"text": "中"})
    settle(window)
    window.wait_for_timeout(SETTLED)
    assert len(sent) == 1
    assert kept(site, form, "overall_goal").endswith("中")
    assert window.evaluate("document.activeElement.id") == "c-overall_goal"


def test_typing_goes_on_during_a_slow_save(site: Site, form: int, window: Page) -> None:
    flying, most = 0, 0

    def slow(route: Route) -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        window.wait_for_timeout(1_500)
        route.continue_()
        flying -= 1

    window.route("**/sections/**", slow)
    name = window.locator("#c-key_tasks-0-name")
    name.fill("一")
    window.wait_for_timeout(2_000)
    name.press_sequentially("二三四五", delay=120)
    settle(window)
    window.wait_for_timeout(SETTLED)
    settle(window)
    assert most == 1
    assert name.input_value() == kept(site, form, "key_tasks")[0]["name"] == "一二三四五"


def test_the_sums_follow_the_hand_and_the_words_the_server(window: Page) -> None:
    window.locator("#c-budget-project_expenditure").fill("560.26")
    expect(window.locator("#sum-spending")).to_have_text("1,823.38", timeout=200)
    settle(window)
    expect(window.locator("#bal")).to_contain_text("支出合计比收入合计多 0.01 万元")
    expect(window.locator("#panel")).to_contain_text("必须修改")
    expect(window.locator("#c-budget-basic_expenditure")).to_have_attribute("aria-invalid", "true")


def test_a_block_from_a_spreadsheet_and_its_undo(site: Site, form: int, window: Page) -> None:
    before = kept(site, form, "key_tasks")
    window.locator("#c-key_tasks-2-name").focus()
    block = '甲\\t"多\\n行"\\t１，０００．５０\\r\\n乙\\t内容\\t2\\r\\n'
    window.evaluate(
        f"""() => {{ const data = new DataTransfer(); data.setData('text/plain', '{block}');
            document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', {{clipboardData: data, bubbles: true, cancelable: true}})); }}"""
    )
    expect(window.locator("#save-status")).to_contain_text("新增 1 行")
    rows = kept(site, form, "key_tasks")
    assert [(row["name"], row["planned_amount"]) for row in rows[2:]] == [("甲", "1000.5"), ("乙", "2")]
    window.locator("#save-status button").click()
    expect(window.locator("#sec-key_tasks tbody tr[id]")).to_have_count(3)
    assert kept(site, form, "key_tasks") == before


def test_rows_move_and_come_back(site: Site, form: int, window: Page) -> None:
    before = kept(site, form, "other_tasks")
    card = window.locator("#sec-other_tasks")
    card.get_by_role("button", name="添加一行").click()
    expect(window.locator("#c-other_tasks-7-name")).to_be_focused()
    window.keyboard.type("新任务")
    window.locator("#r-other_tasks-7 summary").click()
    window.locator("#r-other_tasks-7 button[value='up:7']").click()
    expect(window.locator("#c-other_tasks-6-name")).to_have_value("新任务")
    window.locator("#r-other_tasks-6 summary").click()
    window.locator("#r-other_tasks-6 button[value='delete:6']").click()
    expect(card.locator("tbody tr[id]")).to_have_count(7)
    assert kept(site, form, "other_tasks") == before
    window.locator("#save-status button").click()
    expect(window.locator("#c-other_tasks-6-name")).to_have_value("新任务")


def test_two_windows_keep_both_and_ask_about_one_cell(
    browser: Browser, site: Site, form: int, window: Page, artefacts: Path
) -> None:
    with Visitor(browser, site.url, password=site.password, pictures=artefacts / "editor") as visitor:
        other = visitor.sign_in("filler").page
        other.goto(f"/submissions/{form}")
        other.locator("#c-key_tasks-0-planned_amount").fill("95")
        settle(other)
        window.locator("#c-key_tasks-1-name").fill("别处的改动")
        expect(window.locator("#save-status")).to_contain_text("已合并他人的 1 处修改", timeout=10_000)
        expect(window.locator("#c-key_tasks-0-planned_amount")).to_have_value("95.00")
        other.reload()
        other.locator("#c-key_tasks-0-planned_amount").fill("96")
        settle(other)
        window.locator("#c-key_tasks-0-planned_amount").fill("112.4")
        expect(window.locator("#save-status")).to_contain_text("有人改了同一处", timeout=10_000)
    window.locator("#save-status button").click()
    for words in ("95.00", "112.40", "96.00"):
        expect(window.get_by_text(words, exact=True).first).to_be_visible()
    window.get_by_label("采用对方的").check()
    window.get_by_role("button", name="采用所选并保存").click()
    expect(window.locator("#c-key_tasks-0-planned_amount")).to_have_value("96.00")


def test_without_a_network_nothing_is_lost(site: Site, form: int, window: Page) -> None:
    window.context.set_offline(True)
    window.locator("#c-basic-second_level_unit_count").fill("3")
    expect(window.locator("#save-status")).to_contain_text("离线", timeout=10_000)
    assert window.evaluate("Object.keys(localStorage).length") == 0
    window.context.set_offline(False)
    settle(window)
    assert kept(site, form, "basic")["second_level_unit_count"] == 3


def test_leaving_saves_first(site: Site, form: int, window: Page) -> None:
    window.locator("#c-basic-fiscally_supported_headcount").fill("70")
    window.get_by_role("link", name="检查", exact=True).click()
    window.wait_for_url("**/check")
    assert kept(site, form, "basic")["fiscally_supported_headcount"] == 70


def test_a_session_that_ended_keeps_the_page(site: Site, form: int, window: Page) -> None:
    window.context.clear_cookies()
    window.locator("#c-basic-fiscally_supported_headcount").fill("71")
    expect(window.locator("#save-status")).to_contain_text("登录已过期", timeout=10_000)
    assert window.locator("#c-basic-fiscally_supported_headcount").input_value() == "71"
    with window.expect_popup() as opened:
        window.get_by_role("button", name="重新登录").click()
    again = opened.value
    again.fill("input[name=username]", "filler")
    again.fill("input[name=password]", site.password)
    with again.expect_navigation():
        again.locator("form button.p").first.click()
    again.close()
    window.evaluate("window.dispatchEvent(new Event('focus'))")  # a headless window is not told that it is in front
    expect(window.locator("#save-status")).to_contain_text(SAVED, timeout=10_000)
    assert kept(site, form, "basic")["fiscally_supported_headcount"] == 71, "saved under the token of the new session"


def test_without_scripts_everything_saves(browser: Browser, site: Site, form: int, window: Page) -> None:
    state = window.context.storage_state()
    context = browser.new_context(base_url=site.url, locale="zh-CN", java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto(f"/submissions/{form}")
    page.locator("#c-key_tasks-0-name").fill("不靠脚本")
    page.locator("#sec-key_tasks").get_by_role("button", name="添加一行").click()
    assert "#r-key_tasks-3" in page.url
    page.locator("#c-key_tasks-3-name").fill("第四行")
    page.locator("#sec-key_tasks").get_by_role("button", name="保存本节").click()
    assert [row["name"] for row in kept(site, form, "key_tasks")][::3] == ["不靠脚本", "第四行"]
    context.close()
