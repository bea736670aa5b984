"""Cells that came from last year and are not touched or checked yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from workflows.forms.base import FormType, Shape

_TAGS = text("""
select section, row_id, field, value, checked_at is not null as checked from copied_cell where submission_id = :id
order by section, row_id, field
""")


@dataclass(frozen=True, slots=True)
class Tag:
    """One copied cell; `row_id` is empty outside of tables. `checked`: somebody said that it is right as it stands."""

    section: str
    row_id: str
    field: str
    value: Any
    checked: bool


def copied_cells(connection: Connection, submission_id: int) -> list[Tag]:
    """Every copied cell that still holds what was copied."""
    return [Tag(**row._mapping) for row in connection.execute(_TAGS, {"id": submission_id})]


_UNCHECKED: Final = text("""
select c.section, c.field, case when c.row_id = '' then null else (
    select r.place - 1 from jsonb_array_elements(d.body -> 'value') with ordinality r(row, place)
    where r.row ->> 'id' = c.row_id limit 1) end as index
from copied_cell c join draft_section d using (submission_id, section)
where c.submission_id = :id and c.checked_at is null
""")


def unchecked_paths(connection: Connection, submission_id: int, *, form: FormType) -> dict[str, list[str]]:
    """Paths of the copied cells that nobody has touched or confirmed, by section, both in the order of the form."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    sections = {one.name: one for one in form.sections}
    for name, field, index in connection.execute(_UNCHECKED, {"id": submission_id}):
        section = sections[name]
        at = next(place for place, one in enumerate(section.fields) if one.name == field)
        row = f"[{index}]" if index is not None else ""
        path = name if section.shape is Shape.TEXT else f"{name}{row}.{field}"
        found.setdefault(name, []).append((index or 0, at, path))
    return {name: [path for *_, path in sorted(found[name])] for name in sections if name in found}
