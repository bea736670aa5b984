"""Checks of tables: blocks from spreadsheets, rows by keys and buttons, and what can be taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from tests.browser.checks.editing import kept, paste, settle
from tests.browser.conftest import Site
from tests.factories import seed_document

pytestmark = pytest.mark.browser

FIELDS = ("name", "content", "planned_amount")


def lines(section: str) -> str:
    """The rows of the seed as a spreadsheet would copy them."""
    return "".join("\t".join(str(row[name]) for name in FIELDS) + "\r\n" for row in seed_document()[section])


def confirm(page: Page) -> None:
    page.locator("dialog [data-take]").click()
    expect(page.locator("dialog")).to_have_count(0)


def test_check_03_the_tasks_of_the_sample_in_one_block_each(site: Site, seeded: int, window: Page) -> None:
    with unit_of_work(session_factory(site.engine)) as session:
        empty = "update draft_section set body = '{\"value\": []}', version = version + 1 where section like '%tasks'"
        session.execute(text(empty))
    window.reload()
    for section in ("key_tasks", "other_tasks"):
        window.locator(f"#sec-{section}").get_by_role("button", name="添加一行").click()
        expect(window.locator(f"#c-{section}-0-name")).to_be_focused()
        paste(window, lines(section))
        confirm(window)
        settle(window)
    expect(window.locator("#sub-key_tasks")).to_have_text("190.00")
    expect(window.locator("#sub-other_tasks")).to_have_text("370.25")
    assert [len(kept(site, seeded, section)) for section in ("key_tasks", "other_tasks")] == [3, 7]
    expect(window.locator("#bal .t-ok")).to_have_count(2)


def test_check_04_quotes_lines_and_wide_digits(site: Site, seeded: int, window: Page) -> None:
    window.locator("#c-key_tasks-2-name").focus()
    paste(window, '甲\t"多\n行，""引""" \t１，０００．５０\r\n乙\t内容\t2\r\n')
    expect(window.locator("#undo")).to_contain_text("新增 1 行")
    rows = kept(site, seeded, "key_tasks")
    assert [(row["name"], row["planned_amount"]) for row in rows[2:]] == [("甲", "1000.5"), ("乙", "2")]
    assert rows[2]["content"].startswith('多\n行，"引"')


def test_what_is_pasted_over_the_focused_cell_stands_there(site: Site, seeded: int, window: Page) -> None:
    cell = window.locator("#c-key_tasks-2-name")
    cell.focus()
    paste(window, "换了的名称\t换了的内容\t12\r\n")
    settle(window)
    assert kept(site, seeded, "key_tasks")[2]["name"] == "换了的名称"
    expect(cell).to_have_value("换了的名称")
    window.locator("#undo").get_by_role("button").click()
    expect(cell).to_have_value("反邪教专项工作")


def test_check_05_a_long_block_is_shown_first_and_taken_back_whole(site: Site, seeded: int, window: Page) -> None:
    before = kept(site, seeded, "other_tasks")
    window.locator("#c-other_tasks-6-name").focus()
    block = "".join(f"任务{number}\t内容\t{number}\n" for number in range(11)) + "末项\t内容\t叁拾\n"
    paste(window, block)
    dialog = window.locator("dialog")
    expect(dialog).to_contain_text("将新增 11 行，覆盖 1 行")
    expect(dialog).to_contain_text("1 格无法识别")
    dialog.get_by_role("button", name="取消").click()
    assert kept(site, seeded, "other_tasks") == before
    window.locator("#c-other_tasks-6-name").focus()
    paste(window, block)
    confirm(window)
    expect(window.locator("#sec-other_tasks tbody tr[id]")).to_have_count(18)
    window.locator("#c-other_tasks-0-name").fill("之后写的")
    settle(window)
    window.locator("#undo button").click()
    expect(window.locator("#sec-other_tasks tbody tr[id]")).to_have_count(7)
    after = kept(site, seeded, "other_tasks")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert after[0]["name"] == "之后写的", "what was typed since stays"
    assert after[1:] == before[1:]


def test_a_block_of_more_than_two_hundred_rows_is_refused(site: Site, seeded: int, window: Page) -> None:
    before = kept(site, seeded, "other_tasks")
    window.locator("#c-other_tasks-0-name").focus()
    paste(window, "行\t内容\t1\n" * 201)
    expect(window.locator("#save-status")).to_contain_text("没有粘贴")
    assert kept(site, seeded, "other_tasks") == before


@pytest.mark.parametrize(("answer", "rows"), [("作为一格", 3), ("拆成多行", 4)])
def test_lines_without_columns_are_asked_about(site: Site, seeded: int, window: Page, answer: str, rows: int) -> None:
    window.locator("#c-key_tasks-2-content").click()
    window.keyboard.press("Control+a")
    paste(window, "第一行\n第二行\n")
    window.locator("dialog").get_by_role("button", name=answer).click()
    expect(window.locator("#sec-key_tasks tbody tr[id]")).to_have_count(rows)
    settle(window)
    assert kept(site, seeded, "key_tasks")[2]["content"].startswith("第一行")


