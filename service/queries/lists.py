"""The register of submissions: filtered by what one may see, newest first, paged by key.

A reader of few units is served by the index of units, unit by unit; a reader of many by the index of the newest. Either
is hundreds of times slower in the other's place, so the units within reach are looked up first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text
from sqlalchemy.sql.elements import TextClause

from service.queries.narrowing import CLAUSES, NAMED, Filter, is_number, narrowing_binds, narrowing_values
from service.queries.visible import IN_REACH, VISIBLE
from workflows.facts import Actor
from workflows.lifecycle import State
from workflows.policy import REACH, Scope

__all__ = ["Filter", "Listed", "NewestKey", "count", "submissions"]

FEW = 40  # units; from about here the index of the newest is the quicker one
UNITS = "units"  # the bind
COUNT_CAP = 1000  # an exact count of a million rows costs 10 times a page; screens show "1000+"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the register. Money in 万元 of the head revision, None before the first submission.

    `waits_*` is the first open work item: with whom it lies, since when and until when. `errors` counts findings of
    severity error and block of the head revision. `last_action` says how a form came back to its unit.
    """

    id: int
    department_id: int
    department: str
    department_short: str
    department_en: str | None
    fiscal_year: int
    form: str
    kind: str
    state: State
    level: int | None
    version: int
    round: int
    evaluation_round: int
    grade: str | None
    blocked: bool
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None
    indicators: int | None
    errors: int | None
    warnings: int | None
    waits_role: str | None
    waits_department: str | None
    waits_department_en: str | None
    waits_since: datetime | None
    due_at: datetime | None
    last_action: str | None
    submitted_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewestKey:
    """Where the next page begins: after this row in (updated_at desc, id desc)."""

    updated_at: datetime
    id: int


_LINE = """
select s.id, s.department_id, d.name as department, d.short_name as department_short, d.name_en as department_en,
    s.fiscal_year, s.form, s.kind, s.state, s.level, s.version, s.round, s.evaluation_round, s.grade, s.blocked,
    s.basic_expenditure, s.project_expenditure, counted.indicators, counted.errors, counted.warnings,
    waits.role as waits_role, waits.department as waits_department,
    waits.department_en as waits_department_en, waits.opened_at as waits_since, waits.due_at,
    (select e.action from event e where e.subject_kind = 'submission' and e.subject_id = s.id
        and e.action not in ('replace_with_placeholder', 'clear_mark') order by e.seq desc limit 1) as last_action,
    s.submitted_at, s.updated_at
from page s join department d on d.id = s.department_id
    left join lateral (select
        (select count(*) from revision_indicator i where i.revision_id = r.id) as indicators,
        (select count(*) from jsonb_array_elements(r.findings) f where f ->> 'severity' in ('error', 'block')) as errors,
        (select count(*) from jsonb_array_elements(r.findings) f where f ->> 'severity' = 'warning') as warnings
        from revision r where r.id = s.head_revision_id) counted on true
    left join lateral (select w.role, u.short_name as department, u.name_en as department_en, w.opened_at, w.due_at
        from work_item w join department u on u.id = w.department_id
        where w.submission_id = s.id and w.closed_at is null order by w.level, w.seat limit 1) waits on true
order by s.updated_at desc, s.id desc
"""

_CLAUSES = CLAUSES | {"after": "(s.updated_at, s.id) < (:after_at, :after_id)"}


def submissions(
    connection: Connection, actor: Actor, *, narrowed: Filter, after: NewestKey | None = None, limit: int = 50
) -> list[Listed]:
    """One page of what this person may see, newest first. Ask for one more than is shown to know whether more follow."""
    values = _values(connection, actor, narrowed)
    if after is not None:
        values |= {"after": True, "after_at": after.updated_at, "after_id": after.id}
    statement = _page(tuple(name for name in (*_CLAUSES, UNITS) if name in values))
    rows = connection.execute(statement, {**values, "limit": limit})
    return [Listed(**{**row._mapping, "state": State(row.state)}) for row in rows]


def count(connection: Connection, actor: Actor, *, narrowed: Filter) -> int:
    """How many there are, up to COUNT_CAP."""
    values = _values(connection, actor, narrowed)
    statement = _count(tuple(name for name in (*_CLAUSES, UNITS) if name in values))
    return int(connection.execute(statement, {**values, "limit": COUNT_CAP}).scalar_one())


def _values(connection: Connection, actor: Actor, narrowed: Filter) -> dict[str, Any]:
    values: dict[str, Any] = {"person_id": actor.id} | narrowing_values(narrowed)
    units = _few_units(connection, actor, narrowed)
    if units is not None:
        values[UNITS] = units
    return values


def _few_units(connection: Connection, actor: Actor, narrowed: Filter) -> list[int] | None:
    """The units that the list can be of, if they are few. None: many, or not worth asking."""
    if narrowed.department_id is not None:
        return [narrowed.department_id]
    name = None if is_number(narrowed.text) else narrowed.text
    scopes = {REACH[grant.role].scope for grant in actor.grants}
    if name is None and scopes <= {Scope.OWN, Scope.NOTHING}:
        return sorted({grant.department_id for grant in actor.grants})
    if name is None and Scope.REGION in scopes:
        return None
    values = {"person_id": actor.id, "text": name or "", "limit": FEW + 1}
    units = list(connection.execute(_WITHIN_REACH, values).scalars())
    return units if len(units) <= FEW else None


def _where(names: Sequence[str]) -> str:
    return " and ".join([VISIBLE, *(_CLAUSES[name] for name in names)])


_WITHIN_REACH = text(f"""
select d.id from department d join department b on b.kind = 'finance_bureau'
where {IN_REACH} and (:text = '' or {NAMED}) order by d.id limit :limit
""")  # noqa: S608 - constant text, no value of a request is in it
_FROM = """from submission s join department d on d.id = s.department_id
    join department b on b.kind = 'finance_bureau'"""


_NEWEST = "order by s.updated_at desc, s.id desc limit :limit"


@cache
def _page(names: tuple[str, ...]) -> TextClause:
    # Constant text, no value of a request is in it.
    clauses = [name for name in names if name != UNITS]
    page = f"select s.* {_FROM} where {_where(clauses)} {_NEWEST}"
    if UNITS in names:
        of_unit = f"select s.* {_FROM} where s.department_id = u.id and {_where(clauses)} {_NEWEST}"
        page = f"select s.* from unnest(:{UNITS}) u(id) cross join lateral ({of_unit}) s {_NEWEST}"  # noqa: S608
    return _bound(f"with page as ({page}) {_LINE}", names)


@cache
def _count(names: tuple[str, ...]) -> TextClause:
    clauses = [name for name in names if name != UNITS]
    of_units = f"s.department_id = any(:{UNITS}) and" if UNITS in names else ""
    found = f"select 1 {_FROM} where {of_units} {_where(clauses)} limit :limit"
    return _bound(f"select count(*) from ({found}) found", names)  # noqa: S608 - constant text


def _bound(sql: str, names: tuple[str, ...]) -> TextClause:
    units = [bindparam(UNITS, type_=ARRAY(BigInteger))] if UNITS in names else []
    return text(sql).bindparams(*narrowing_binds(names), *units)
