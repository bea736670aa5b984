"""Checks of saving: one request at a time, nothing lost, nothing replaced under somebody's hands."""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.sync_api import Error, Page, Route, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from tests.browser.checks.conftest import Opened
from tests.browser.checks.editing import SETTLED, compose, kept, saves, settle
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

GOAL, AMOUNT, HEADS = "#c-overall_goal", "#c-key_tasks-0-planned_amount", "#c-basic-fiscally_supported_headcount"


@pytest.mark.parametrize("delay", [0, 3_000])
def test_check_01_composition_makes_one_save_of_the_finished_words(
    site: Site, seeded: int, window: Page, delay: int
) -> None:
    def slow(route: Route) -> None:
        window.wait_for_timeout(delay)
        route.continue_()

    window.route("**/sections/**", slow)
    sent, goal = saves(window), window.locator(GOAL)
    goal.focus()
    window.keyboard.press("Control+End")
    window.evaluate("window.typedIn = document.activeElement")
    compose(window, ["yu", "yusuan", "yusuanji", "yusuanjixiao"], "预算绩效")
    settle(window)
    window.wait_for_timeout(SETTLED)
    assert len(sent) == 1
    (cell,) = [value for name, value in sent[0].items() if name.startswith("cell.")]
    assert cell.endswith("预算绩效")
    assert "yusuan" not in cell
    assert kept(site, seeded, "overall_goal").endswith("预算绩效")
    assert window.evaluate("document.activeElement === window.typedIn"), "the node under the hand is the same"


def test_a_pause_while_composing_saves_no_spelling(window: Page) -> None:
    sent = saves(window)
    window.locator(GOAL).focus()
    compose(window, ["z", "zh"], "")
    keyboard = window.context.new_cdp_session(window)
    keyboard.send("Input.imeSetComposition", {"text": "zho", "selectionStart": 3, "selectionEnd": 3})
    window.wait_for_timeout(SETTLED)
    assert not [one for one in sent if any("zho" in value for value in one.values())], "pinyin is no text"


def test_check_02_typing_goes_on_during_a_slow_save(site: Site, seeded: int, window: Page) -> None:
    flying, most = 0, 0

    def slow(route: Route) -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        window.wait_for_timeout(3_000)
        route.continue_()
        flying -= 1

    window.route("**/sections/**", slow)
    name = window.locator("#c-key_tasks-0-name")
    name.fill("一")
    window.wait_for_timeout(2_000)
    name.press_sequentially("二三四五", delay=120)
    expect(window.locator("#save-status")).to_contain_text("未保存的修改")
    settle(window)
    assert most == 1
    assert name.input_value() == kept(site, seeded, "key_tasks")[0]["name"] == "一二三四五"


def test_check_07_a_cent_too_much_is_said_at_once_and_blocks(site: Site, seeded: int, window: Page) -> None:
    window.locator("#c-budget-project_expenditure").fill("560.26")
    expect(window.locator("#sum-spending")).to_have_text("1,823.38", timeout=200)
    expect(window.locator("#bal")).to_contain_text("支出合计比收入合计多 0.01 万元", timeout=200)
    said = window.locator("#bal [data-left]").first.inner_text()
    settle(window)
    expect(window.locator("#panel")).to_contain_text("必须修改")
    assert window.locator("#bal [data-left]").first.inner_text() == said, "the server says it in the same words"
    expect(window.locator("#panel")).to_contain_text("必须修改")
    expect(window.locator("#c-budget-basic_expenditure")).to_have_attribute("aria-invalid", "true")
    inline = window.locator("#n-c-budget-basic_expenditure .msg.e").first.inner_text().strip()
    assert inline in window.locator("#panel").inner_text(), "the same words beside the cell and in the panel"
    window.get_by_role("link", name="提交部门审核").click()
    window.wait_for_url("**/preview")
    submit = window.get_by_role("button", name="提交")
    if submit.count() and submit.first.is_enabled():  # held back for its marks it cannot even be pressed
        submit.first.click()
    with site.engine.connect() as connection:
        state = connection.execute(text("select state from submission where id = :id"), {"id": seeded}).scalar_one()
    assert state == "draft"


