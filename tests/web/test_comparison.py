"""What a reviewer is told of a change agrees with the documents."""

from __future__ import annotations

from typing import Any

import pytest

from service.web.comparison import LONGEST, Piece, cell_changes, compare, matched, pieces
from tests.factories import seed_document


def _changed() -> dict[str, Any]:
    document = seed_document()
    document["budget"]["project_expenditure"] = "660.25"
    document["overall_goal"] = document["overall_goal"].replace("圆满完成", "高质量完成")
    rows = document["indicators"]
    rows[3]["target_value"] = "50"
    document["indicators"] = [rows[11], *rows[:11], {**rows[0], "level3": "新指标"}]
    document["key_tasks"] = document["key_tasks"][1:]
    return document


def test_a_document_does_not_differ_from_itself() -> None:
    same = compare(seed_document(), seed_document())
    assert same.count == 0
    assert same.tally("indicators") == {"added": 0, "changed": 0, "removed": 0, "same": 12}


def test_every_change_is_found_and_counted_once() -> None:
    found = compare(seed_document(), _changed())
    assert [one.field for one in found.amounts if one.changed] == ["project_expenditure"]
    assert found.places("overall_goal") == 1
    assert found.tally("indicators") == {"added": 1, "changed": 1, "removed": 0, "same": 11}
    assert found.tally("key_tasks") == {"added": 0, "changed": 0, "removed": 1, "same": 2}
    assert found.count == 1 + 1 + 2 + 1
    [changed] = [one for one in found.rows["indicators"] if one.kind == "changed"]
    assert changed.cells == {"target_value"}
    assert changed.path == "indicators[4]"


def test_the_record_names_each_cell_and_cuts_long_texts() -> None:
    changes = {one.path: one for one in cell_changes(compare(seed_document(), _changed()))}
    assert changes["budget.project_expenditure"].after == (Piece("add", "660.25"),)
    goal = changes["overall_goal"]
    assert [one.text for one in goal.before if one.kind == "del"] == ["圆满"]
    assert sum(len(one.text) for one in goal.before) < 60
    assert changes["key_tasks"].before[0].kind == "del"


def test_rows_go_together_by_id_first_then_by_a_name_that_is_alone() -> None:
    before = [{"id": "1", "name": "甲", "content": "x"}, {"name": "乙"}, {"name": "丙"}, {"name": "丙"}]
    after = [{"id": "1", "name": "改名", "content": "x"}, {"id": "9", "name": "乙"}, {"name": "丙"}]
    found = matched("key_tasks", before, after, fields=("name", "content"))
    assert [(one.kind, sorted(one.cells)) for one in found[:2]] == [("changed", ["name"]), ("same", [])]
    assert [one.kind for one in found[2:]] == ["added", "removed", "removed"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "新"),
        ("旧", ""),
        ("坚持稳中求进", "坚持稳中求好"),
        ("abcabc", "bcabca"),
        ("a" * (LONGEST + 1), "b"),
    ],
)
def test_pieces_give_back_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(one.text for one in found if one.kind != "add") == before
    assert "".join(one.text for one in found if one.kind != "del") == after
