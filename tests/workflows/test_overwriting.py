"""What a file would type over in a draft: every typed cell counts, blanks and equal cells do not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import seed_document
from tests.workflows.documents import FORM, changed
from workflows.document import empty_document
from workflows.overwriting import Overwriting, overwriting

SEED = seed_document()
BLANK = empty_document(FORM, region="揭阳市", fiscal_year=2022, department="甲", supervising_department=None)


def of(draft: dict[str, Any], file: dict[str, Any]) -> Overwriting:
    return overwriting(FORM, draft=draft, file=file)


def test_the_same_is_nothing_and_a_blank_draft_is_filled() -> None:
    assert of(SEED, SEED).is_nothing
    assert of(BLANK, SEED) == Overwriting((), adds=True)
    assert of(BLANK, BLANK).is_nothing


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("budget.basic_expenditure", "budget.basic_expenditure"),
        ("overall_goal", "overall_goal"),
        ("key_tasks[0].content", "key_tasks[0]"),
        ("indicators[3].target_value", "indicators[3]"),
    ],
)
def test_a_cell_that_says_otherwise_is_typed_over(path: str, place: str) -> None:
    assert of(SEED, changed(SEED, path, "7")).paths == (place,)
    assert of(SEED, changed(SEED, path, None)).paths == (place,), "a blank in the file takes away what was typed"
    assert of(changed(SEED, path, None), SEED) == Overwriting((), adds=True)
    assert of(changed(SEED, path, "  "), SEED).paths == ()


def test_rows_are_found_again_wherever_they_stand() -> None:
    turned = SEED | {"indicators": SEED["indicators"][::-1]}
    assert of(SEED, turned).is_nothing
    fewer = SEED | {"indicators": SEED["indicators"][1:]}
    assert of(SEED, fewer).paths == ("indicators[0]",)
    assert of(fewer, SEED) == Overwriting((), adds=True)


def test_ids_and_tags_are_nobody_s_typing() -> None:
    rows = [{**row, "id": "01", "secrecy_tag": "placeholder"} for row in SEED["key_tasks"]]
    assert of(SEED | {"key_tasks": rows}, SEED).is_nothing


def test_two_equal_rows_need_two() -> None:
    first = SEED["other_tasks"][0]
    twice = SEED | {"other_tasks": [first, first]}
    assert of(twice, SEED | {"other_tasks": [first]}).paths == ("other_tasks[1]",)
    assert of(twice, twice).is_nothing
