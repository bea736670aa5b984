"""Reminders on the right day, once; evaluations opened on their date; slots taken once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.deadline_scan import run_deadline_scan, tick_deadline_scan
from service.models.slots import take_slot
from service.settings import Settings
from tests.factories import City, make_person
from tests.steps import Step
from tests.workers.conftest import rows
from workers.outbox import drain_batch
from workers.tick import tick
from workflows.deadlines import close_of
from workflows.lifecycle import Action

REMINDERS = """
select p.username, r.offset_code, r.remind_on from reminder r join person p on p.id = r.person_id order by r.id
"""
# 2026-11-24 is a Tuesday; the holiday of October 2026 runs from the 1st to the 7th, with work on the 10th.
TUESDAY = date(2026, 11, 24)


def noon(day: date) -> datetime:
    """12:00 in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def limit(engine: Engine, due_on: date, *, opened_on: date | None = None) -> None:
    """Give every open work item this limit."""
    opened = noon(opened_on or due_on - timedelta(days=20))
    rows(engine, "update work_item set due_at = :due, opened_at = :opened", due=close_of(due_on), opened=opened)


def scan(factory: sessionmaker[Session], day: date) -> int:
    return run_deadline_scan(factory, now=noon(day)).reminders


@pytest.mark.usefixtures("submitted")
def test_three_days_before_and_then_never_again(engine: Engine, factory: sessionmaker[Session]) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    assert scan(factory, TUESDAY - timedelta(days=1)) == 0
    assert [scan(factory, TUESDAY) for _ in range(3)] == [1, 0, 0]
    assert [tuple(row) for row in rows(engine, REMINDERS)] == [("dept_head", "D-3", TUESDAY)]
    assert scan(factory, TUESDAY + timedelta(days=1)) == 0


@pytest.mark.usefixtures("submitted")
def test_on_the_last_working_day_at_or_before(engine: Engine, factory: sessionmaker[Session]) -> None:
    """Due on Tuesday 1 December: three calendar days before is a Saturday, so it is said on Friday."""
    limit(engine, date(2026, 12, 1))
    assert scan(factory, date(2026, 11, 26)) == 0
    assert scan(factory, date(2026, 11, 27)) == 1


@pytest.mark.usefixtures("submitted")
def test_the_long_holiday_moves_it_to_the_day_before(engine: Engine, factory: sessionmaker[Session]) -> None:
    limit(engine, date(2026, 10, 9))
    assert scan(factory, date(2026, 9, 29)) == 0
    for day in range(1, 8):
        assert scan(factory, date(2026, 10, day)) == 0, "never on a day off"
    assert rows(engine, REMINDERS) == []
    assert scan(factory, date(2026, 9, 30)) == 1


@pytest.mark.usefixtures("submitted")
def test_an_override_of_the_calendar_counts(engine: Engine, factory: sessionmaker[Session]) -> None:
    rows(engine, "insert into calendar_day values (:day, false, 'order of the city')", day=TUESDAY)
    limit(engine, TUESDAY + timedelta(days=3))
    assert scan(factory, TUESDAY) == 0
    assert scan(factory, TUESDAY + timedelta(days=1)) == 1


@pytest.mark.usefixtures("submitted")
def test_a_late_run_catches_up_once(engine: Engine, factory: sessionmaker[Session]) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    assert [scan(factory, TUESDAY + timedelta(days=2)) for _ in range(2)] == [1, 0]
    assert rows(engine, REMINDERS)[0].remind_on == TUESDAY


@pytest.mark.usefixtures("submitted")
def test_work_that_came_later_than_its_reminder_names_its_limit_itself(
    engine: Engine, factory: sessionmaker[Session]
) -> None:
    limit(engine, TUESDAY + timedelta(days=2), opened_on=TUESDAY)
    assert scan(factory, TUESDAY) == 0