def test_check_08_words_of_selects_that_a_page_break_split(site: Site, seeded: int, window: Page) -> None:
    window.locator("#c-indicators-0-level1").focus()
    paste(window, "效益指标\t社会效益指 标\t知晓率\n")
    expect(window.locator("#c-indicators-0-level2 option:checked")).to_have_text("社会效益指标")
    assert kept(site, seeded, "indicators")[0]["level2"] == "social_benefit"


def test_check_15_rows_move_by_keys_and_by_buttons(site: Site, seeded: int, window: Page) -> None:
    before = [row["id"] for row in kept(site, seeded, "key_tasks")]
    cell = window.locator("#c-key_tasks-0-name")
    cell.focus()
    window.keyboard.press("Alt+ArrowDown")
    expect(window.locator("#live")).to_have_text("已移到第 2 行")
    assert window.evaluate("document.activeElement.id") == "c-key_tasks-1-name"
    assert [row["id"] for row in kept(site, seeded, "key_tasks")] == [before[1], before[0], before[2]]
    window.locator("#r-key_tasks-1 summary").click()
    window.locator("#r-key_tasks-1 button[value='up:1']").click()
    expect(window.locator("#live")).to_have_text("已移到第 1 行")
    assert [row["id"] for row in kept(site, seeded, "key_tasks")] == before
    assert window.evaluate("document.activeElement.closest('tr').id") == "r-key_tasks-0"


def test_rows_are_added_copied_and_walked_by_keys(site: Site, seeded: int, window: Page) -> None:
    window.locator("#c-key_tasks-1-planned_amount").focus()
    window.keyboard.press("Enter")
    assert window.evaluate("document.activeElement.id") == "c-key_tasks-2-planned_amount"
    window.keyboard.press("Control+ArrowUp")
    assert window.evaluate("document.activeElement.id") == "c-key_tasks-1-planned_amount"
    window.keyboard.press("Control+d")
    expect(window.locator("#c-key_tasks-2-planned_amount")).to_be_focused()
    expect(window.locator("#c-key_tasks-2-planned_amount")).to_have_value("80.00")
    window.locator("#c-key_tasks-3-name").focus()
    window.keyboard.press("Control+Enter")
    expect(window.locator("#c-key_tasks-4-name")).to_be_focused()
    window.keyboard.type("新任务")
    settle(window)
    assert [row["name"] for row in kept(site, seeded, "key_tasks")][4] == "新任务"


def test_a_row_moves_to_the_other_table(site: Site, seeded: int, window: Page) -> None:
    moved = kept(site, seeded, "key_tasks")[1]
    window.locator("#r-key_tasks-1 summary").click()
    window.locator("#r-key_tasks-1 button[value^='to:other_tasks']").click()
    expect(window.locator("#c-other_tasks-7-name")).to_be_focused()
    assert len(kept(site, seeded, "key_tasks")) == 2
    assert kept(site, seeded, "other_tasks")[7]["id"] == moved["id"]


def test_typing_goes_on_while_a_row_is_added(site: Site, seeded: int, window: Page) -> None:
    def slow(route: Route) -> None:
        window.wait_for_timeout(1_500)
        route.continue_()

    window.route("**/sections/**", slow)
    window.locator("#c-key_tasks-0-name").fill("")
    window.locator("#sec-key_tasks").get_by_role("button", name="添加一行").click()
    window.locator("#c-key_tasks-0-name").press_sequentially("写着写着", delay=150)
    expect(window.locator("#sec-key_tasks tbody tr[id]")).to_have_count(4)
    settle(window)
    assert kept(site, seeded, "key_tasks")[0]["name"] == window.locator("#c-key_tasks-0-name").input_value()
    assert "写着写着" in kept(site, seeded, "key_tasks")[0]["name"]


def test_check_16_a_deleted_row_comes_back_where_it_stood(site: Site, seeded: int, window: Page) -> None:
    before = kept(site, seeded, "other_tasks")
    window.locator("#c-other_tasks-2-content").focus()
    window.locator("#r-other_tasks-2 summary").click()
    window.locator("#r-other_tasks-2 button[value^='delete']").click()
    expect(window.locator("#sec-other_tasks tbody tr[id]")).to_have_count(6)
    assert window.evaluate("document.activeElement.id") == "c-other_tasks-2-content", "same column, next row"
    window.locator("#c-other_tasks-0-content").fill("删除之后写的")
    window.locator("#undo button").click()
    expect(window.locator("#sec-other_tasks tbody tr[id]")).to_have_count(7)
    settle(window)
    after = kept(site, seeded, "other_tasks")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert after[0]["content"] == "删除之后写的"
    assert after[2] == before[2]
