"""A hold outlives its row: known again by its id, by a copy of it, and by its words wherever they are typed anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.documents import FORM
from workflows.forms.base import Section
from workflows.held_words import traces_of, with_known_tags
from workflows.holds import UNRESOLVED, WITHHELD
from workflows.secrecy import PLACEHOLDER

TASKS, OTHERS = FORM.section("key_tasks"), FORM.section("other_tasks")
A, B = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"


def row(row_id: str, name: str = "普法", content: str = "机房巡检", **more: str | None) -> dict[str, Any]:
    return {"id": row_id, "name": name, "content": content, "planned_amount": None, **more}


def tags(rows: list[dict[str, Any]]) -> list[str | None]:
    return [one.get("secrecy_tag") for one in rows]


@pytest.mark.parametrize("tag", [UNRESOLVED, WITHHELD])
@pytest.mark.parametrize("claimed", [None, WITHHELD, UNRESOLVED, "work_secret"])
def test_a_row_that_comes_back_has_the_tag_that_it_left_with(tag: str, claimed: str | None) -> None:
    known = traces_of(TASKS, [row(A, secrecy_tag=tag)])
    assert tags(with_known_tags(TASKS, [row(A, secrecy_tag=claimed)], [], known)) == [tag]
    assert tags(with_known_tags(TASKS, [row(A, content="别的话")], [], known)) == [tag]


def test_a_marked_row_that_comes_back_without_its_mark_is_held() -> None:
    known = traces_of(TASKS, [row(A, content="（密）机房巡检")])
    assert tags(with_known_tags(TASKS, [row(A)], [], known)) == [UNRESOLVED]
    assert tags(with_known_tags(TASKS, [row(A, content="（密）机房巡检")], [], known)) == [None], "its mark holds it"


@pytest.mark.parametrize("section", [TASKS, OTHERS])
@pytest.mark.parametrize("content", ["机房巡检", " 机 房、巡检。", "（密）机房巡检 "])
def test_words_of_a_held_row_are_held_under_another_id_and_in_another_table(section: Section, content: str) -> None:
    known = traces_of(TASKS, [row(A, content="机房巡检（秘密★10年）")])
    kept = with_known_tags(section, [row(B, name="别的", content=content)], [], known)
    assert tags(kept) == [None if "密" in content else UNRESOLVED]
    blank = row(B, name="别的", content="")
    assert tags(with_known_tags(section, [row(B, name="别的")], [blank], known)) == [UNRESOLVED], (
        "typed into a blank row"
    )


def test_what_stood_there_before_is_not_held_for_an_edit_elsewhere_in_its_row() -> None:
    known = traces_of(TASKS, [row(A, content="（密）机房巡检")])
    assert tags(with_known_tags(TASKS, [row(B, name="改了")], [row(B)], known)) == [None]


def test_a_copy_of_a_withheld_row_is_withheld_and_its_words_alone_hold_nothing() -> None:
    withheld = row(A, content=PLACEHOLDER, secrecy_tag=WITHHELD)
    twin = row(B, content=PLACEHOLDER, secrecy_tag=WITHHELD)
    assert tags(with_known_tags(TASKS, [withheld, twin], [withheld], {})) == [WITHHELD, WITHHELD]
    other = row(B, name="另一件事", content=PLACEHOLDER)
    assert tags(with_known_tags(TASKS, [withheld, other], [withheld], {})) == [WITHHELD, None]


@pytest.mark.parametrize("claimed", [WITHHELD, UNRESOLVED, "work_secret"])
@pytest.mark.parametrize("before", [[], [row(B)]])
def test_a_tag_that_nothing_vouches_for_is_a_hold(claimed: str, before: list[Any]) -> None:
    assert tags(with_known_tags(TASKS, [row(B, secrecy_tag=claimed)], before, {})) == [UNRESOLVED]


def test_no_words_are_kept() -> None:
    known = traces_of(TASKS, [row(A, content="（密）机房巡检")])
    assert all(key == A or len(key) == 64 for key in known)


def test_short_cells_and_other_shapes_tell_nothing() -> None:
    known = traces_of(TASKS, [row(A, name="（密）会议", content="")])
    assert tags(with_known_tags(TASKS, [row(B, name="会议", content="")], [], known)) == [None]
    goal = FORM.section("overall_goal")
    assert traces_of(goal, "（密）x") == {}
    assert with_known_tags(goal, "x", None, {}) == "x"


@pytest.mark.parametrize("before", [[], [row(A, content="（密）机房巡检")], [row(A, secrecy_tag=WITHHELD)]])
def test_a_tag_that_comes_with_a_mark_does_not_outlive_the_mark(before: list[Any]) -> None:
    marked = with_known_tags(TASKS, [row(A, content="（密）机房巡检", secrecy_tag=WITHHELD)], before, {})
    assert tags(with_known_tags(TASKS, [row(A, secrecy_tag=WITHHELD)], marked, {})) == [UNRESOLVED]
