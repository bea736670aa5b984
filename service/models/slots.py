"""Ticks that are taken once, however many tickers run: a unique row, written with what it creates."""

from __future__ import annotations

from sqlalchemy import Connection, text

# The advisory lock spares the second ticker the wait for the first one's transaction.
_TAKE = text("""
insert into schedule_slot (name, slot_utc)
select cast(:name as varchar), date_bin(make_interval(secs => :seconds), now(), timestamptz '2000-01-01 00:00:00+00')
where pg_try_advisory_xact_lock(hashtext('slot:' || cast(:name as varchar)))
on conflict do nothing returning 1
""")


def take_slot(connection: Connection, name: str, *, seconds: int) -> bool:
    """Whether this transaction is the one that does the work of `name` in the running interval. By the database's clock.

    If it rolls back, the slot is free again.
    """
    return connection.execute(_TAKE, {"name": name, "seconds": seconds}).one_or_none() is not None