def test_check_09_different_rows_go_together_and_one_cell_asks_in_place(
    site: Site, seeded: int, opened: Opened
) -> None:
    window, other = opened(), opened()
    other.locator(AMOUNT).fill("95")
    settle(other)
    window.locator("#c-key_tasks-1-name").fill("别处的改动")
    expect(window.locator("#save-status")).to_contain_text("已合并他人的 1 处修改", timeout=10_000)
    expect(window.locator(AMOUNT)).to_have_value("95.00")
    other.locator(AMOUNT).fill("96")
    expect(other.locator("#save-status")).to_contain_text("已合并他人的 1 处修改", timeout=10_000)
    expect(other.locator("#c-key_tasks-1-name")).to_have_value("别处的改动")
    window.locator(AMOUNT).fill("112.4")
    chooser = window.locator("#clash-key_tasks")
    expect(chooser).to_be_visible(timeout=10_000)
    for words in ("95.00", "112.40", "96.00"):
        expect(chooser.get_by_text(words, exact=True).first).to_be_visible()
    assert kept(site, seeded, "key_tasks")[0]["planned_amount"] == "96", "nothing is taken before somebody chooses"
    window.locator(HEADS).fill("70")
    window.wait_for_timeout(SETTLED)
    assert kept(site, seeded, "basic")["fiscally_supported_headcount"] == 70, "the other sections go on saving"
    chooser.get_by_label("手工填写").first.check()
    chooser.locator("input[name^='byhand']").fill("100.5")
    chooser.get_by_role("button", name="采用所选").click()
    settle(window)
    expect(chooser).to_have_count(0)
    expect(window.locator(AMOUNT)).to_have_value("100.50")
    assert kept(site, seeded, "key_tasks")[0]["planned_amount"] == "100.5"


def test_a_cell_that_others_changed_under_the_focus_is_asked_about(site: Site, seeded: int, opened: Opened) -> None:
    window, other = opened(), opened()
    window.locator("#c-key_tasks-1-name").fill("先改这里")
    window.locator("#c-key_tasks-0-name").focus()
    other.locator("#c-key_tasks-0-name").fill("对方改的")
    other.keyboard.press("Control+s")
    settle(other)
    expect(window.locator("#save-status")).to_contain_text("已合并", timeout=10_000)
    expect(window.locator("#c-key_tasks-0-name")).to_have_value("平安揭阳专项工作")
    window.keyboard.type("我")
    expect(window.locator("#clash-key_tasks")).to_be_visible(timeout=10_000)
    assert kept(site, seeded, "key_tasks")[0]["name"] == "对方改的"


def test_check_10_others_are_seen_come_and_go(site: Site, seeded: int, opened: Opened) -> None:
    window, other = opened(), opened()
    expect(other.locator("#presence")).to_contain_text("您在另一窗口也打开了")
    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(text("update presence set person_id = (select id from person where username = 'dept_head')"))
    other.close()  # leaves under its own name, which the row no longer has: so the row must fade by itself
    window.locator(GOAL).press("End")
    window.keyboard.type("。")
    expect(window.locator("#presence")).to_contain_text("正在查看，未编辑", timeout=10_000)
    settle(window)
    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(text("update presence set seen_at = now() - interval '61 seconds'"))
    window.keyboard.type("。")
    expect(window.locator("#presence")).to_be_hidden(timeout=10_000)


def test_check_10_a_closed_window_is_gone_at_once(site: Site, seeded: int, opened: Opened) -> None:
    window, other = opened(), opened()
    expect(other.locator("#presence")).to_contain_text("您在另一窗口也打开了")
    other.goto("/inbox")
    window.locator(GOAL).press("End")
    window.keyboard.type("。")
    settle(window)
    expect(window.locator("#presence")).to_be_hidden()


def test_check_11_a_session_that_ended_asks_in_place_and_saves_once(site: Site, seeded: int, window: Page) -> None:
    window.context.clear_cookies()
    window.locator(HEADS).fill("71")
    dialog = window.locator("dialog")
    expect(dialog).to_contain_text("登录已过期", timeout=10_000)
    dialog.get_by_label("用户名").fill("filler")
    dialog.get_by_label("密码").fill("wrong")
    dialog.get_by_role("button", name="登录").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    sent = saves(window)
    dialog.get_by_label("密码").fill(site.password)
    dialog.get_by_role("button", name="登录").click()
    settle(window)
    expect(dialog).to_have_count(0)
    assert window.locator(HEADS).input_value() == "71"
    window.wait_for_timeout(SETTLED)
    assert len(sent) == 1
    assert kept(site, seeded, "basic")["fiscally_supported_headcount"] == 71


