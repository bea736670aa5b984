"""What happened to a form, with the words that were said: the timeline and the API's event list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from workflows.lifecycle import Role, State


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a form. `comment` and `grade` are of the opinion that the event wrote; `voided`: no longer in force.

    `person` and `department` are None for the timer. `on_behalf_of` lent the role (委托), `to_person` is whom the act names.
    """

    id: str
    seq: int
    action: str
    at: datetime
    person_id: int | None
    person: str | None
    role: Role | None
    department: str | None
    from_state: State | None
    to_state: State | None
    from_level: int | None
    to_level: int | None
    round: int | None
    revision_sha256: str | None
    comment: str | None
    grade: str | None
    voided: bool
    on_behalf_of: str | None
    to_person: str | None
    body: dict[str, Any]
    hash: str


_EVENTS = text("""
select e.id, e.seq, e.action, e.at, e.actor_id as person_id, p.name as person, e.actor_role as role,
    d.short_name as department, e.from_state, e.to_state, e.from_level, e.to_level, e.round,
    e.body ->> 'revision_sha256' as revision_sha256, o.comment, o.grade, o.voided_by_event_id is not null as voided,
    lender.name as on_behalf_of, named.name as to_person, e.body, e.hash
from event e
    left join person p on p.id = e.actor_id
    left join department d on d.id = e.actor_department_id
    left join opinion o on o.submission_id = e.subject_id and o.event_id = e.id
    left join person lender on lender.id = (e.body ->> 'on_behalf_of')::bigint
    left join person named on named.id = (e.body ->> 'to_person')::bigint
where e.subject_kind = 'submission' and e.subject_id = :id and e.seq > :after
order by e.seq limit :limit
""")


def events_of(connection: Connection, submission_id: int, *, after: int = 0, limit: int = 500) -> list[Happened]:
    """The events of a form in their order, from `after` (a seq) on. The caller has checked that the form is there."""
    rows = connection.execute(_EVENTS, {"id": submission_id, "after": after, "limit": limit})
    return [
        Happened(
            **{
                **row._mapping,
                "role": Role(row.role) if row.role else None,
                "from_state": State(row.from_state) if row.from_state else None,
                "to_state": State(row.to_state) if row.to_state else None,
            }
        )
        for row in rows
    ]
