"""What the posted sections are: those of the form, the head of a draft, and at the year's end actuals and execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.queries.drafts import Draft
from service.web.editor_post import UnreadableError
from service.web.editor_view import Value
from workflows.draft import ACTUAL_FIELDS, ACTUALS, EXECUTION, HEAD, HEAD_FIELDS, target_sections
from workflows.forms.base import Field, FormType, Section, Shape, Stage

EVALUATION = frozenset({ACTUALS, EXECUTION})


def section_named(form: FormType, name: str) -> Section | None:
    """The section that a filler posts under this name, None where there is none."""
    if name == HEAD:
        return Section(HEAD, Shape.FIELDS, tuple(one for one in form.header if _is_typed_head(one)))
    if name == ACTUALS:
        indicators = form.section("indicators")
        fields = tuple(replace(indicators.field(one), stage=Stage.TARGET) for one in ACTUAL_FIELDS)
        return Section(ACTUALS, Shape.ROWS, fields, max_rows=indicators.max_rows)
    if name == EXECUTION:
        section = form.section(EXECUTION)
        return replace(section, fields=tuple(replace(one, stage=Stage.TARGET) for one in section.fields))
    return next((one for one in target_sections(form) if one.name == name), None)


def _is_typed_head(one: Field) -> bool:
    return one.name in HEAD_FIELDS and one.stage is Stage.TARGET


def kept(kind: Section, current: Draft) -> tuple[int, Value]:
    """Version and value of a section as it stands. Actuals carry their place as an id, one row an indicator."""
    stored = current.sections.get(kind.name)
    version = stored.version if stored else 0
    if kind.name == ACTUALS:
        return version, [
            {"id": str(index), **{name: row.get(name) for name in ACTUAL_FIELDS}}
            for index, row in enumerate(current.document["indicators"])
        ]
    return version, stored.value if stored else None


def sent(kind: Section, value: Value, rows: int) -> Value:
    """The value as the use case takes it. Raises UnreadableError where actuals do not match the `rows` of the form."""
    if kind.name != ACTUALS:
        return value
    if [row["id"] for row in value] != [str(index) for index in range(rows)]:
        raise UnreadableError(_strangers(value, rows))
    return [{name: row.get(name) for name in ACTUAL_FIELDS} for row in value]


def _strangers(value: Sequence[dict[str, Any]], rows: int) -> list[str]:
    places = {str(index) for index in range(rows)}
    return [f"{index}" for index, row in enumerate(value) if row["id"] not in places] or [f"{len(value)} ≠ {rows}"]