def test_check_11_another_person_never_saves_what_is_typed_here(site: Site, seeded: int, window: Page) -> None:
    before = kept(site, seeded, "basic")
    window.context.clear_cookies()
    window.locator(HEADS).fill("72")
    dialog = window.locator("dialog")
    expect(dialog).to_be_visible(timeout=10_000)
    dialog.get_by_label("用户名").fill("dept_head")
    dialog.get_by_label("密码").fill(site.password)
    dialog.get_by_role("button", name="登录").click()
    expect(dialog.get_by_role("alert")).to_contain_text("另一个账号")
    assert kept(site, seeded, "basic") == before
    assert window.locator(HEADS).input_value() == "72"


def test_check_12_without_a_network_nothing_is_lost(site: Site, seeded: int, window: Page) -> None:
    window.context.set_offline(True)
    window.locator("#c-basic-second_level_unit_count").fill("3")
    expect(window.locator("#save-status")).to_contain_text("离线", timeout=10_000)
    window.locator(GOAL).press("Control+End")
    window.keyboard.type("离线写的。")
    assert window.evaluate("Object.keys(localStorage).length") == 0
    window.wait_for_function("() => Object.keys(sessionStorage).filter((one) => one.includes('#')).length === 2")
    window.context.set_offline(False)
    settle(window)
    assert kept(site, seeded, "basic")["second_level_unit_count"] == 3
    assert kept(site, seeded, "overall_goal").endswith("离线写的。")
    window.wait_for_function("() => Object.keys(sessionStorage).filter((one) => one.includes('#')).length === 0")


_WRITES = """() => { window.localWrites = []; const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (name, value) {
        if (this === window.localStorage) window.localWrites.push(name);
        return set.call(this, name, value); }; }"""


def test_check_12_two_minutes_without_a_network(site: Site, seeded: int, window: Page) -> None:
    window.add_init_script(f"({_WRITES})()")
    window.clock.install()
    window.reload()
    status = window.locator("#save-status")
    window.context.set_offline(True)
    window.locator("#c-basic-second_level_unit_count").fill("4")
    window.clock.run_for(1_500)
    expect(status).to_contain_text("离线")
    for minute in ("一", "二"):
        window.locator(GOAL).press("Control+End")
        window.keyboard.type(f"离线第{minute}分钟。")
        expect(status).to_contain_text("未保存的修改")
        window.clock.run_for(60_000)
        expect(status).to_contain_text("离线")
    assert "离线" not in kept(site, seeded, "overall_goal")
    window.context.set_offline(False)
    settle(window)
    assert kept(site, seeded, "basic")["second_level_unit_count"] == 4
    assert kept(site, seeded, "overall_goal").endswith("离线第一分钟。离线第二分钟。")
    assert window.evaluate("window.localWrites") == []
    assert window.evaluate("localStorage.length") == 0


def test_check_12_a_reload_without_a_network_gives_it_back(site: Site, seeded: int, window: Page) -> None:
    window.route("**/sections/**", lambda route: route.abort())
    window.locator(GOAL).press("Control+End")
    window.keyboard.type("没有送达的话。")
    window.wait_for_function("() => Object.keys(sessionStorage).some((one) => one.includes('#'))")
    window.unroute("**/sections/**")
    window.on("dialog", lambda dialog: dialog.accept())
    window.reload()
    expect(window.locator(GOAL)).to_have_value(re.compile("没有送达的话。$"), timeout=10_000)
    assert kept(site, seeded, "overall_goal").endswith("没有送达的话。")


def test_check_12_what_is_left_of_an_earlier_page_asks_where_others_changed_it(
    site: Site, seeded: int, opened: Opened
) -> None:
    window, other = opened(), opened()
    window.route("**/sections/**", lambda route: route.abort())
    window.locator(AMOUNT).fill("111")
    window.wait_for_function("() => Object.keys(sessionStorage).some((one) => one.includes('#'))")
    other.locator(AMOUNT).fill("222")
    settle(other)
    window.unroute("**/sections/**")
    window.on("dialog", lambda dialog: dialog.accept())
    window.reload()
    chooser = window.locator("#clash-key_tasks")
    for _ in range(2):  # it is asked until it is answered, on however many pages
        expect(chooser.get_by_text("111.00", exact=True).first).to_be_visible()
        window.wait_for_timeout(600)
        window.reload()
    expect(chooser.get_by_text("111.00", exact=True).first).to_be_visible()
    chooser.get_by_label("保留我的").check()
    chooser.get_by_role("button", name="采用所选").click()
    expect(window.locator(AMOUNT)).to_have_value("111.00")
    assert kept(site, seeded, "key_tasks")[0]["planned_amount"] == "111"
    window.reload()
    expect(window.locator(AMOUNT)).to_have_value("111.00")
    expect(chooser).to_have_count(0)


