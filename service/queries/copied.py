"""Cells that came from last year and are not touched or checked yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

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
