"""The score sheet: every figure is there to be recomputed, and nothing unknown looks like zero."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.web.evaluation_view import Sheet, bar_width, figure, sheet_of
from tests.factories import seed_document
from workflows.check import check_year_end
from workflows.forms import form_type
from workflows.forms.base import CheckContext
from workflows.scoring import score
from workflows.scoring_profile import shipped_profile

PROFILE = shipped_profile("mof-2020")
# The worked example of the domain guide, section 5.6.
WEIGHTS = "6 5 5 6 6 5 5 6 6 15 15 10".split()
ACTUALS = "135000 72 100 46 100 3 1 1 22 100 97 86".split()


def evaluated() -> dict[str, Any]:
    document = seed_document()
    figures = zip(document["indicators"], WEIGHTS, ACTUALS, strict=True)
    rows = [{**row, "weight": weight, "actual_value": actual} for row, weight, actual in figures]
    money = {"adjusted_budget": "1823.37", "executed_amount": "1750.2", "deviation_analysis": None}
    return {**document, "indicators": rows, "execution": money}


def sheet(document: dict[str, Any]) -> Sheet:
    return sheet_of(document, score(document, PROFILE), PROFILE, lang="zh")


def test_the_worked_example() -> None:
    shown = sheet(evaluated())
    assert (shown.total, shown.grade) == (Decimal("98.24"), "excellent")
    assert (shown.execution.score, shown.execution.rate) == (Decimal("9.60"), "95.99%")
    assert [(block.level1, str(block.score), str(block.weight)) for block in shown.blocks] == [
        ("output", "48.87", "50"), ("benefit", "30", "30"), ("satisfaction", "9.77", "10"),
    ]  # fmt: skip
    rows = [row for block in shown.blocks for row in block.rows]
    assert [row.number for row in rows if row.short] == [3, 4, 9, 12]
    assert [row.number for row in rows if row.over] == [1]
    assert [row.number for row in rows if row.reason and row.reason.mark == "err"] == [3, 4, 9, 12]
    assert [row.number for row in rows if row.reason and row.reason.mark == "warn"] == [1]
    assert (shown.unmet, shown.over, shown.due, shown.weights, shown.full) == (4, 1, 4, Decimal(90), Decimal(90))
    assert shown.drawn


def test_a_trace_ends_with_the_points_that_are_shown() -> None:
    rows = [row for block in sheet(evaluated()).blocks for row in block.rows]
    for row in rows:
        assert row.lines[-1].key == "points"
        assert f"{row.score:.2f}" in row.lines[-1].text


def test_a_missing_actual_opens_the_total_and_is_named() -> None:
    document = evaluated()
    document["indicators"][4]["actual_value"] = None
    shown = sheet(document)
    assert (shown.total, shown.grade, shown.missing) == (None, None, ("indicators[4]",))
    assert shown.blocks[0].score is None


def test_a_reason_that_was_given_stays_when_nothing_asks_for_it() -> None:
    document = evaluated()
    document["indicators"][1]["deviation_analysis"] = "如期完成"
    reason = sheet(document).blocks[0].rows[1].reason
    assert reason is not None
    assert (reason.text, reason.asks, reason.mark) == ("如期完成", "", "")


def test_an_actual_that_is_no_number_is_kept_and_named() -> None:
    document = evaluated()
    document["indicators"][0]["actual_value"] = "约十三万"
    row = sheet(document).blocks[0].rows[0]
    assert row.actual == "约十三万"
    assert row.notes
    assert row.score is None


@pytest.mark.parametrize(("rate", "width"), [(None, 0), (Fraction(94, 100), 94), (Fraction(9), 150), (Fraction(-1), 0)])
def test_bars_end_at_one_and_a_half(rate: Fraction | None, width: int) -> None:
    assert bar_width(rate) == width


@pytest.mark.parametrize(
    ("text", "seen"), [("100000", "100,000"), ("91.2", "91.2"), ("", ""), ("效果明显", "效果明显")]
)
def test_figures_are_grouped_and_words_stay(text: str, seen: str) -> None:
    assert figure(text) == seen


def test_a_mark_in_a_reason_stands_at_its_row_and_a_reason_that_is_given_is_not_asked_for() -> None:
    document = evaluated()
    document["indicators"][2]["deviation_analysis"] = "因故（密）少办一期"
    document["execution"]["deviation_analysis"] = "（机密）"
    found = check_year_end(document, CheckContext(form_type(document["form"])))
    shown = sheet_of(document, score(document, PROFILE), PROFILE, lang="zh", findings=found)
    row = shown.blocks[0].rows[2]
    assert any("（密）" in note for note in row.notes)
    assert row.reason is not None
    assert row.reason.mark == ""
    assert shown.execution.notes
