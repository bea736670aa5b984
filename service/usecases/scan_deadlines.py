"""Write the reminders that are due: three days before a limit, and on each working day after it.

Calendar days, sent on the last working day at or before; never on a day off (domain guide, section 2.7). Each is told
once, because its key is unique: two scans at once, a late one and a repeated one all end with the same rows.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from service.queries.calendar import working_days
from service.queries.recipients import ABLE
from workflows.deadlines import Calendar, beijing_date, reminder_date

DAYS_BEFORE = 3
_MOST = 5000  # reminders of one statement, so that it stays below its limit of time
_HORIZON = 45  # days ahead in which a limit may have its reminder today: the longest holiday and the three days

# Limits of work items are Beijing days. Before the limit: told if the item was there on the day of the reminder; what is
# opened later names its limit itself. After it: once on each working day.
_TELL = text(f"""
with soon as (select * from unnest(cast(:due_on as date[]), cast(:remind_on as date[])) as t(due_on, remind_on)),
items as materialized (
    select w.*, c.deadline_version, k.offset_code, k.remind_on
    from work_item w
        join submission s on s.id = w.submission_id
        join cycle c on c.id = s.cycle_id and c.closed_at is null
        cross join lateral (select (w.due_at at time zone 'Asia/Shanghai')::date as due_on,
            (w.opened_at at time zone 'Asia/Shanghai')::date as opened_on) at
        join lateral (
            select 'D-{DAYS_BEFORE}' as offset_code, soon.remind_on from soon
                where soon.due_on = at.due_on and at.opened_on <= soon.remind_on and w.due_at >= :now
            union all select 'overdue:' || cast(:today as date), cast(:today as date)
                where w.due_at < :now and at.due_on < cast(:today as date)) k on true
    where w.closed_at is null),
told as (
    insert into reminder (work_item_id, person_id, deadline_version, offset_code, remind_on)
    select w.id, able.person_id, w.deadline_version, w.offset_code, w.remind_on
    from items w {ABLE}
    where not exists (select 1 from reminder r where r.work_item_id = w.id and r.person_id = able.person_id
        and r.deadline_version = w.deadline_version and r.offset_code = w.offset_code)
    limit :most
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
    now = now or moment(connection)
    today = beijing_date(now)
    calendar = working_days(connection)
    if not calendar.is_working_day(today):
        return 0
    soon = _soon(today, calendar)
    values = {"now": now, "today": today, "due_on": list(soon), "remind_on": list(soon.values()), "most": _MOST}
    total = 0
    while written := connection.execute(_TELL, values).one().written:
        total += written
    return total


def moment(connection: Connection) -> datetime:
    """The database's clock, UTC."""
    now: datetime = connection.execute(_NOW).scalar_one()
    return now


def _soon(today: date, calendar: Calendar) -> dict[date, date]:
    """Limits whose reminder is due by now, today's and late ones, with the day on which it was due."""
    days = (today + timedelta(days=ahead) for ahead in range(_HORIZON))
    reminders = {day: reminder_date(day, days_before=DAYS_BEFORE, calendar=calendar) for day in days}
    return {day: remind_on for day, remind_on in reminders.items() if remind_on <= today}
