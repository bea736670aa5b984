"""Reminders that are due at a moment: who would be told of which limit. The scan writes these rows, the preview shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text

from service.queries.calendar import working_days
from service.queries.recipients import ABLE
from workflows.deadlines import Calendar, beijing_date, reminder_date
from workflows.lifecycle import Role

DAYS_BEFORE: Final = 3
ESCALATED: Final = "overdue:escalated"
_HORIZON = 45  # days ahead in which a limit may have its reminder today: the longest holiday and the three days

# Limits of work items are Beijing days. Before the limit: told if the item was there on the day of the reminder; what is
# opened later names its limit itself. After it: once on each working day, and once whoever the level escalates to. Gives
# `due` with one row for each person and item.
DUE: Final = f"""
soon as (select * from unnest(cast(:due_on as date[]), cast(:remind_on as date[])) as t(due_on, remind_on)),
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
wanted as (
    select w.id, w.submission_id, w.role, w.due_at, able.person_id, w.deadline_version, w.offset_code, w.remind_on
    from items w {ABLE}
    union all
    select w.id, w.submission_id, w.role, w.due_at, g.person_id, w.deadline_version, '{ESCALATED}', w.remind_on
    from items w
        join submission s on s.id = w.submission_id
        join department d on d.id = s.department_id
        join department b on b.kind = 'finance_bureau'
        join route_version v on v.id = case w.route_kind when 'target' then s.target_route_id
            else s.evaluation_route_id end
        cross join lateral (select v.body -> 'levels' -> (w.level::int - 1) -> 'escalate_to' as desk) up
        join grant_in_force g on g.role = up.desk ->> 'role' and g.department_id = case up.desk ->> 'desk'
            when 'own' then d.id when 'superior' then d.parent_id
            when 'business_office' then coalesce(d.business_office_id, b.id) else b.id end
        join person p on p.id = g.person_id and p.active
    where w.level > 0 and w.due_at < :now and not exists (select 1 from grant_in_force own
        where own.person_id = g.person_id and own.role = w.role and own.department_id = w.department_id)),
due as (
    select distinct on (w.id, w.person_id) w.* from wanted w
    where not exists (select 1 from reminder r where r.work_item_id = w.id and r.person_id = w.person_id
        and r.deadline_version = w.deadline_version and r.offset_code = w.offset_code)
    order by w.id, w.person_id, w.offset_code)
"""  # noqa: S608 - constant text, every value is bound
_PREVIEW = text(f"""
with {DUE}
select due.submission_id, due.role, due.due_at, due.offset_code, p.id as person_id, p.name as person,
    d.short_name as department, d.name_en as department_en, s.fiscal_year
from due join person p on p.id = due.person_id join submission s on s.id = due.submission_id
    join department d on d.id = s.department_id
order by p.name, p.id, due.due_at, due.submission_id limit :most
""")  # noqa: S608 - constant text, every value is bound


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder that would go out: to whom, of which form, as what. `late`: the limit has passed."""

    submission_id: int
    role: Role
    due_at: datetime
    late: bool
    person_id: int
    person: str
    department: str
    department_en: str | None
    fiscal_year: int


def binds(connection: Connection, now: datetime) -> dict[str, Any] | None:
    """What `DUE` asks for at a moment (UTC); None on a day off, when nobody is reminded."""
    today = beijing_date(now)
    calendar = working_days(connection)
    if not calendar.is_working_day(today):
        return None
    soon = _soon(today, calendar)
    return {"now": now, "today": today, "due_on": list(soon), "remind_on": list(soon.values())}


def is_working_day(connection: Connection, now: datetime) -> bool:
    """Whether anybody is reminded on the day of this moment."""
    return working_days(connection).is_working_day(beijing_date(now))


def would_remind(connection: Connection, now: datetime, *, most: int = 500) -> list[Due]:
    """The reminders that a scan at this moment would write, by person, at most `most`. Writes nothing."""
    values = binds(connection, now)
    if values is None:
        return []
    rows = connection.execute(_PREVIEW, {**values, "most": most})
    return [_due(row) for row in rows]


def _due(row: Any) -> Due:  # noqa: ANN401 - a row of the statement above
    values = dict(row._mapping)
    late = str(values.pop("offset_code")).startswith("overdue")
    return Due(**{**values, "role": Role(row.role), "late": late})


def _soon(today: date, calendar: Calendar) -> dict[date, date]:
    """Limits whose reminder is due by now, today's and late ones, with the day on which it was due."""
    days = (today + timedelta(days=ahead) for ahead in range(_HORIZON))
    reminders = {day: reminder_date(day, days_before=DAYS_BEFORE, calendar=calendar) for day in days}
    return {day: remind_on for day, remind_on in reminders.items() if remind_on <= today}
