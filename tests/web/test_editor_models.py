"""The editor's pure parts: what a cell shows, what a post means, what two people's changes make together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.web.editor_balance import sums_of
from service.web.editor_base import packed, unpacked
from service.web.editor_notes import anchor, notes_of
from service.web.editor_post import UnreadableError, moved, read_section
from service.web.editor_view import lines, section_of, shown
from workflows.findings import Finding, Severity
from workflows.forms import form_type
from workflows.merge import merge

FORM = form_type("department_overall@2022")
TASKS, BUDGET, GOAL = FORM.section("key_tasks"), FORM.section("budget"), FORM.section("overall_goal")
INDICATORS = FORM.section("indicators")
AMOUNT = TASKS.field("planned_amount")
ONE, TWO = "01J0000000000000000000000A", "01J0000000000000000000000B"


def task(row_id: str, *, name: str = "普法", content: str = "讲座", amount: str | None = "10") -> dict[str, Any]:
    return {"id": row_id, "name": name, "content": content, "planned_amount": amount}


@pytest.mark.parametrize(
    ("kept", "seen"),
    [
        ("1263.12", "1,263.12"), ("100", "100.00"), ("0", "0.00"), ("137.225", "137.225"), (None, ""),
        ("四十八", "四十八"), ("NaN", "NaN"), ("1e400", "1e400"), ("-1", "-1.00"), ("-0.5", "-0.50"),
    ],
)  # fmt: skip
def test_amounts_are_shown_as_accounts_write_them_and_other_text_as_typed(kept: str | None, seen: str) -> None:
    assert shown(AMOUNT, kept) == seen


def test_what_is_shown_reads_back_as_what_is_kept() -> None:
    for kept in ("1263.12", "100", "0", "0.5", "-0.5", "137.225", "999999999999.99"):
        posted = [("0.id", ONE), ("0.planned_amount", shown(AMOUNT, kept))]
        assert read_section(TASKS, posted, [])[0]["planned_amount"] == kept


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("budget.basic_expenditure", "c-budget-basic_expenditure"), ("overall_goal", "c-overall_goal"),
        ("key_tasks[1].content", "c-key_tasks-1-content"), ("key_tasks[1]", "c-key_tasks-1-name"),
        ("indicators", "sec-indicators"), ("supervising_department", "c-head-supervising_department"), ("", "main"),
    ],
)  # fmt: skip
def test_every_path_leads_somewhere(path: str, where: str) -> None:
    assert anchor(path, FORM) == where


def test_a_finding_marks_its_cell_and_step() -> None:
    params = {"mark": "（密）", "field": "content"}
    notes = notes_of([Finding("A16", Severity.BLOCK, "key_tasks[0].content", "secrecy_law", "", params)], FORM, "zh")
    view = section_of(FORM, TASKS, 3, [task(ONE, content="讲座（密）")], notes=notes, lang="zh")
    assert (view.mark, view.state, view.version) == ("hold", "wr", 3)
    assert [cell.mark for cell in view.rows[0].cells] == ["", "hold", ""]


def test_text_that_no_select_knows_stays_chosen() -> None:
    row = {"id": ONE, "level1": "产出類", "level2": "数量指标", "comparator": "≥", "target_value": "1"}
    cells = {cell.field: cell for cell in section_of(FORM, INDICATORS, 1, [row], notes=(), lang="zh").rows[0].cells}
    assert [one.value for one in cells["level1"].options if one.chosen] == ["产出類"]
    assert [one.value for one in cells["level2"].options if one.chosen] == ["quantity"]
    assert [one.value for one in cells["comparator"].options if one.chosen] == ["ge"]


def test_lines_count_han_characters_twice() -> None:
    assert (lines("", 10), lines("一二三四五", 10), lines("一二三四五六", 10), lines("ab\n\ncd", 10)) == (1, 1, 2, 3)


def test_a_posted_row_keeps_its_tag_and_gets_an_id() -> None:
    stored = [{**task(ONE), "secrecy_tag": "withheld_public"}]
    rows = read_section(TASKS, [("0.id", ONE), ("0.name", "普法"), ("0.content", "甲\r\n乙"), ("1.name", "新")], stored)
    assert rows[0] == {**task(ONE, content="甲\n乙", amount=None), "secrecy_tag": "withheld_public"}
    assert len(rows[1]["id"]) == 26


@pytest.mark.parametrize("name", ["0.secrecy_tag", "0.weight", "state", "amount[]", "99999.name", "0.", "name"])
def test_nobody_posts_what_the_section_does_not_have(name: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_section(TASKS, [("0.name", "甲"), (name, "1")], [])
    assert name in refused.value.names


def test_the_same_cell_twice_is_refused() -> None:
    with pytest.raises(UnreadableError):
        read_section(BUDGET, [("other_funds", "1"), ("other_funds", "2")], None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１，２６３．１２", "1263.12"), (" 100.00 ", "100"), ("\u3000", None), ("1_000", "1_000"), ("٣", "٣"),
        ("1e400", "1e400"), ("12\u200b", "12\u200b"), ("NaN", "NaN"), ("-0", "-0"), ("一百", "一百"),
    ],
)  # fmt: skip
def test_numbers_are_spelled_plainly_and_everything_else_is_kept(typed: str, kept: str | None) -> None:
    assert read_section(BUDGET, [("other_funds", typed)], None)["other_funds"] == kept


@pytest.mark.parametrize(
    ("do", "order", "at"),
    [
        ("up:1", [TWO, ONE], 0), ("down:0", [TWO, ONE], 1), ("up:0", [ONE, TWO], 0), ("delete:1", [ONE], 0),
        ("delete:9", [ONE, TWO], None), ("up:x", [TWO, ONE], 0), ("nonsense:0", [ONE, TWO], 0),
    ],
)  # fmt: skip
def test_buttons_move_rows(do: str, order: list[str], at: int | None) -> None:
    rows, seen = moved(TASKS, [task(ONE), task(TWO)], do=do)
    assert ([row["id"] for row in rows], seen) == (order, at)


def test_a_copied_row_is_a_row_of_its_own() -> None:
    rows, seen = moved(TASKS, [{**task(ONE), "secrecy_tag": "withheld_public"}, task(TWO)], do="copy:0")
    assert seen == 1
    assert rows[1]["id"] not in (ONE, TWO)
    assert {**rows[1], "id": ONE} == {**task(ONE), "secrecy_tag": "withheld_public"}, "a copy does not end a hold"
    rows, _ = moved(TASKS, [task(ONE)], do="copy:0")
    assert {**rows[1], "id": ONE} == task(ONE)


def test_changes_of_different_cells_go_together() -> None:
    base = [task(ONE), task(TWO)]
    mine, theirs = [task(ONE, name="我的"), task(TWO)], [task(ONE, amount="12"), task(TWO, content="他的")]
    merged = merge(TASKS, base=base, mine=mine, theirs=theirs)
    assert merged.value == [task(ONE, name="我的", amount="12"), task(TWO, content="他的")]
    assert (merged.conflicts, merged.taken) == ((), 2)


def test_two_changes_of_one_cell_are_a_choice_in_which_neither_is_lost() -> None:
    merged = merge(TASKS, base=[task(ONE)], mine=[task(ONE, amount="112.4")], theirs=[task(ONE, amount="95")])
    (clash,) = merged.conflicts
    assert (clash.row, clash.field, clash.base, clash.mine, clash.theirs) == (0, "planned_amount", "10", "112.4", "95")


def test_a_row_that_one_deletes_and_the_other_changes_is_a_choice() -> None:
    gone = merge(TASKS, base=[task(ONE), task(TWO)], mine=[task(TWO)], theirs=[task(ONE, amount="1"), task(TWO)])
    assert [(clash.row, clash.field, clash.mine) for clash in gone.conflicts] == [(0, "", None)]
    kept = merge(TASKS, base=[task(ONE)], mine=[task(ONE, amount="1")], theirs=[])
    assert [(clash.row, clash.field, clash.theirs) for clash in kept.conflicts] == [(0, "", None)]


def test_untouched_rows_follow_the_other_side() -> None:
    merged = merge(TASKS, base=[task(ONE), task(TWO)], mine=[task(ONE), task(TWO)], theirs=[task(TWO)])
    assert ([row["id"] for row in merged.value], merged.conflicts) == ([TWO], ())
    added = merge(TASKS, base=[task(TWO)], mine=[task(TWO)], theirs=[task(ONE), task(TWO)])
    assert {row["id"] for row in added.value} == {ONE, TWO}


def test_a_base_survives_the_browser_and_nonsense_is_nothing() -> None:
    assert unpacked(packed([task(ONE)])) == [task(ONE)]
    assert [unpacked(text) for text in ("", "%%%", "AAAA", "你好")] == [None, None, None, None]


def test_sums_are_open_until_every_amount_is_known() -> None:
    budget = {"basic_expenditure": "1263.12", "project_expenditure": "560.25", "fiscal_appropriation": "1823.37"}
    sums = sums_of(
        {"budget": budget, "key_tasks": [task(ONE, amount="190")], "other_tasks": [task(TWO, amount="370.25")]}, FORM.id
    )
    assert {code: one.state for code, one in sums.balances.items()} == {"budget": "even", "tasks": "even"}
    assert sums.spending == Decimal("1823.37")
    unread = sums_of({"budget": {**budget, "project_expenditure": "约五百"}}, FORM.id)
    assert unread.balances["budget"].state == "open"
    off = sums_of({"budget": {**budget, "project_expenditure": "547.85"}, "key_tasks": [], "other_tasks": []}, FORM.id)
    assert (off.balances["budget"].outcome, off.balances["budget"].difference) == ("less", Decimal("-12.40"))
