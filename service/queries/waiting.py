"""The open work items of one form: with whom it lies, since when, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from workflows.lifecycle import Role

_OPEN = text("""
select id, level, seat, role, department_id, person_id, due_at, opened_at from work_item
where submission_id = :id and closed_at is null order by level, seat
""")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A seat that waits. Level 0 is the filler's own."""

    id: int
    level: int
    seat: int
    role: Role
    department_id: int
    person_id: int | None
    due_at: datetime
    opened_at: datetime


def open_items(connection: Connection, submission_id: int) -> list[OpenItem]:
    """In order of level and seat."""
    rows = connection.execute(_OPEN, {"id": submission_id})
    return [OpenItem(**{**row._mapping, "role": Role(row.role)}) for row in rows]
