"""The three-way merge of a section: what either side changed is in the result or in a conflict, never lost."""

from __future__ import annotations

import random
from typing import Any

import pytest

from workflows.forms import form_type
from workflows.merge import Conflict, merge, settled

FORM = form_type("department_overall@2022")
TASKS, BUDGET, GOAL = FORM.section("key_tasks"), FORM.section("budget"), FORM.section("overall_goal")
FIELDS = ("name", "content", "planned_amount")


def row(row_id: str, **cells: Any) -> dict[str, Any]:  # noqa: ANN401 - cells of any kind
    return {"id": row_id, "name": f"任务{row_id}", "content": "讲座", "planned_amount": "10", **cells}


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in rows]


def test_rows_moved_on_one_side_keep_the_other_sides_changes_and_additions() -> None:
    base = [row("A"), row("B"), row("C")]
    mine = [row("C"), row("A"), row("B")]
    theirs = [row("A", name="改"), row("N"), row("B"), row("C")]
    for one, other in ((mine, theirs), (theirs, mine)):
        merged = merge(TASKS, base=base, mine=one, theirs=other)
        assert ids(merged.value) == ["C", "A", "N", "B"]
        assert (merged.value[1]["name"], merged.conflicts) == ("改", ())


def test_a_conflict_names_its_row_wherever_the_row_has_moved() -> None:
    base = [row("A"), row("B")]
    merged = merge(
        TASKS, base=base, mine=[row("A", name="我"), row("B")], theirs=[row("B"), row("N"), row("A", name="他")]
    )
    (clash,) = merged.conflicts
    assert (ids(merged.value), clash) == (["B", "N", "A"], Conflict(2, "name", "任务A", "我", "他", "A"))


@pytest.mark.parametrize(("pick", "name"), [("mine", "我"), ("theirs", "他")])
def test_a_choice_settles_its_cell(pick: str, name: str) -> None:
    merged = merge(TASKS, base=[row("A")], mine=[row("A", name="我")], theirs=[row("A", name="他", content="课")])
    value, left = settled(TASKS, merged, {("A", "name"): pick})
    assert (value, left) == ([row("A", name=name, content="课")], ())
    assert settled(TASKS, merged, {("A", "content"): pick})[1] == merged.conflicts, "another cell was chosen for"
    assert settled(TASKS, merged, {("A", "name"): "hand"})[1] == merged.conflicts


def test_a_row_deleted_here_and_changed_there_stands_until_somebody_chooses() -> None:
    merged = merge(TASKS, base=[row("A"), row("B")], mine=[row("B")], theirs=[row("A", name="他"), row("B")])
    assert ids(merged.value) == ["A", "B"]
    assert ids(settled(TASKS, merged, {("A", ""): "mine"})[0]) == ["B"]
    assert ids(settled(TASKS, merged, {("A", ""): "theirs"})[0]) == ["A", "B"]
    turned = merge(TASKS, base=[row("A")], mine=[row("A", name="我")], theirs=[])
    assert settled(TASKS, turned, {("A", ""): "mine"})[0] == [row("A", name="我")]
    assert settled(TASKS, turned, {("A", ""): "theirs"})[0] == []


def test_fields_and_texts_are_settled_alike() -> None:
    budget = merge(
        BUDGET, base={"basic_expenditure": "1"}, mine={"basic_expenditure": "2"}, theirs={"basic_expenditure": "3"}
    )
    assert settled(BUDGET, budget, {("", "basic_expenditure"): "theirs"}) == ({"basic_expenditure": "3"}, ())
    goal = merge(GOAL, base="甲", mine="乙", theirs="丙")
    assert (goal.value, settled(GOAL, goal, {("", "overall_goal"): "theirs"})) == ("乙", ("丙", ()))
    assert merge(GOAL, base="甲", mine="甲", theirs="丙").value == "丙"


def _edited(rows: list[dict[str, Any]], dice: random.Random, who: str) -> list[dict[str, Any]]:
    """Some steps of a person at a table: edits, additions, deletions, moves. Every text they type is their own."""
    rows = [dict(one) for one in rows]
    for step in range(dice.randrange(1, 8)):
        kind = dice.choice(("edit", "edit", "add", "delete", "move"))
        at = dice.randrange(len(rows)) if rows else 0
        if kind == "add" or not rows:
            rows.insert(at, row(f"{who}{step}", name=f"{who}加{step}"))
        elif kind == "edit":
            rows[at][dice.choice(FIELDS)] = f"{who}{step}"
        elif kind == "delete":
            rows.pop(at)
        else:
            rows.insert(dice.randrange(len(rows)), rows.pop(at))
    return rows


@pytest.mark.parametrize("seed", range(400))
def test_nothing_that_either_side_typed_is_lost(seed: int) -> None:
    dice = random.Random(seed)
    base = [row(str(number)) for number in range(dice.randrange(6))]
    mine, theirs = _edited(base, dice, "我"), _edited(base, dice, "他")
    merged = merge(TASKS, base=base, mine=mine, theirs=theirs)
    was = {one["id"]: one for one in base}
    result = {one["id"]: one for one in merged.value}
    asked = {(one.row_id, one.field) for one in merged.conflicts}
    assert len(result) == len(merged.value)
    for side in (mine, theirs):
        there = {one["id"]: one for one in side}
        for one in side:
            before = was.get(one["id"], {})
            for name in FIELDS:
                changed = one[name] != before.get(name)
                kept = result.get(one["id"], {}).get(name) == one[name]
                assert not changed or kept or {(one["id"], name), (one["id"], "")} & asked, (seed, one, name)
        for gone in was.keys() - there.keys():
            assert gone not in result or (gone, "") in asked, (seed, gone)
    for clash in merged.conflicts:
        assert clash.row is not None
        assert merged.value[clash.row]["id"] == clash.row_id
