"""One spelling of a cell in a draft, whichever way it came in; amounts with their unit are offered and never turned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.documents import FORM, changed, seed
from workflows.offered_amounts import offered, offers
from workflows.tidying import spelled, spelled_section

TASKS, INDICATORS, BASIC = FORM.section("key_tasks"), FORM.section("indicators"), FORM.section("basic")


@pytest.mark.parametrize(
    ("section", "field", "typed", "kept"),
    [
        (TASKS, "planned_amount", "１２３", "123"),
        (TASKS, "planned_amount", "1,000.50", "1000.5"),
        (TASKS, "planned_amount", "1000元", "1000元"),
        (TASKS, "planned_amount", "-", "-"),
        (TASKS, "name", "　普法　", "　普法　"),
        (TASKS, "content", "一行\r\n又一行", "一行\n又一行"),
        (TASKS, "content", " \u3000", None),
        (INDICATORS, "comparator", ">=", "ge"),
        (INDICATORS, "comparator", "＞＝", "ge"),
        (INDICATORS, "comparator", "差不多", "差不多"),
        (INDICATORS, "level1", "产出指标", "output"),
        (INDICATORS, "target_value", "９５", "95"),
        (BASIC, "fiscally_supported_headcount", "６９", 69),
        (BASIC, "fiscally_supported_headcount", "69人", "69人"),
    ],
)
def test_a_cell_has_one_spelling(section: Any, field: str, typed: str, kept: str | int | None) -> None:  # noqa: ANN401
    assert spelled(section.field(field), typed) == kept


def test_a_section_is_spelled_cell_by_cell_and_what_has_no_shape_is_let_be() -> None:
    rows = [{"id": "x", "name": "甲", "planned_amount": "１"}, "no row", {"planned_amount": ["2"], "strange": "３"}]
    spelled_rows = spelled_section(TASKS, rows)
    assert spelled_rows == [{"id": "x", "name": "甲", "planned_amount": "1"}, "no row", {"planned_amount": ["2"], "strange": "３"}]  # fmt: skip
    odds: tuple[object, ...] = (None, 3, {"0": {}}, "text")
    for odd in odds:
        assert spelled_section(TASKS, odd) == odd
    assert spelled_section(BASIC, {"second_level_unit_count": "２"}) == {"second_level_unit_count": 2}
    assert spelled_section(FORM.section("overall_goal"), " ") is None


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1,000元", "0.1"), ("1000元", "0.1"), ("１，０００．５０元", "0.10005"), ("100万", "100"), ("100 万元", "100"),
        ("1.5亿", "15000"), ("3亿元", "30000"), ("2千元", "0.2"), ("￥5000元", "0.5"), ("5000元整", "0.5"),
        ("100", None), ("", None), ("约100万元", None), ("≤30万元", None), ("-5元", None), ("1_000元", None), ("5元/人", None),
        ("100%", None), ("两万元", None), ("1.000,00元", None), ("100人", None), ("1" * 80 + "元", None),
    ],
)  # fmt: skip
def test_an_amount_with_a_unit_of_money_is_offered(typed: str, amount: str | None) -> None:
    assert offered(typed) == (None if amount is None else Decimal(amount))


def test_offers_of_a_document_are_those_of_its_amounts_alone() -> None:
    document = changed(changed(seed(), "key_tasks[0].planned_amount", "10万"), "key_tasks[0].content", "花费10万元")
    assert offers(seed(), FORM) == {}
    assert offers(document, FORM) == {"key_tasks[0].planned_amount": ("10万", Decimal(10))}
