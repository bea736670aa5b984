"""Who hurried whom, who got a copy, and who could get one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

from service.queries.visible import VISIBLE
from workflows.lifecycle import Role

_IDS = bindparam("ids", type_=ARRAY(BigInteger))
MOST_READERS = 100

# Whom an urge was for: the seats that were open then.
_URGES = text("""
select u.id, u.created_at as at, p.name as person, u.role, d.short_name as department, d.name_en as department_en,
    (select array_agg(distinct w.role order by w.role) from work_item w where w.submission_id = u.submission_id
        and w.opened_at <= u.created_at and (w.closed_at is null or w.closed_at > u.created_at)) as waited_for
from urge u join person p on p.id = u.person_id join department d on d.id = u.department_id
where u.submission_id = :id order by u.created_at, u.id
""")
_COPIES = text("""
select c.id, c.created_at as at, p.name as person, c.role, d.short_name as department, d.name_en as department_en,
    r.name as reader, c.read_at
from circulation c join person p on p.id = c.given_by join person r on r.id = c.person_id
    join department d on d.id = c.department_id
where c.submission_id = :id order by c.created_at, c.id
""")
# Everybody to whom the form is visible, with the roles that they hold; administrators hold none that shows one.
_READERS = text(f"""
select p.id, p.name, (select jsonb_agg(jsonb_build_array(g.role, u.short_name, u.name_en) order by g.id)
        from role_assignment g join department u on u.id = g.department_id where g.person_id = p.id) as desks,
    c.created_at as copied_at
from submission s join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'
    join person p on p.active and {VISIBLE.replace(":person_id", "p.id")}
    left join circulation c on c.submission_id = s.id and c.person_id = p.id
where s.id = :submission_id and (:text = '' or position(lower(:text) in lower(p.name || ' ' || p.username)) > 0
        or exists (select 1 from role_assignment g join department u on u.id = g.department_id
            where g.person_id = p.id and position(lower(:text) in lower(u.name || ' ' || u.short_name)) > 0))
    and (not :chosen or p.id = any(:ids))
order by p.name, p.id limit :limit
""").bindparams(_IDS)  # noqa: S608 - constant text, no value of a request is in it


@dataclass(frozen=True, slots=True)
class Hurried:
    """Somebody hurried the form along; `waited_for` are the roles with whom it then lay."""

    id: int
    at: datetime
    person: str
    role: Role
    department: str
    department_en: str | None
    waited_for: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """Somebody gave `reader` a copy."""

    id: int
    at: datetime
    person: str
    role: Role
    department: str
    department_en: str | None
    reader: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may see the form. `desks`: role, short name and English name of each unit. `copied_at`: has a copy."""

    id: int
    name: str
    desks: tuple[tuple[str, str, str | None], ...]
    copied_at: datetime | None


def urges_of(connection: Connection, submission_id: int) -> list[Hurried]:
    """In order of time. The caller has checked that the form is there for the reader."""
    return [
        Hurried(
            **{**row._mapping, "role": Role(row.role), "waited_for": tuple(Role(one) for one in row.waited_for or ())}
        )
        for row in connection.execute(_URGES, {"id": submission_id})
    ]


def copies_of(connection: Connection, submission_id: int) -> list[Copied]:
    """In order of time. The caller has checked that the form is there for the reader."""
    rows = connection.execute(_COPIES, {"id": submission_id})
    return [Copied(**{**row._mapping, "role": Role(row.role)}) for row in rows]


def readers_of(
    connection: Connection, submission_id: int, *, text_: str = "", ids: Sequence[int] | None = None
) -> list[Reader]:
    """Who may see the form, by name; `text_` narrows to names of people and units, `ids` to these people."""
    limit = MOST_READERS if ids is None else max(len(ids), 1)
    values = {"submission_id": submission_id, "text": text_, "chosen": ids is not None, "ids": list(ids or ())}
    return [
        Reader(row.id, row.name, tuple((role, short, en) for role, short, en in row.desks or ()), row.copied_at)
        for row in connection.execute(_READERS, {**values, "limit": limit})
    ]