def crash(page: Page) -> None:
    """End the renderer of the tab as a fault of it would: no handler of the page runs."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")


def test_check_13_a_killed_tab_has_saved_what_was_typed_two_seconds_ago(site: Site, seeded: int, window: Page) -> None:
    window.clock.install()
    window.reload()
    window.locator("#c-key_tasks-1-name").fill("写了就在")
    window.locator(GOAL).press("Control+End")
    window.keyboard.type("目标也在。")
    window.clock.pause_at(window.evaluate("Date.now()") + 10)
    with window.expect_response("**/sections/key_tasks*"), window.expect_response("**/sections/overall_goal*"):
        window.clock.run_for(1_900)
    crash(window)
    again = window.context.new_page()
    again.goto(f"/submissions/{seeded}")
    expect(again.locator("#c-key_tasks-1-name")).to_have_value("写了就在")
    expect(again.locator(GOAL)).to_have_value(re.compile("目标也在。$"))


def test_check_18_yuan_in_a_column_of_ten_thousands_is_offered_never_turned(
    site: Site, seeded: int, window: Page
) -> None:
    cell = window.locator(AMOUNT)
    cell.fill("100 元")
    cell.press("Tab")
    offer = window.locator(".offer")
    expect(offer).to_contain_text("换算为 0.01 万元")
    settle(window)
    assert (cell.input_value(), kept(site, seeded, "key_tasks")[0]["planned_amount"]) == ("100 元", "100 元")
    offer.get_by_role("button").click()
    window.wait_for_timeout(SETTLED)
    assert kept(site, seeded, "key_tasks")[0]["planned_amount"] == "0.01"


def test_leaving_saves_first(site: Site, seeded: int, window: Page) -> None:
    window.locator(HEADS).fill("70")
    window.get_by_role("link", name="检查", exact=True).click()
    window.wait_for_url("**/check")
    assert kept(site, seeded, "basic")["fiscally_supported_headcount"] == 70


def test_an_answer_that_never_came_is_no_clash_with_oneself(site: Site, seeded: int, window: Page) -> None:
    swallowed: list[int] = []

    def swallow(route: Route) -> None:
        if swallowed:
            route.continue_()
        else:
            swallowed.append(route.fetch().status)  # the server keeps it, the answer is lost
            route.abort()

    window.route("**/sections/**", swallow)
    name = window.locator("#c-key_tasks-0-name")
    name.fill("第一稿")
    expect(window.locator("#save-status")).to_contain_text("重试", timeout=10_000)
    name.fill("第二稿")
    settle(window)
    assert swallowed == [200]
    expect(window.locator("#clash-key_tasks")).to_have_count(0)
    assert kept(site, seeded, "key_tasks")[0]["name"] == "第二稿"


def test_a_form_that_was_handed_in_freezes_and_lets_the_rest_be_copied(site: Site, seeded: int, opened: Opened) -> None:
    window = opened()

    def end(route: Route) -> None:
        """It ends while the save is on its way, so that nothing else of the page is told before."""
        with unit_of_work(session_factory(site.engine)) as session:
            session.execute(text("update cycle set closed_at = now()"))
            session.execute(
                text(
                    "delete from role_assignment where role = 'filler' and person_id = (select id from person where username = 'filler')"
                )
            )
        route.continue_()

    window.route("**/sections/**", end, times=1)
    try:
        window.locator(HEADS).fill("99")
        frozen = window.locator("#frozen")
        expect(frozen).to_be_visible(timeout=10_000)
        assert "99" in frozen.locator("textarea").input_value()
        expect(window.locator(HEADS)).not_to_be_editable()
    finally:
        with unit_of_work(session_factory(site.engine)) as session:
            session.execute(text("update cycle set closed_at = null"))
            session.execute(text("insert into role_assignment (person_id, role, department_id) select (select id from person where username = 'filler'), 'filler', department_id from submission where id = :id"), {"id": seeded})  # fmt: skip
