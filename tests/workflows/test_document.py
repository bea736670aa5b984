"""The shape of a document: what is there, what is refused and where."""

from typing import Any

import pytest

from tests.workflows.documents import FORM, changed, evaluated, seed
from workflows.document import cell_at, cells, empty_document, empty_section, section_problems, shape_problems
from workflows.forms import form_types
from workflows.tidying import tidied, tidied_section


def test_sections_are_those_of_the_contract() -> None:
    assert [section.name for section in FORM.sections] == [
        "basic", "budget", "overall_goal", "key_tasks", "other_tasks", "indicators", "execution"
    ]  # fmt: skip
    assert FORM.id == "department_overall@2022"


def test_empty_document_has_every_key_and_nothing_in_it() -> None:
    document = empty_document(FORM, region="揭阳市", fiscal_year=2022, department="某部门", supervising_department=None)
    assert shape_problems(document, FORM) == []
    assert set(seed()) == set(document)
    assert "execution" not in document
    assert document["basic"] == {"fiscally_supported_headcount": None, "second_level_unit_count": None}
    assert document["indicators"] == []


def test_seed_and_its_year_end_are_documents() -> None:
    assert shape_problems(seed(), FORM) == []
    assert shape_problems(evaluated(), FORM) == []


def test_cells_come_in_the_order_of_the_form_and_are_found_again() -> None:
    document = evaluated()
    found = list(cells(document, FORM))
    assert [cell.path for cell in found[:3]] == ["form", "region", "fiscal_year"]
    assert found[-1].path == "execution.executed_amount"
    assert all(cell_at(document, cell.path) == cell.value for cell in found)


@pytest.mark.parametrize(
    "path", ["", "nothing", "key_tasks[9].name", "key_tasks[0].nothing", "a.b.c", "overall_goal.x"]
)
def test_no_cell_there(path: str) -> None:
    with pytest.raises(KeyError):
        cell_at(seed(), path)


@pytest.mark.parametrize(
    ("path", "value", "case"),
    [
        ("basic", [], "object"),
        ("budget", None, "object"),
        ("key_tasks", {}, "list"),
        ("key_tasks[0]", "x", "object"),
        ("key_tasks[0].planned_amount", 100, "text"),
        ("key_tasks[0].planned_amount", 1.5, "text"),
        ("key_tasks[0].planned_amount", True, "text"),
        ("key_tasks[0].planned_amount", ["1"], "text"),
        ("key_tasks[0].planned_amount", {"a": 1}, "text"),
        ("key_tasks[0].name", "x" * 201, "too_long"),
        ("overall_goal", "x" * 5_000_000, "too_long"),
        ("overall_goal", ["x"], "text"),
        ("basic.fiscally_supported_headcount", 1.5, "text_or_integer"),
        ("basic.fiscally_supported_headcount", True, "text_or_integer"),
        ("key_tasks[0].content", "a\x00b", "control"),
        ("key_tasks[0].content", "a\x1b[31m", "control"),
        ("key_tasks[0].content", "\ud800", "surrogate"),
        ("key_tasks[0].content", "\ufffe", "noncharacter"),
        ("key_tasks[0].content", "\U0001ffff", "noncharacter"),
        ("key_tasks[0].classified", "no", "unknown_key"),
        ("key_tasks[0].secrecy_tag", "绝密", "no_tag"),
        ("indicators[0].task", "key_tasks[01]", "no_task"),
        ("indicators[0].task", "../x", "no_task"),
        ("money_source_unit", "亿元", "no_tag"),
        ("key_tasks", [{}] * 201, "too_many_rows"),
        ("state", "approved", "unknown_key"),
    ],
)
def test_misshapen(path: str, value: Any, case: str) -> None:  # noqa: ANN401  # any JSON
    problems = shape_problems(changed(seed(), path, value), FORM)
    assert [problem.case for problem in problems] == [case]
    assert problems[0].path.startswith(path.partition("[")[0].partition(".")[0])


