"""What a reviewer is told of a change agrees with the documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import seed_document
from workflows.comparison import cell_changes, compare
from workflows.row_matching import MOST_PAIRS, matched
from workflows.text_diff import LONGEST, Piece, pieces, places


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
    assert same.tally("indicators") == {"added": 0, "changed": 0, "moved": 0, "removed": 0, "same": 12}


def test_every_change_is_found_and_counted_once() -> None:
    found = compare(seed_document(), _changed())
    assert [one.field for one in found.amounts if one.changed] == ["project_expenditure"]
    assert found.places("overall_goal") == 1
    assert found.tally("indicators") == {"added": 1, "changed": 1, "moved": 1, "removed": 0, "same": 10}
    assert found.tally("key_tasks") == {"added": 0, "changed": 0, "moved": 0, "removed": 1, "same": 2}
    assert found.count == 1 + 1 + 3 + 1
    [changed] = [one for one in found.rows["indicators"] if one.kind == "changed"]
    assert changed.cells == {"target_value"}
    assert changed.path == "indicators[4]"
    assert changed.before_path == "indicators[3]"


def test_where_a_remark_stood_is_found_again() -> None:
    found = compare(seed_document(), _changed())
    assert found.now_at("indicators[3].target_value") == "indicators[4].target_value"
    assert found.differs("indicators[3].target_value")
    assert found.differs("indicators[3]")
    assert not found.differs("indicators[3].unit")
    assert not found.differs("indicators[11]"), "it moved, and says the same"
    assert found.now_at("key_tasks[0]") is None
    assert found.differs("key_tasks[0].content")
    assert found.differs("overall_goal")
    assert found.now_at("overall_goal") == "overall_goal"
    assert found.differs("budget.project_expenditure")
    assert not found.differs("budget.basic_expenditure")


def test_the_record_names_each_cell_and_cuts_long_texts() -> None:
    changes = {one.path: one for one in cell_changes(compare(seed_document(), _changed()))}
    assert changes["budget.project_expenditure"].after == (Piece("add", "660.25"),)
    goal = changes["overall_goal"]
    assert [one.text for one in goal.before if one.kind == "del"] == ["圆满"]
    assert sum(len(one.text) for one in goal.before) < 60
    assert changes["key_tasks"].before[0].kind == "del"


def test_rows_go_together_by_id_first_then_by_a_name_that_is_alone() -> None:
    before = [{"id": "1", "name": "甲", "content": "x"}, {"name": "乙"}, {"name": "丙"}, {"name": "丁"}]
    after = [{"id": "1", "name": "改名", "content": "x"}, {"id": "9", "name": "乙"}, {"name": "戊"}]
    found = matched("key_tasks", before, after, fields=("name", "content"))
    assert [(one.kind, sorted(one.cells)) for one in found[:2]] == [("changed", ["name"]), ("same", [])]
    assert [one.kind for one in found[2:]] == ["added", "removed", "removed"]


def test_a_renamed_row_is_known_by_its_likeness() -> None:
    before = [{"name": "印制扫黑除恶宣传资料数量", "n": "1"}, {"name": "群众满意度", "n": "2"}]
    after = [{"name": "群众对平安建设的看法", "n": "2"}, {"name": "印制扫黑除恶宣传册数量", "n": "1"}]
    found = matched("indicators", before, after, fields=("name", "n"))
    assert [(one.kind, one.before_path) for one in found] == [
        ("added", None),
        ("changed", "indicators[0]"),
        ("removed", "indicators[1]"),
    ]


def test_among_equal_names_the_row_with_equal_cells_is_the_same() -> None:
    before = [{"name": "办公经费", "n": "1"}, {"name": "办公经费", "n": "2"}]
    found = matched("key_tasks", before, [{"name": "办公经费", "n": "2"}], fields=("name", "n"))
    assert [(one.kind, one.before_path) for one in found] == [("same", "key_tasks[1]"), ("removed", "key_tasks[0]")]


def test_a_new_row_at_the_top_moves_no_other() -> None:
    before = [{"name": name} for name in "甲乙丙丁"]
    found = matched("key_tasks", before, [{"name": "新"}, *before], fields=("name",))
    assert [one.kind for one in found] == ["added", "same", "same", "same", "same"]


def test_the_fewest_rows_are_called_moved() -> None:
    before = [{"name": name} for name in "甲乙丙丁戊"]
    after = [{"name": name} for name in "戊甲乙丁丙"]
    found = matched("key_tasks", before, after, fields=("name",))
    assert sum(one.kind == "moved" for one in found) == 2
    assert found[0].kind == "moved"


def test_more_rows_than_can_be_held_against_each_other_still_have_an_answer() -> None:
    many = int(MOST_PAIRS**0.5) + 1
    before = [{"name": f"项目{n}甲"} for n in range(many)]
    after = [{"name": f"项目{n}乙"} for n in range(many)]
    found = matched("key_tasks", before, after, fields=("name",))
    assert {one.kind for one in found} == {"added", "removed"}


_NAMES = st.lists(st.text("甲乙丙丁宣传", min_size=0, max_size=4), max_size=7)


@given(_NAMES, _NAMES)
def test_every_row_of_both_sides_is_said_once(before: list[str], after: list[str]) -> None:
    old, new = [{"name": name} for name in before], [{"name": name} for name in after]
    found = matched("key_tasks", old, new, fields=("name",))
    assert [one.after for one in found if one.after is not None] == new
    paths = [one.before_path for one in found if one.before_path]
    assert sorted(paths) == sorted(f"key_tasks[{n}]" for n in range(len(old)))
    # What stands still keeps its order on both sides.
    still = [
        int(one.before_path[10:-1]) for one in found if one.before_path and one.after is not None and not one.moved
    ]
    assert still == sorted(still)


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
    _gives_back(before, after)


@given(st.text(), st.text())
def test_pieces_give_back_any_texts(before: str, after: str) -> None:
    _gives_back(before, after)


def _gives_back(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(one.text for one in found if one.kind != "add") == before
    assert "".join(one.text for one in found if one.kind != "del") == after


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        # A number is changed as a whole, never a digit of it.
        ("2021年全面完成", "2022年全面完成", [("del", "2021"), ("add", "2022"), ("same", "年全面完成")]),
        ("支出 460.25 万元", "支出 460.75 万元", [("same", "支出 "), ("del", "460.25"), ("add", "460.75"), ("same", " 万元")]),
        # Two characters that both share by chance are no islands in a rewritten clause.
        (
            "圆满完成建党百年维稳安保任务；推动",
            "圆满完成二十大等敏感节点维稳安保任务；推动",
            [("same", "圆满完成"), ("del", "建党百年"), ("add", "二十大等敏感节点"), ("same", "维稳安保任务；推动")],
        ),
        ("甲乙丙丁戊己庚辛", "子丑丙丁寅卯辰巳", [("del", "甲乙丙丁戊己庚辛"), ("add", "子丑丙丁寅卯辰巳")]),
    ],
)  # fmt: skip
def test_a_change_is_read_in_whole_words_and_numbers(before: str, after: str, runs: list[tuple[str, str]]) -> None:
    found = pieces(before, after)
    assert [(one.kind, one.text) for one in found] == runs
    assert places(found) == 1
