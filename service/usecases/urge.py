"""催办: hurry those with whom a form lies, once per person for one form in 24 hours.

Two presses at once try to write the same number, and the unique key lets one through; the other is told when it is
possible again. Who is told is found when the message goes out: whoever can act then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Text, bindparam, text

from service.queries.seen import visible_cases
from service.queries.submissions import Case, read_all
from workflows.courtesies import URGE_PAUSE, speaking_as
from workflows.deadlines import BEIJING
from workflows.errors import DomainError, InvalidRequest, NotFound, NotPossibleNow
from workflows.facts import Actor, Grant
from workflows.policy import seat_among

LARGEST = 500
_MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Urged:
    """An urge that was written, and from when on the same person may hurry the form again (UTC)."""

    submission_id: int
    at: datetime
    again_at: datetime


@dataclass(frozen=True, slots=True)
class NotUrged:
    """A form that was left alone, and why."""

    submission_id: int
    reason: DomainError


_BINDS = (
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("roles", type_=ARRAY(Text)),
    bindparam("departments", type_=ARRAY(BigInteger)),
)
_WRITE = text("""
with asked as (select * from unnest(:ids, :roles, :departments) as x(submission_id, role, department_id)),
written as (
    insert into urge (submission_id, person_id, number, role, department_id, created_at)
    select x.submission_id, :person_id, before.number + 1, x.role, x.department_id, :now
    from asked x cross join lateral (select coalesce(max(u.number), 0) as number, max(u.created_at) as last
        from urge u where u.submission_id = x.submission_id and u.person_id = :person_id) before
    where before.last is null or before.last <= cast(:now as timestamptz) - cast(:pause as interval)
    order by x.submission_id
    on conflict do nothing returning id, submission_id, created_at),
queued as (
    insert into outbox (topic, dedupe_key, payload)
    select 'urge', 'urge:' || id, jsonb_build_object('urge_id', id) from written returning 1)
select submission_id, created_at,
    case when row_number() over () = 1 then pg_notify('jixiao_outbox', '') end from written
""").bindparams(*_BINDS)
_LAST = text("""
select submission_id, max(created_at) as at from urge where person_id = :person_id and submission_id = any(:ids)
group by submission_id
""").bindparams(_BINDS[0])


def urge(connection: Connection, actor: Actor, *, submission_id: int, now: datetime | None = None) -> Urged:
    """Hurry one form. Raises NotFound, NotAllowed, and NotPossibleNow with the time when it is possible again."""
    [one] = urge_many(connection, actor, ids=[submission_id], now=now)
    if isinstance(one, NotUrged):
        raise one.reason
    return one


def urge_many(
    connection: Connection, actor: Actor, *, ids: Sequence[int], now: datetime | None = None
) -> list[Urged | NotUrged]:
    """Hurry up to 500 forms, each judged alone, in the order given. Without `now` the database's clock decides."""
    if not 1 <= len(ids) <= LARGEST:
        raise InvalidRequest("batch_size", field="items", limit=str(LARGEST))
    cases = {case.locked.id: case for case in visible_cases(actor, read_all(connection, ids))}
    judged = {one: _judged(actor, cases.get(one)) for one in ids}
    going = {one: grant for one, grant in judged.items() if isinstance(grant, Grant)}
    written = _written(connection, actor, going, now or max((case.now for case in cases.values()), default=None))
    late = _last(connection, actor, [one for one in going if one not in written])
    return [_result(one, judged[one], written, late) for one in ids]


def _judged(actor: Actor, case: Case | None) -> Grant | DomainError:
    if case is None:
        return NotFound()
    try:
        grant = speaking_as(actor, case.place)
    except DomainError as refusal:
        return refusal
    if not case.seats:
        return NotPossibleNow("nobody_to_urge")
    if all(seat_among(actor, [seat]) for seat in case.seats):
        return NotPossibleNow("waits_for_you")
    return grant


def _written(
    connection: Connection, actor: Actor, going: dict[int, Grant], now: datetime | None
) -> dict[int, datetime]:
    if not going:
        return {}
    values: dict[str, Any] = {
        "ids": list(going),
        "roles": [grant.role.value for grant in going.values()],
        "departments": [grant.department_id for grant in going.values()],
    }
    values |= {"person_id": actor.id, "now": now, "pause": URGE_PAUSE}
    return {row.submission_id: row.created_at for row in connection.execute(_WRITE, values)}


def _last(connection: Connection, actor: Actor, ids: list[int]) -> dict[int, datetime]:
    if not ids:
        return {}
    rows = connection.execute(_LAST, {"person_id": actor.id, "ids": ids})
    return {row.submission_id: row.at for row in rows}


def _result(
    one: int, judged: Grant | DomainError, written: dict[int, datetime], late: dict[int, datetime]
) -> Urged | NotUrged:
    if isinstance(judged, DomainError):
        return NotUrged(one, judged)
    if one in written:
        return Urged(one, written[one], written[one] + URGE_PAUSE)
    again = (late[one] + URGE_PAUSE).astimezone(BEIJING).strftime(_MINUTE)
    return NotUrged(one, NotPossibleNow("urged_lately", until=again))
