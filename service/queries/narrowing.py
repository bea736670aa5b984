"""What lists are narrowed to: one set of filters for the register and for the boxes of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Text, bindparam

from workflows.lifecycle import Role, State


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; None and () mean all. `text` is looked for in department names and as an id.

    `stage` is the role with whom the form lies; `warned`: its head revision has reminders. Money in 万元, both ends
    included.
    """

    fiscal_year: int | None = None
    department_id: int | None = None
    states: tuple[State, ...] = ()
    level: int | None = None
    stage: Role | None = None
    text: str | None = None
    overdue: bool | None = None
    warned: bool | None = None
    submitted: bool | None = None  # at least once
    returned: bool | None = None  # a draft that was submitted before
    project_expenditure_from: Decimal | None = None
    project_expenditure_to: Decimal | None = None


NAMED = "position(lower(:text) in lower(d.name || ' ' || d.short_name || ' ' || coalesce(d.name_en, ''))) > 0"
# Clauses by filter, of `submission s` and its `department d`; each is constant text, the values are binds.
CLAUSES = {
    "fiscal_year": "s.fiscal_year = :fiscal_year",
    "department_id": "s.department_id = :department_id",
    "states": "s.state = any(:states)",
    "level": "s.level = :level",
    "stage": "exists (select 1 from work_item w where w.submission_id = s.id and w.closed_at is null and w.role = :stage)",
    "text": NAMED,
    "number": "s.id = :number",
    "overdue": "s.id = any(array(select w.submission_id from work_item w where w.closed_at is null and w.due_at < now()))",
    "warned": "exists (select 1 from revision r where r.id = s.head_revision_id"
    ' and r.findings @> \'[{"severity": "warning"}]\'::jsonb)',
    "submitted": "s.submitted_at is not null",
    "returned": "s.state = 'draft' and s.round > 0",
    "project_expenditure_from": "s.project_expenditure >= :project_expenditure_from",
    "project_expenditure_to": "s.project_expenditure <= :project_expenditure_to",
}
_KINDS: dict[str, Any] = {"states": ARRAY(Text)}


def narrowing_values(narrowed: Filter) -> dict[str, Any]:
    """The binds of those filters that are set, by the names of CLAUSES."""
    values: dict[str, Any] = {}
    for name in Filter.__dataclass_fields__:
        value = getattr(narrowed, name)
        if value not in (None, (), False):
            values[name] = [state.value for state in value] if name == "states" else value
    if is_number(narrowed.text):
        values["number"] = int(values.pop("text"))
    return values


def narrowing_binds(names: tuple[str, ...]) -> list[BindParameter[Any]]:
    """The typed binds among these filters."""
    return [bindparam(name, type_=kind) for name, kind in _KINDS.items() if name in names]


def is_number(typed: str | None) -> bool:
    """Whether the text is looked for as the id of a form."""
    return typed is not None and typed.isascii() and typed.isdigit() and len(typed) <= 18
