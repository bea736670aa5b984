"""What reviewers said of a form that came back: the reason of the return, and remarks pinned to cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Returned:
    """The last return or rejection of the round before this one. `unit` is the short name of the reviewer's department."""

    action: str
    comment: str
    role: str | None
    unit: str | None
    unit_en: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on a cell, a row, or (path None) the whole form, as it stands on the revision that came back."""

    id: int
    path: str | None
    body: str
    role: str | None
    at: datetime


# The last act of the chain says whether the form lies with its unit because somebody sent it back.
_RETURNED = text("""
select e.action, o.comment, e.actor_role as role, d.short_name as unit, d.name_en as unit_en, e.at
from event e join opinion o on o.event_id = e.id left join department d on d.id = e.actor_department_id
where e.subject_kind = 'submission' and e.subject_id = :id and e.action in ('return_for_revision', 'reject', 'reopen')
    and not exists (select 1 from event later where later.subject_kind = 'submission' and later.subject_id = :id
        and later.seq > e.seq and later.action in ('submit', 'submit_evaluation', 'open_evaluation'))
order by e.seq desc limit 1
""")
_LAST_ACT = text("""
select e.action from event e where e.subject_kind = 'submission' and e.subject_id = :id
    and e.action not in ('replace_with_placeholder', 'clear_mark') order by e.seq desc limit 1
""")
_REMARKS = text("""
select c.id, c.path, c.body, (select min(g.role) from role_assignment g
    where g.person_id = c.author_id and g.role not in ('filler')) as role, c.created_at as at
from comment c join submission s on s.id = c.submission_id
where c.submission_id = :id and c.revision_id = s.head_revision_id order by c.id
""")


def returned(connection: Connection, submission_id: int) -> Returned | None:
    """Why the form came back to its unit, None where it did not."""
    row = connection.execute(_RETURNED, {"id": submission_id}).one_or_none()
    return Returned(**row._mapping) if row else None


def remarks(connection: Connection, submission_id: int) -> list[Remark]:
    """The remarks on the revision that was last handed in, the oldest first."""
    return [Remark(**row._mapping) for row in connection.execute(_REMARKS, {"id": submission_id})]


def last_act(connection: Connection, submission_id: int) -> str | None:
    """What happened to the form last, which its chip says; settling a mark of secrecy moves nothing."""
    found: str | None = connection.scalar(_LAST_ACT, {"id": submission_id})
    return found
