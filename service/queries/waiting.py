"""The open work items of one form: with whom it lies, since when, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from workflows.lifecycle import Role

_OPEN = text("""
select w.id, w.level, w.seat, w.role, w.department_id, w.person_id, p.name as person, w.due_at, w.opened_at
from work_item w left join person p on p.id = w.person_id
where w.submission_id = :id and w.closed_at is null order by w.level, w.seat
""")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A seat that waits. Level 0 is the filler's own; `person` is whom it names (转办, 加签), None: anybody of the desk."""

    id: int
    level: int
    seat: int
    role: Role
    department_id: int
    person_id: int | None
    person: str | None
    due_at: datetime
    opened_at: datetime


def open_items(connection: Connection, submission_id: int) -> list[OpenItem]:
    """In order of level and seat."""
    rows = connection.execute(_OPEN, {"id": submission_id})
    return [OpenItem(**{**row._mapping, "role": Role(row.role)}) for row in rows]