@pytest.mark.usefixtures("submitted")
def test_overdue_on_each_working_day_and_only_once_a_day(engine: Engine, factory: sessionmaker[Session]) -> None:
    """Due on Friday: not on the evening of that day, not on the weekend, then daily."""
    friday = date(2026, 11, 20)
    limit(engine, friday)
    rows(engine, "insert into reminder select 1, w.id, p.id, 1, 'D-3', :day, now() from work_item w, person p"
         " where p.username = 'dept_head' and w.closed_at is null", day=friday)  # fmt: skip
    rows(engine, "select setval(pg_get_serial_sequence('reminder', 'id'), 10)")
    evening = run_deadline_scan(factory, now=datetime(2026, 11, 20, 12, tzinfo=UTC)).reminders
    weekend = [scan(factory, friday + timedelta(days=ahead)) for ahead in (1, 2)]
    week = [scan(factory, friday + timedelta(days=ahead)) for ahead in (3, 3, 4)]
    assert (evening, weekend, week) == (0, [0, 0], [1, 0, 1])
    assert [row.offset_code for row in rows(engine, REMINDERS)] == ["D-3", "overdue:2026-11-23", "overdue:2026-11-24"]


def test_a_moved_deadline_reminds_anew(engine: Engine, factory: sessionmaker[Session], submitted: int) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    assert scan(factory, TUESDAY) == 1
    limit(engine, TUESDAY + timedelta(days=10))
    rows(engine, "update cycle set deadline_version = 2")
    assert [scan(factory, TUESDAY + timedelta(days=ahead)) for ahead in (6, 7, 8)] == [0, 1, 0]


def test_all_who_can_act_are_reminded_and_nobody_else(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, step: Step
) -> None:
    with unit_of_work(factory) as session:
        make_person(session, "dept_head_b", dept_head=city.unit)
        make_person(session, "dept_head_c", dept_head=city.unit)
        make_person(session, "dept_head_d", dept_head=city.below)
    rows(engine, "update person set active = false where username = 'dept_head_c'")
    rows(
        engine,
        "insert into draft_editor select :id, id, 'target' from person where username = 'dept_head_b'",
        id=submitted,
    )
    limit(engine, TUESDAY + timedelta(days=3))
    assert scan(factory, TUESDAY) == 1
    step(submitted, "dept_head", Action.PASS)
    limit(engine, TUESDAY + timedelta(days=3))
    assert scan(factory, TUESDAY) == 1
    assert [row.username for row in rows(engine, REMINDERS)] == ["dept_head", "finance_business_office"]


@pytest.mark.usefixtures("submitted")
def test_a_closed_cycle_reminds_nobody(engine: Engine, factory: sessionmaker[Session]) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    rows(engine, "update cycle set closed_at = now()")
    assert scan(factory, TUESDAY) == 0


def test_a_reminder_reaches_the_inbox_once_with_its_limit(
    engine: Engine, factory: sessionmaker[Session], submitted: int, step: Step
) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    rows(engine, "update outbox set sent_at = now()")
    scan(factory, TUESDAY)
    drain_batch(factory, host="city.invalid")
    [note] = rows(engine, "select topic, params, submission_id from notification")
    assert (note.topic, note.submission_id) == ("reminder", submitted)
    assert note.params["due_on"] == "2026-11-27"
    assert note.params["offset_code"] == "D-3"
    assert rows(engine, "select count(*) from delivery") == [(1,)]


def test_a_reminder_of_work_that_is_done_is_told_to_nobody(
    engine: Engine, factory: sessionmaker[Session], submitted: int, step: Step
) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    scan(factory, TUESDAY)
    step(submitted, "dept_head", Action.PASS)
    drain_batch(factory, host=None)
    assert rows(engine, "select count(*) from notification where topic = 'reminder'") == [(0,)]
    assert rows(engine, "select count(*) from outbox where sent_at is null") == [(0,)]


