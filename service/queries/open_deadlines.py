"""Open work with its limits, as far as a person sees: what is late first, then what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from service.queries.visible import VISIBLE
from workflows.lifecycle import Role, State


@dataclass(frozen=True, slots=True)
class OpenLimit:
    """One open work item: whose form, with whom it lies, until when."""

    id: int
    submission_id: int
    department: str
    department_en: str | None
    fiscal_year: int
    state: State
    level: int
    role: Role
    desk: str
    desk_en: str | None
    opened_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LimitCounts:
    """How many are late, and how many end within the days that were asked for."""

    late: int
    soon: int


_FROM = f"""
from work_item w
    join submission s on s.id = w.submission_id
    join department d on d.id = s.department_id
    join department b on b.kind = 'finance_bureau'
    join department k on k.id = w.department_id
where w.closed_at is null and {VISIBLE}
"""
_LINES = text(f"""
select w.id, s.id as submission_id, d.short_name as department, d.name_en as department_en, s.fiscal_year, s.state,
    w.level, w.role, k.short_name as desk, k.name_en as desk_en, w.opened_at, w.due_at
{_FROM} and (w.due_at, w.id) > (:after_at, :after_id) and w.due_at < :until
order by w.due_at, w.id limit :limit
""")
_COUNTS = text(f"""
select count(*) filter (where w.due_at < :now) as late, count(*) filter (where w.due_at >= :now) as soon
{_FROM} and w.due_at < :until
""")


def open_limits(
    connection: Connection, person_id: int, *, until: datetime, after: tuple[datetime, int], limit: int
) -> list[OpenLimit]:
    """Open items whose limit is before `until`, the earliest first, after a key (limit, id)."""
    values = {"person_id": person_id, "until": until, "after_at": after[0], "after_id": after[1], "limit": limit}
    return [
        OpenLimit(**{**row._mapping, "state": State(row.state), "role": Role(row.role)})
        for row in connection.execute(_LINES, values)
    ]


def limit_counts(connection: Connection, person_id: int, *, now: datetime, until: datetime) -> LimitCounts:
    """How many of them are late and how many are not, before `until`."""
    row = connection.execute(_COUNTS, {"person_id": person_id, "now": now, "until": until}).one()
    return LimitCounts(**row._mapping)
