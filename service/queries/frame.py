"""What every page shows of its reader: open work, unread messages, desks, the running cycle, whether keys act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from service.queries.inbox import ON_DESK

# The bar says 99+ from here on, so the count need not go further.
COUNT_LIMIT = 100

_MASTHEAD = text(f"""
select c.region, c.fiscal_year, c.budget_round, c.filing_opens_on, c.filing_due_on,
    (select count(*) from (select 1 from notification n
        where n.person_id = :person_id and n.read_at is null limit {COUNT_LIMIT}) u) as unread,
    (select count(*) from (select 1 from ({ON_DESK}) o limit {COUNT_LIMIT}) t) as todo,
    (select jsonb_agg(jsonb_build_array(g.role, d.short_name, d.name_en) order by g.id)
        from role_assignment g join department d on d.id = g.department_id where g.person_id = :person_id) as desks,
    coalesce((select p.shortcuts from person p where p.id = :person_id), true) as shortcuts
from (select 1) one left join lateral (
    select region, fiscal_year, budget_round, filing_opens_on, filing_due_on from cycle
    where closed_at is null order by fiscal_year desc, id desc limit 1) c on true
""")  # noqa: S608 - constant text, no value of a request is in it


@dataclass(frozen=True, slots=True)
class DeskName:
    """One role of a person with the names of the unit where it is held."""

    role: str
    short_name: str
    name_en: str | None


@dataclass(frozen=True, slots=True)
class Masthead:
    """Counts stop at COUNT_LIMIT. The cycle's fields are None where none is open."""

    region: str | None
    fiscal_year: int | None
    budget_round: int | None
    filing_opens_on: date | None
    filing_due_on: date | None
    unread: int
    todo: int
    shortcuts: bool
    desks: tuple[DeskName, ...]


def masthead(connection: Connection, person_id: int | None) -> Masthead:
    """The values for one person; without one, the running cycle alone."""
    row: Any = connection.execute(_MASTHEAD, {"person_id": person_id}).one()
    values = {name: row._mapping[name] for name in Masthead.__dataclass_fields__ if name != "desks"}
    return Masthead(**values, desks=tuple(DeskName(*desk) for desk in row.desks or ()))
