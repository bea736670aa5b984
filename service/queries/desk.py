"""The figures above the inbox. Each is the length of exactly the list that its card opens; a test compares them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, text

from service.queries import inbox
from service.queries.inbox import InboxKey, Tab
from service.queries.visible import IN_REACH, VISIBLE
from workflows.facts import Actor

# A cycle of one city stays far below this; beyond it the figures of the city are left out instead of slowing the page.
SCAN_LIMIT = 5000

_CITY = text(f"""
with seen as (
    select s.* from cycle_department p
        join submission s on s.department_id = p.department_id and s.cycle_id = p.cycle_id and s.kind = 'target'
        join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'
    where p.cycle_id = :cycle_id and {VISIBLE} limit {SCAN_LIMIT + 1})
select count(*) as scanned,
    count(*) filter (where submitted_at is not null) as submitted,
    count(*) filter (where state = 'draft' and round > 0) as returned,
    coalesce(sum(coalesce(basic_expenditure, 0) + coalesce(project_expenditure, 0))
        filter (where submitted_at is not null), 0) as budget,
    (select count(*) from cycle_department p join department d on d.id = p.department_id
        join department b on b.kind = 'finance_bureau' where p.cycle_id = :cycle_id and {IN_REACH}) as units
from seen
""")  # noqa: S608 - constant text, no value of a request is in it
_CYCLE = text("select id, fiscal_year from cycle where closed_at is null order by fiscal_year desc, id desc limit 1")


@dataclass(frozen=True, slots=True)
class City:
    """How far the running cycle is, as far as this person sees it. Money in 万元 of the submitted part."""

    fiscal_year: int
    units: int
    submitted: int
    returned: int
    budget: Decimal


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for a person, and the figures of the running cycle (None where none is open)."""

    todo: int
    overdue: int
    this_week: int
    next_due_at: datetime | None
    city: City | None


def desk(connection: Connection, actor: Actor, *, now: datetime, week_ends_at: datetime) -> Desk:
    """The figures of one person."""
    first = inbox.inbox(connection, actor, tab=Tab.TODO, limit=1, after=InboxKey(now, 0))
    return Desk(
        todo=inbox.count(connection, actor, tab=Tab.TODO),
        overdue=inbox.count(connection, actor, tab=Tab.TODO, until=now),
        this_week=inbox.count(connection, actor, tab=Tab.TODO, until=week_ends_at),
        next_due_at=first[0].due_at if first else None,
        city=_city(connection, actor),
    )


def _city(connection: Connection, actor: Actor) -> City | None:
    cycle = connection.execute(_CYCLE).one_or_none()
    if cycle is None:
        return None
    row = connection.execute(_CITY, {"cycle_id": cycle.id, "person_id": actor.id}).one()
    if row.scanned > SCAN_LIMIT:
        return None
    return City(cycle.fiscal_year, row.units, row.submitted, row.returned, row.budget)
