"""How the house does: the schema's revision, the newest tick, what waits and what died."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

STALE_SECONDS: Final = 180  # three worker ticks of 30 s twice over; plain beat ticks every 30 s

_HEALTH = text("""
select (select version_num from alembic_version) as revision,
    (select extract(epoch from now() - max(slot_utc)) from schedule_slot where slot_utc <= now()) as tick_age,
    (select count(*) from (select 1 from outbox where sent_at is null and dead_at is null and due_at <= now()
        limit 10000) o) as outbox_waiting,
    (select extract(epoch from now() - min(due_at)) from outbox
        where sent_at is null and dead_at is null and due_at <= now()) as outbox_age,
    (select count(*) from (select 1 from delivery where state in ('due', 'claimed') limit 10000) d) as deliveries_waiting,
    (select count(*) from delivery where state = 'dead' and finished_at > now() - interval '1 day') as deliveries_dead,
    (select count(*) from report_run where state in ('due', 'claimed')) as reports_waiting
""")


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds, None where there is nothing yet."""

    revision: str | None
    tick_age: float | None
    outbox_waiting: int
    outbox_age: float | None
    deliveries_waiting: int
    deliveries_dead: int
    reports_waiting: int

    @property
    def scheduler_is_stale(self) -> bool:
        """No ticker took a slot for three minutes, or ever."""
        return self.tick_age is None or self.tick_age > STALE_SECONDS


def health(connection: Connection) -> Health:
    """Everything in one statement."""
    row = connection.execute(_HEALTH).one()
    ages = {
        name: float(row._mapping[name]) if row._mapping[name] is not None else None
        for name in ("tick_age", "outbox_age")
    }
    return Health(**{**row._mapping, **ages})
