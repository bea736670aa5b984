"""What last year's form offers to a draft, and what a copy of it looks like."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import seed_document
from workflows.copying import Choice, copied, offered, stale_years, with_year
from workflows.document import empty_section, section_problems
from workflows.draft import target_sections
from workflows.errors import InvalidRequest
from workflows.forms import form_type, form_types
from workflows.forms.base import FormType, Kind, Shape, Stage

FORM = form_type("department_overall@2022")
WHOLE = Choice(frozenset(section.name for section in FORM.sections))


def last_year() -> dict[str, Any]:
    document = seed_document()
    document["fiscal_year"] = 2021
    return document


def values(**sections: Any) -> dict[str, Any]:  # noqa: ANN401 - a section is whatever its shape says
    empty: dict[str, Any] = {
        s.name: [] if s.shape is Shape.ROWS else None if s.shape is Shape.TEXT else {} for s in FORM.sections
    }
    return empty | sections


def withheld_rows(document: dict[str, Any]) -> int:
    return sum(
        1 for name in ("key_tasks", "other_tasks", "indicators") for row in document[name] if row.get("secrecy_tag")
    )


def test_the_whole_form_comes_without_amounts_and_without_what_is_withheld() -> None:
    last = last_year()
    hidden = withheld_rows(last)
    assert hidden
    taken = {one.section: one for one in copied(FORM, last, values(), WHOLE)}
    rows = sum(one.rows for one in taken.values())
    assert rows + hidden == sum(len(last[name]) for name in ("key_tasks", "other_tasks", "indicators"))
    for one in taken.values():
        money = {field.name for field in FORM.section(one.section).fields if field.kind is Kind.MONEY}
        assert not money & {cell.field for cell in one.cells}
    assert all(row["planned_amount"] is None for row in taken["other_tasks"].value)
    assert "budget" not in taken
    assert taken["overall_goal"].value == last["overall_goal"]


def test_amounts_come_when_they_are_asked_for() -> None:
    taken = {one.section: one for one in copied(FORM, last_year(), values(), Choice(WHOLE.sections, amounts=True))}
    assert taken["budget"].value == {name: cell for name, cell in last_year()["budget"].items() if cell is not None}
    assert any(row["planned_amount"] for row in taken["other_tasks"].value)


def test_what_is_filled_in_stays_and_a_second_copy_adds_nothing() -> None:
    mine = values(overall_goal="今年的目标", basic={"fiscally_supported_headcount": 7, "second_level_unit_count": None})
    first = {one.section: one.value for one in copied(FORM, last_year(), mine, WHOLE)}
    assert "overall_goal" not in first
    assert "basic" not in first
    again = copied(FORM, last_year(), mine | first, WHOLE)
    assert again == ()


def test_one_row_comes_alone_with_an_id_of_its_own_and_nothing_of_the_years_end() -> None:
    last = last_year()
    last["indicators"][3] |= {
        "actual_value": "9",
        "weight": "5",
        "task": "other_tasks[0]",
        "id": "01J00000000000000000000003",
    }
    (taken,) = copied(FORM, last, values(), Choice(frozenset(), frozenset({("indicators", 3)})))
    (row,) = taken.value
    assert row["level3"] == last["indicators"][3]["level3"]
    assert row["id"] != last["indicators"][3]["id"]
    targets = {one.name for one in FORM.section("indicators").fields if one.stage is Stage.TARGET}
    assert set(row) == targets | {"id"}
    assert {cell.row_id for cell in taken.cells} == {row["id"]}


@pytest.mark.parametrize("mark", ["（密）", "【机密】", "涉密事项，线下报送"])
def test_a_marked_row_or_cell_is_never_copied(mark: str) -> None:
    last = last_year()
    last["other_tasks"][1]["content"] += mark
    last["overall_goal"] += mark
    taken = {one.section: one for one in copied(FORM, last, values(), WHOLE)}
    assert "overall_goal" not in taken
    assert all(mark not in str(cell.value) for one in taken.values() for cell in one.cells)
    offers = {one.section.name: one for one in offered(FORM, last, values())}
    assert offers["overall_goal"].withheld == 1
    assert 1 not in {row.index for row in offers["other_tasks"].rows}


def test_a_row_that_is_withheld_is_not_copied_even_when_its_index_is_named() -> None:
    last = last_year()
    last["other_tasks"][1]["secrecy_tag"] = "withheld_public"
    assert copied(FORM, last, values(), Choice(frozenset(), frozenset({("other_tasks", 1), ("other_tasks", 99)}))) == ()


def test_a_table_never_grows_beyond_its_limit() -> None:
    full = [{"id": f"x{index}", "name": f"任务{index}"} for index in range(FORM.section("other_tasks").max_rows)]
    with pytest.raises(InvalidRequest) as refused:
        copied(FORM, last_year(), values(other_tasks=full), WHOLE)
    assert refused.value.field == "other_tasks"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("2021年开展培训，2021 年底验收", "2022年开展培训，2022 年底验收"),
        ("依据〔2021〕5号文和[2021]6号", "依据〔2021〕5号文和[2021]6号"),
        ("编号12021、20210", "编号12021、20210"),
        ("（2021年）", "（2022年）"),
        ("2019—2021", "2019—2022"),
    ],
)
def test_last_years_number_is_renewed_but_not_in_the_number_of_a_document(text: str, after: str) -> None:
    assert with_year(text, old=2021, new=2022) == after
    assert all(text[start:end] == "2021" for start, end in stale_years(text, year=2021))


@pytest.mark.parametrize("form", form_types(), ids=lambda form: form.id)
def test_every_form_type_can_be_copied_into_a_draft_of_its_shape(form: FormType) -> None:
    """Each section filled with one text a cell: what comes out is a section that a draft can hold, amounts left blank."""
    last: dict[str, Any] = {"form": form.id}
    draft: dict[str, Any] = {}
    for section in target_sections(form):
        row = {one.name: "文" for one in section.fields if one.stage is Stage.TARGET}
        last[section.name] = {Shape.ROWS: [row], Shape.FIELDS: row, Shape.TEXT: "文字"}[section.shape]
        draft[section.name] = empty_section(section)
    taken = {one.section: one for one in copied(form, last, draft, Choice(frozenset(draft)))}
    assert taken
    for name, one in taken.items():
        assert section_problems(form.section(name), one.value) == []
        money = {field.name for field in form.section(name).fields if field.kind is Kind.MONEY}
        assert not money & {cell.field for cell in one.cells}
