"""What was done last to each of many forms, for those who chose them on a page that has grown old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

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
