"""The parts of a draft that are no section of the document: its head, the actuals of the year's end, the ids of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.document import INDICATORS, Problem, section_problems
from workflows.forms.base import FormType, Section, Shape, Stage
from workflows.holds import UNRESOLVED, marked_cells
from workflows.ulid import is_ulid, new_ulid

HEAD = "head"
ACTUALS = "actuals"
EXECUTION = "execution"
HEAD_FIELDS = ("supervising_department", "money_source_unit")
# What a filler types of each indicator at the year's end, over the approved row.
ACTUAL_FIELDS = ("weight", "actual_value", "entered_score", "deviation_analysis")


def target_sections(form: FormType) -> tuple[Section, ...]:
    """The sections that a target draft holds, in the order of the form."""
    return tuple(section for section in form.sections if section.stage is Stage.TARGET)


def with_row_ids(section: Section, value: Any) -> Any:  # noqa: ANN401 - a section is whatever its shape says
    """The section with an id on each row: the one it came with, a new one where it has none or a double."""
    if section.shape is not Shape.ROWS:
        return value
    taken: set[str] = set()
    rows = []
    for row in value:
        row_id = row.get("id")
        if not is_ulid(row_id) or row_id in taken:
            row_id = new_ulid()
        taken.add(row_id)
        rows.append({**row, "id": row_id})
    return rows


def with_kept_tags(value: Any, stored: Any) -> Any:  # noqa: ANN401 - a section is whatever its shape says
    """The rows with the secrecy tags that they have: what a resolved hold set is no cell that somebody types over.

    A row whose mark was typed away is tagged as unresolved: only the two actions, each with a reason, end a hold.
    """
    if not isinstance(value, list) or not isinstance(stored, list):
        return value
    tags = {row["id"]: tag for row in stored if row.get("id") and (tag := carried_tag(row))}
    return [with_tag(row, tags.get(row.get("id"))) for row in value]


def carried_tag(row: Mapping[str, Any]) -> str | None:
    """What a row carries on: its tag, or that its mark is still to be resolved."""
    return UNRESOLVED if marked_cells(row) else row.get("secrecy_tag")


def with_tag(row: dict[str, Any], tag: str | None) -> dict[str, Any]:
    """The row with this tag; as it is without one."""
    if tag is None:
        return row
    if tag == UNRESOLVED and marked_cells(
        row
    ):  # the mark itself still holds it, and a tag that came with it is no answer
        return {**row, "secrecy_tag": None} if row.get("secrecy_tag") else row
    return {**row, "secrecy_tag": tag}


def head_problems(form: FormType, value: object) -> list[Problem]:
    """Everything that keeps this from being the head of a draft."""
    fields = tuple(one for one in form.header if one.name in HEAD_FIELDS)
    return section_problems(Section(HEAD, Shape.FIELDS, fields), value)


def actuals_problems(form: FormType, value: object) -> list[Problem]:
    """Everything that keeps this from being the actuals of an evaluation: a row an indicator, in their order."""
    indicators = form.section(INDICATORS)
    fields = tuple(indicators.field(name) for name in ACTUAL_FIELDS)
    return section_problems(Section(ACTUALS, Shape.ROWS, fields, max_rows=indicators.max_rows), value)
