"""Many forms at once: their names, and what was done last to those that have moved since they were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

from service.queries.visible import VISIBLE
from workflows.facts import Actor
from workflows.lifecycle import Role

_LAST = text("""
select x.id, e.action, e.actor_role, d.name, e.at from unnest(:ids) x(id)
    cross join lateral (select action, actor_role, actor_department_id, at from event
        where subject_kind = 'submission' and subject_id = x.id and actor_role is not null
        order by seq desc limit 1) e
    left join department d on d.id = e.actor_department_id
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True)
class Moved:
    """The last act of a person on a form: what, in which role, of which unit, when."""

    action: str
    role: Role
    department: str | None
    at: datetime


def moved(connection: Connection, ids: Sequence[int]) -> dict[int, Moved]:
    """The last act on each of these forms, by id."""
    if not ids:
        return {}
    rows = connection.execute(_LAST, {"ids": list(ids)})
    return {row.id: Moved(row.action, Role(row.actor_role), row.name, row.at) for row in rows}


_NAMED = text(f"""
select s.id, d.short_name, d.name_en, s.form, s.fiscal_year from submission s
    join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'
where s.id = any(:ids) and ({VISIBLE} or exists (select 1 from work_item w
    where w.submission_id = s.id and w.closed_at is null and (w.person_id = :person_id or exists (
        select 1 from grant_in_force g where g.person_id = :person_id and g.role = w.role
            and g.department_id = w.department_id))))
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))  # noqa: S608 - constant text, no value of a request is in it


@dataclass(frozen=True, slots=True)
class NamedForm:
    """What people call a form."""

    id: int
    short_name: str
    name_en: str | None
    form: str
    fiscal_year: int


def forms_named(connection: Connection, actor: Actor, ids: Sequence[int]) -> dict[int, NamedForm]:
    """The names of those of these forms that are there for this person, by id."""
    rows = connection.execute(_NAMED, {"ids": list(ids), "person_id": actor.id})
    return {row.id: NamedForm(**row._mapping) for row in rows}
