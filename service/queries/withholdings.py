"""Requests to empty a body, and the bodies of a form that hold words: what people choose from. No words of a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from workflows.lifecycle import RouteKind


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `revision` is a number, None for an opinion; `outcome` is None while it waits."""

    id: int
    submission_id: int
    department: str
    fiscal_year: int
    revision: int | None
    action: str | None
    reason: str
    asked_by: str
    asked_at: datetime
    settled_by: str | None
    settled_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class OpinionBody:
    """An opinion that could be emptied: who said something when, and not what."""

    id: str
    person: str
    action: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevisionBody:
    """A revision that could be emptied."""

    number: int
    kind: RouteKind
    at: datetime


_REQUESTS = text("""
select w.id, w.submission_id, d.short_name as department, s.fiscal_year, r.number as revision, o.action, w.reason,
    a.name as asked_by, w.asked_at, b.name as settled_by, w.settled_at, w.outcome
from withholding w
    join submission s on s.id = w.submission_id join department d on d.id = s.department_id
    join person a on a.id = w.asked_by left join person b on b.id = w.settled_by
    left join revision r on r.id = w.revision_id left join opinion o on o.id = w.opinion_id
where cast(:form as bigint) is null or w.submission_id = :form
order by w.outcome is not null, w.id desc limit :limit
""")
# What was asked for and not refused is emptied, or waits for it.
_OPINIONS = text("""
select o.id, p.name as person, o.action, o.created_at as at from opinion o join person p on p.id = o.person_id
where o.submission_id = :form and length(trim(o.comment)) > 0
    and not exists (select 1 from withholding w where w.opinion_id = o.id and w.outcome is distinct from 'refused')
order by o.created_at, o.id
""")
_REVISIONS = text("""
select r.number, r.kind, r.created_at as at from revision r where r.submission_id = :form
    and not exists (select 1 from withholding w where w.revision_id = r.id and w.outcome is distinct from 'refused')
order by r.number
""")


def withholdings(connection: Connection, *, form: int | None = None, limit: int = 200) -> list[Request]:
    """What waits first, then the newest; of one form or of all."""
    return [Request(**row._mapping) for row in connection.execute(_REQUESTS, {"form": form, "limit": limit})]


def opinions_to_withhold(connection: Connection, form: int) -> list[OpinionBody]:
    """Opinions with words that nobody asked to empty."""
    return [OpinionBody(**row._mapping) for row in connection.execute(_OPINIONS, {"form": form})]


def revisions_to_withhold(connection: Connection, form: int) -> list[RevisionBody]:
    """Revisions that nobody asked to empty."""
    rows = connection.execute(_REVISIONS, {"form": form})
    return [RevisionBody(row.number, RouteKind(row.kind), row.at) for row in rows]
