"""Write the reminders that are due: three days before a limit, and on each working day after it.

Calendar days, sent on the last working day at or before; never on a day off (domain guide, section 2.7). Each is told
once, because its key is unique: two scans at once, a late one and a repeated one all end with the same rows.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from service.queries.reminders_due import DUE, binds

_MOST = 5000  # reminders of one statement, so that it stays below its limit of time
_TELL = text(f"""
with {DUE},
told as (
    insert into reminder (work_item_id, person_id, deadline_version, offset_code, remind_on)
    select id, person_id, deadline_version, offset_code, remind_on from due limit :most
    on conflict do nothing returning id),
queued as (
    insert into outbox (topic, dedupe_key, payload)
    select 'reminder', 'reminder:' || id, jsonb_build_object('reminder_id', id) from told returning 1)
select count(*) as written, pg_notify('jixiao_outbox', '') from queued
""")  # noqa: S608 - constant text, every value is bound
_NOW = text("select clock_timestamp()")


def scan(session: Session, *, now: datetime | None = None) -> int:
    """Write reminders and their outbox rows; how many were new. Without `now` the database's clock decides."""
    connection = session.connection()
    values = binds(connection, now or moment(connection))
    if values is None:
        return 0
    total = 0
    while written := connection.execute(_TELL, {**values, "most": _MOST}).one().written:
        total += written
    return total


def moment(connection: Connection) -> datetime:
    """The database's clock, UTC."""
    now: datetime = connection.execute(_NOW).scalar_one()
    return now
