"""The check that stands before every step: the form is there for this person, and it is as they saw it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.queries.submissions import Case, last_handled, lock, read
from workflows.errors import NotFound, StaleVersion
from workflows.facts import Actor
from workflows.policy import may_see, seat_among


def seen(connection: Connection, actor: Actor, *, submission_id: int) -> Case:
    """Read a case for showing it. Raises NotFound also for what the actor may not see."""
    return _visible(actor, read(connection, submission_id))


def locked(connection: Connection, actor: Actor, *, submission_id: int) -> Case:
    """Lock a case for changing it. Raises NotFound also for what the actor may not see."""
    return _visible(actor, lock(connection, submission_id))


def locked_as_seen(
    connection: Connection, actor: Actor, *, submission_id: int, version: int | None, now: datetime | None = None
) -> Case:
    """Lock a case and refuse it when it is not the version that the person saw. Only the timer may leave it out.

    Without `now` the database's clock decides. Raises NotFound, then StaleVersion with who was first.
    """
    case = locked(connection, actor, submission_id=submission_id)
    return _as_seen(connection, actor, case, version=version, now=now)


def read_as_seen(
    connection: Connection, actor: Actor, *, submission_id: int, version: int | None, now: datetime | None = None
) -> Case:
    """The same without the lock, for a write that refuses by itself what has moved meanwhile."""
    case = seen(connection, actor, submission_id=submission_id)
    return _as_seen(connection, actor, case, version=version, now=now)


def stale(connection: Connection, submission_id: int) -> StaleVersion:
    """The refusal of those who came second: it says who was first."""
    handled = last_handled(connection, submission_id)
    if handled is None:
        return StaleVersion(field="version")
    return StaleVersion(by_role=handled.role.value, by_unit=handled.department, at=handled.at, field="version")


def _as_seen(connection: Connection, actor: Actor, case: Case, *, version: int | None, now: datetime | None) -> Case:
    if version != case.locked.version and not (version is None and actor.is_system):
        raise stale(connection, case.locked.id)
    return case if now is None else replace(case, now=now)


def visible_cases(actor: Actor, cases: Iterable[Case]) -> list[Case]:
    """Those of many cases that are there for this person."""
    return [case for case in cases if _is_there(actor, case)]


def _visible(actor: Actor, case: Case) -> Case:
    if not _is_there(actor, case):
        raise NotFound
    return case


def _is_there(actor: Actor, case: Case) -> bool:
    submitted = case.locked.submitted_at is not None
    reaches = may_see(actor, case.place, state=case.locked.state, submitted=submitted)
    return reaches or seat_among(actor, case.seats) is not None
