"""Cycles with how far they are, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class CycleLine:
    """A cycle. `units` take part, `forms` were opened, `submitted` were handed in at least once."""

    id: int
    code: str
    fiscal_year: int
    region: str
    form: str
    budget_round: int
    target_route: str
    evaluation_route: str
    profile: str
    filing_opens_on: date
    filing_due_on: date
    evaluation_opens_on: date
    evaluation_due_on: date
    closed_at: datetime | None
    asks_reasons: bool
    followed_by_id: int | None
    units: int
    forms: int
    submitted: int


_SELECT = """
select c.id, c.code, c.fiscal_year, c.region, c.form, c.budget_round, t.code || '@' || t.version as target_route,
    e.code || '@' || e.version as evaluation_route, p.code || '@' || p.version as profile, c.filing_opens_on,
    c.filing_due_on, c.evaluation_opens_on, c.evaluation_due_on, c.closed_at, c.asks_reasons, c.followed_by_id,
    (select count(*) from cycle_department d where d.cycle_id = c.id) as units,
    (select count(*) from submission s where s.cycle_id = c.id and s.kind = 'target') as forms,
    (select count(*) from submission s where s.cycle_id = c.id and s.kind = 'target' and s.submitted_at is not null)
        as submitted
from cycle c
    join route_version t on t.id = c.target_route_id
    join route_version e on e.id = c.evaluation_route_id
    join profile_version p on p.id = c.profile_id
"""
_ALL = text(f"{_SELECT} order by c.fiscal_year desc, c.id desc")
_ONE = text(f"{_SELECT} where c.id = :id")
_UNITS = text("select department_id from cycle_department where cycle_id = :id")


def cycles(connection: Connection) -> list[CycleLine]:
    """Every cycle, the newest year first."""
    return [CycleLine(**row._mapping) for row in connection.execute(_ALL)]


def cycle(connection: Connection, cycle_id: int) -> CycleLine | None:
    """One cycle."""
    row = connection.execute(_ONE, {"id": cycle_id}).one_or_none()
    return CycleLine(**row._mapping) if row else None


def participants(connection: Connection, cycle_id: int) -> set[int]:
    """The departments that take part."""
    return set(connection.execute(_UNITS, {"id": cycle_id}).scalars())
