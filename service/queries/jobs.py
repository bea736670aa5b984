"""What the workers have before them: the queues, what runs, what failed for good, how late things are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

_QUEUES = text("""
select 'outbox' as queue,
    count(*) filter (where sent_at is null and dead_at is null) as waiting, 0 as running,
    count(*) filter (where dead_at is not null) as failed,
    extract(epoch from now() - min(due_at) filter (where sent_at is null and dead_at is null and due_at <= now())) as late
from outbox where sent_at is null
union all
select 'deliveries', count(*) filter (where state = 'due'), count(*) filter (where state = 'claimed'),
    count(*) filter (where state = 'dead'),
    extract(epoch from now() - min(due_at) filter (where state = 'due' and due_at <= now()))
from delivery where state <> 'done'
union all
select 'reports', count(*) filter (where state = 'due'), count(*) filter (where state = 'claimed'),
    count(*) filter (where state = 'dead'), extract(epoch from now() - min(created_at) filter (where state = 'due'))
from report_run where state <> 'done'
union all
select 'imports', count(*) filter (where state = 'due'), count(*) filter (where state = 'claimed'),
    count(*) filter (where state = 'failed' and last_error is not null),
    extract(epoch from now() - min(j.created_at) filter (where state = 'due'))
from bulk_import_file f join bulk_import j on j.id = f.bulk_import_id where state in ('due', 'claimed', 'failed')
""")
_SLOTS = text("""
select name, max(slot_utc) as last, extract(epoch from now() - max(created_at)) as ago from schedule_slot
group by name order by name
""")
_FAILED = text("""
select * from (
    select 'outbox' as queue, id, topic as what, attempts, dead_at as at, last_error from outbox where dead_at is not null
    union all
    select 'delivery', id, channel, attempts, coalesce(finished_at, due_at), last_error from delivery where state = 'dead'
    union all
    select 'report', id, code, attempts, coalesce(finished_at, created_at), last_error from report_run where state = 'dead') f
order by at desc, queue, id limit :limit
""")
_OPEN = text("""
select * from (
    select 'outbox' as queue, id, topic as what, attempts, due_at as at, last_error from outbox
        where sent_at is null and dead_at is null
    union all
    select 'delivery', id, channel, attempts, due_at, last_error from delivery where state in ('due', 'claimed')) o
order by at, queue, id limit :limit
""")


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue. `late`: seconds by which its oldest waiting item is beyond its time, None where nothing is due."""

    queue: str
    waiting: int
    running: int
    failed: int
    late: int | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A clock: the last interval that somebody took, and the seconds since."""

    name: str
    last: datetime
    ago: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell or to build. `queue` and `id` name it for `jixiao outbox replay`; `at` is its time or its end."""

    queue: str
    id: int
    what: str
    attempts: int
    at: datetime
    last_error: str | None


def queues(connection: Connection) -> list[Queue]:
    """Outbox, deliveries, reports, and the files of bulk imports, of which those failed that nobody refused."""
    rows = connection.execute(_QUEUES)
    return [Queue(row.queue, row.waiting, row.running, row.failed, _seconds(row.late)) for row in rows]


def slots(connection: Connection) -> list[Slot]:
    """The clocks by name."""
    return [Slot(row.name, row.last, int(row.ago)) for row in connection.execute(_SLOTS)]


def failed(connection: Connection, *, limit: int = 100) -> list[Item]:
    """What was tried for the last time, the newest first."""
    return [Item(**row._mapping) for row in connection.execute(_FAILED, {"limit": limit})]


def waiting(connection: Connection, *, limit: int = 100) -> list[Item]:
    """What still has to be told, in the order of its time."""
    return [Item(**row._mapping) for row in connection.execute(_OPEN, {"limit": limit})]


def _seconds(late: object) -> int | None:
    return None if late is None else int(float(str(late)))