@pytest.mark.usefixtures("submitted")
def test_many_scans_at_once_remind_once(engine: Engine, factory: sessionmaker[Session]) -> None:
    limit(engine, TUESDAY + timedelta(days=3))
    barrier = Barrier(4)

    def one(_: int) -> int:
        barrier.wait(5)
        return scan(factory, TUESDAY)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 1
    assert len(rows(engine, REMINDERS)) == 1


def test_two_tickers_take_one_slot(engine: Engine, factory: sessionmaker[Session], city: City) -> None:
    barrier = Barrier(4)

    def one(_: int) -> bool:
        with unit_of_work(factory) as session:
            barrier.wait(5)
            return take_slot(session.connection(), "once", seconds=3600)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]
    assert rows(engine, "select count(*) from schedule_slot") == [(1,)]


def test_a_slot_whose_work_failed_is_free_again(factory: sessionmaker[Session], city: City) -> None:
    with suppress(ZeroDivisionError), unit_of_work(factory) as session:
        assert take_slot(session.connection(), "once", seconds=3600)
        raise ZeroDivisionError
    with unit_of_work(factory) as session:
        assert take_slot(session.connection(), "once", seconds=3600)


def test_the_timer_opens_the_evaluation_on_its_date(
    engine: Engine, factory: sessionmaker[Session], approved: int
) -> None:
    rows(engine, "update cycle set evaluation_opens_on = (now() at time zone 'Asia/Shanghai')::date + 1")
    assert run_deadline_scan(factory).evaluations_opened == 0
    rows(engine, "update cycle set evaluation_opens_on = (now() at time zone 'Asia/Shanghai')::date")
    assert [run_deadline_scan(factory).evaluations_opened for _ in range(2)] == [1, 0]
    [event] = rows(engine, "select actor_id, action, to_state from event order by seq desc limit 1")
    assert tuple(event) == (None, "open_evaluation", "year_end_evaluation")
    [item] = rows(engine, "select role, level from work_item where closed_at is null")
    assert tuple(item) == ("filler", 0)


def test_the_clock_ticks_once_a_minute_whoever_looks_at_it(
    engine: Engine, factory: sessionmaker[Session], approved: int, settings: Settings
) -> None:
    tick(factory, settings)
    assert rows(engine, "select state from submission") == [("year_end_evaluation",)]
    assert {row.name for row in rows(engine, "select name from schedule_slot")} == {
        "deadlines",
        "sweep",
        "purge",
        "library",
        "heads",
    }
    before = rows(engine, "select count(*) from schedule_slot where name = 'purge'")
    tick(factory, settings)
    assert rows(engine, "select count(*) from schedule_slot where name = 'purge'") == before
    rows(engine, "delete from schedule_slot")
    assert tick_deadline_scan(factory) is not None


@pytest.mark.usefixtures("submitted")
def test_whoever_a_late_level_escalates_to_is_told_once(engine: Engine, factory: sessionmaker[Session]) -> None:
    """The route names them; the desk itself goes on being reminded on each working day."""
    office = '{"role": "finance_performance_office", "desk": "finance"}'
    rows(
        engine,
        "update route_version set body = jsonb_set(body, '{levels,0,escalate_to}', cast(:who as jsonb)) "
        "where kind = 'target'",
        who=office,
    )
    limit(engine, TUESDAY)
    assert scan(factory, TUESDAY) == 1, "not late yet: the reminder before, which nobody got on its day"
    wednesday, thursday = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
    assert [scan(factory, wednesday) for _ in range(2)] == [2, 0]
    assert scan(factory, thursday) == 1
    told = [(row[0], row[1]) for row in rows(engine, REMINDERS)]
    assert sorted(told) == [
        ("dept_head", "D-3"),
        ("dept_head", f"overdue:{wednesday}"),
        ("dept_head", f"overdue:{thursday}"),
        ("finance_performance_office", "overdue:escalated"),
    ]
    drain_batch(factory, host=None)
    assert len(rows(engine, "select 1 from notification where topic = 'reminder'")) == 4
