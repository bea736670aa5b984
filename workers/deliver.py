"""Deliveries: a hundred leased in one transaction, then each sent and finished by itself.

A worker that dies gives nothing back; its leases run out and the sweeper returns the rows. `lease_no` fences: a worker
that wakes up late finishes nothing that another one has leased since.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, bindparam, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.logs import logger
from workers.channels import Channel
from workers.errors import Permanent, Retryable
from workers.messages import Notice, compose
from workers.retry import MAX_ATTEMPTS, backoff, reason
from workflows.notices import Subject

log = logger(__name__)

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Parcel:
    """One leased delivery with all that its message is made of."""

    id: int
    lease_no: int
    attempts: int
    message_id: str
    address: str | None
    active: bool
    notice: Notice


@dataclass(frozen=True, slots=True)
class Ended:
    """How one sending ended: done, due again after `backoff` seconds, or dead."""

    id: int
    lease_no: int
    state: str
    receipt: str | None = None
    error: str | None = None
    backoff: int = 0


_LEASE = text("""
with leased as (
    update delivery d set state = 'claimed', lease_no = d.lease_no + 1,
        leased_until = now() + make_interval(secs => :lease_seconds)
    from (select id from delivery where state = 'due' and due_at <= now() order by due_at, id limit :limit
        for update skip locked) c
    where d.id = c.id returning d.id, d.notification_id, d.lease_no, d.attempts, d.message_id, d.due_at)
select l.id, l.lease_no, l.attempts, l.message_id, p.email, p.active, n.topic, n.params, n.submission_id, n.created_at,
    p.name, p.language, u.name as unit, s.form, s.fiscal_year
from leased l join notification n on n.id = l.notification_id join person p on p.id = n.person_id
    left join submission s on s.id = n.submission_id left join department u on u.id = s.department_id
order by l.due_at, l.id
""")
# What the last sending came to and the start of the next one are one statement and one commit; they are never the same row.
_STEP = text("""
with ended as (
    update delivery set state = cast(:state as varchar), receipt = :receipt, last_error = :error, leased_until = null,
        due_at = now() + make_interval(secs => :backoff),
        finished_at = case when cast(:state as varchar) in ('done', 'dead') then now() end
    where id = :ended_id and state = 'claimed' and lease_no = :ended_lease returning 1)
update delivery set attempts = attempts + 1 where id = :id and state = 'claimed' and lease_no = :lease_no returning id
""")
_GIVE_BACK = text("""
update delivery d set state = 'due', leased_until = null
from unnest(cast(:ids as bigint[]), cast(:leases as bigint[])) as m(id, lease_no)
where d.id = m.id and d.lease_no = m.lease_no and d.state = 'claimed'
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("leases", type_=ARRAY(BigInteger)))


def deliver_batch(factory: sessionmaker[Session], channel: Channel, *, url: str, lease_seconds: int) -> int:
    """Lease what is due, at most a hundred rows, and send it; how many were leased.

    Stops when the lease is over and gives back what it did not begin: another worker may be faster.
    """
    until = time.monotonic() + lease_seconds
    with unit_of_work(factory) as session:
        rows = session.execute(_LEASE, {"lease_seconds": lease_seconds, "limit": BATCH})
        parcels = [_parcel(row._mapping) for row in rows]
    ended: Ended | None = None
    for place, parcel in enumerate(parcels):
        if time.monotonic() >= until:
            _give_back(factory, parcels[place:])
            break
        begun = _step(factory, ended, parcel)
        ended = _sent(channel, parcel, url) if begun else None
    if ended is not None:
        _step(factory, ended, None)
    return len(parcels)


def _step(factory: sessionmaker[Session], ended: Ended | None, begin: Parcel | None) -> bool:
    """Write how the last one ended and that the next one begins; False if its lease went to somebody else."""
    last = ended or Ended(0, 0, "due")
    values = {
        "ended_id": last.id,
        "ended_lease": last.lease_no,
        "state": last.state,
        "receipt": last.receipt,
        "error": last.error,
        "backoff": last.backoff,
        "id": begin.id if begin else 0,
        "lease_no": begin.lease_no if begin else 0,
    }
    with unit_of_work(factory) as session:
        return session.execute(_STEP, values).one_or_none() is not None


def _sent(channel: Channel, parcel: Parcel, url: str) -> Ended:
    """Send one message. Any refusal becomes a state; nothing is raised for it."""
    attempts = parcel.attempts + 1
    try:
        if parcel.address is None or not parcel.active:
            raise Permanent("the person has no address any more")
        message = compose(parcel.notice, message_id=parcel.message_id, url=url)
        receipt = channel.send(message, parcel.address)
    except Permanent as error:
        return Ended(parcel.id, parcel.lease_no, "dead", error=reason(error))
    except Retryable as error:
        log.warning("delivery_failed", delivery_id=parcel.id, attempt=attempts, error=reason(error))
        return _again(parcel, attempts, error)
    except Exception as error:  # a fault of ours must not keep back the messages behind it
        log.exception("delivery_faulty", delivery_id=parcel.id, attempt=attempts)
        return _again(parcel, attempts, error)
    return Ended(parcel.id, parcel.lease_no, "done", receipt=receipt)


def _again(parcel: Parcel, attempts: int, error: Exception) -> Ended:
    state = "dead" if attempts >= MAX_ATTEMPTS else "due"
    return Ended(parcel.id, parcel.lease_no, state, error=reason(error), backoff=backoff(attempts))


def _give_back(factory: sessionmaker[Session], parcels: list[Parcel]) -> None:
    with unit_of_work(factory) as session:
        values = {"ids": [parcel.id for parcel in parcels], "leases": [parcel.lease_no for parcel in parcels]}
        session.execute(_GIVE_BACK, values)


def _parcel(row: Any) -> Parcel:  # noqa: ANN401 - a row mapping of the statement above
    notice = Notice(
        topic=row["topic"],
        params=row["params"],
        subject=Subject(row["unit"] or "", row["form"] or "", row["fiscal_year"] or 0),
        submission_id=row["submission_id"],
        person=row["name"],
        language=row["language"],
        created_at=row["created_at"],
    )
    return Parcel(row["id"], row["lease_no"], row["attempts"], row["message_id"], row["email"], row["active"], notice)
