"""Working days with 调休, limits and reminder days, against the State Council's notices of 2022 and 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from service.queries.calendar import calendar_with
from workflows.deadlines import Calendar, beijing_date, close_of, due_at, is_overdue, reminder_date

CALENDAR = calendar_with({})


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 10, 10), True),  # a Saturday worked for it
        (date(2026, 11, 21), False),  # an ordinary Saturday
        (date(2026, 11, 23), True),
        (date(2022, 1, 29), True),  # a Saturday worked for the Spring Festival
        (date(2022, 2, 4), False),
    ],
)
def test_published_days(day: date, working: bool) -> None:
    assert CALENDAR.is_working_day(day) is working


def test_an_override_wins_over_the_published_table() -> None:
    calendar = calendar_with({"2026-11-23": False})
    assert calendar.is_working_day(date(2026, 11, 23)) is False
    assert calendar.add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 24)


def test_a_limit_runs_to_the_close_of_business_in_beijing() -> None:
    friday_night = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # already Saturday in Beijing
    assert beijing_date(friday_night) == date(2026, 11, 21)
    assert due_at(friday_night, working_days=2, calendar=CALENDAR) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def test_a_limit_over_the_national_day_counts_the_make_up_day() -> None:
    assert CALENDAR.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_overdue_begins_the_moment_after() -> None:
    due = close_of(date(2026, 11, 24))
    assert not is_overdue(due, due)
    assert is_overdue(due, datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("due_on", "remind_on"),
    [
        (date(2026, 11, 27), date(2026, 11, 24)),  # three calendar days before, a Tuesday
        (date(2026, 11, 24), date(2026, 11, 20)),  # Saturday before: the Friday
        (date(2026, 10, 9), date(2026, 9, 30)),  # the whole holiday lies between
    ],
)
def test_a_reminder_goes_out_on_a_working_day(due_on: date, remind_on: date) -> None:
    assert reminder_date(due_on, days_before=3, calendar=CALENDAR) == remind_on


def test_a_calendar_without_working_days_is_a_mistake_and_says_so() -> None:
    empty = Calendar(lambda _: False, date(2026, 12, 31))
    with pytest.raises(ValueError, match="no working day"):
        empty.at_or_before(date(2026, 11, 24))