@pytest.mark.parametrize("value", [None, 1, "x", [], [1, 2], {"a": 1}, {"form": "x"}])
def test_anything_else_is_no_document(value: object) -> None:
    assert shape_problems(value, FORM)


@pytest.mark.parametrize("text", ["😀𠮷〇㛃\ue000", "Ａ\u3000Ｂ\nC\tD", "\u202e", "a\u0301" * 3])
def test_rare_letters_are_text(text: str) -> None:
    assert shape_problems(changed(seed(), "key_tasks[0].content", text), FORM) == []


def test_missing_keys_are_named_with_their_path() -> None:
    document = seed()
    del document["budget"]["other_funds"]
    del document["other_tasks"]
    assert [(problem.path, problem.case) for problem in shape_problems(document, FORM)] == [
        ("budget.other_funds", "missing_key"),
        ("other_tasks", "missing_key"),
    ]


def test_one_section_is_checked_alone() -> None:
    section = FORM.section("key_tasks")
    assert empty_section(section) == []
    assert section_problems(section, seed()["key_tasks"]) == []
    assert [one.path for one in section_problems(section, [{"name": 1}])][:2] == [
        "key_tasks[0].name",
        "key_tasks[0].content",
    ]


def test_typed_cells_are_tidied_and_reported() -> None:
    typed = {
        "budget.basic_expenditure": ("１，２６３．１２", "1263.12", "number"),
        "budget.other_funds": ("——", None, "filler"),
        "basic.fiscally_supported_headcount": ("69", 69, None),
        "basic.second_level_unit_count": ("３", 3, "number"),
        "indicators[0].comparator": ("＞＝", "ge", "comparator"),
        "indicators[1].comparator": ("≥", "ge", None),
        "indicators[0].level1": ("产出指标", "output", None),
        "indicators[9].level2": ("社会效益 指标", "social_benefit", None),
        "indicators[4].unit": ("％", "%", "unit"),
        "indicators[0].target_value": ("100,000.0", "100000", "number"),
        "key_tasks[0].planned_amount": (" ", None, None),
        "key_tasks[1].planned_amount": ("八十", "八十", None),
        "key_tasks[2].content": ("  空 格  ", "  空 格  ", None),
    }
    document = seed()
    for path, (before, _, _) in typed.items():
        document = changed(document, path, before)
    tidy, changes = tidied(document, FORM)
    assert {path: cell_at(tidy, path) for path in typed} == {path: after for path, (_, after, _) in typed.items()}
    reported = {change.path: change.reason for change in changes}
    assert reported == {path: reason for path, (_, _, reason) in typed.items() if reason}
    assert tidied(tidy, FORM) == (tidy, ())


def test_one_section_is_tidied_alone() -> None:
    section = FORM.section("budget")
    typed = seed()["budget"] | {"other_funds": "/"}
    tidy, changes = tidied_section(section, typed)
    assert tidy == seed()["budget"]
    assert [change.path for change in changes] == ["budget.other_funds"]
    row = seed()["indicators"][0] | {"unit": "—", "target_value": "——"}
    tidy_rows, _ = tidied_section(FORM.section("indicators"), [row])
    assert tidy_rows == [row | {"unit": None}]
    assert tidied_section(FORM.section("basic"), {"second_level_unit_count": "*"})[0] == {
        "second_level_unit_count": None
    }


def test_form_names_its_parts() -> None:
    assert FORM.section("budget").field("other_funds").unit == "万元"
    with pytest.raises(KeyError):
        FORM.section("nothing")
    with pytest.raises(KeyError):
        FORM.section("budget").field("nothing")
    assert FORM in form_types()


def test_range_is_tidied_beside_its_sign() -> None:
    document = changed(
        changed(seed(), "indicators[0].comparator", "区间"), "indicators[0].target_value", "1,000 至 2,000"
    )
    tidy, _ = tidied(document, FORM)
    assert tidy["indicators"][0]["comparator"] == "between"
    assert tidy["indicators"][0]["target_value"] == "1000~2000"
