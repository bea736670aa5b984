"""Date arithmetic of limits and reminders. The calendar is passed in, and so is now.

Working days need a yearly table with 调休 (make-up days); day counts of the law are plain calendar days
(domain guide, section 2.7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
CLOSE_OF_BUSINESS = time(18, 0)
_LONGEST_HOLIDAY = 30  # a calendar with more days off in a row is a mistake, not a holiday


@dataclass(frozen=True, slots=True)
class Calendar:
    """`is_working_day` answers for any date; `known_until` is the last day whose 调休 was published."""

    is_working_day: Callable[[date], bool]
    known_until: date

    def add_working_days(self, start: date, days: int) -> date:
        """The `days`-th working day after `start`; with 0, `start` itself or the next working day."""
        day, left = start, days
        if days == 0:
            return self._seek(start, +1)
        while left:
            day = self._seek(day + timedelta(days=1), +1)
            left -= 1
        return day

    def at_or_before(self, day: date) -> date:
        """The last working day at or before `day`."""
        return self._seek(day, -1)

    def _seek(self, day: date, direction: int) -> date:
        for _ in range(_LONGEST_HOLIDAY):
            if self.is_working_day(day):
                return day
            day += timedelta(days=direction)
        raise ValueError(f"no working day within {_LONGEST_HOLIDAY} days of {day}")


def beijing_date(moment: datetime) -> date:
    """The date in Asia/Shanghai of a UTC moment."""
    return moment.astimezone(BEIJING).date()


def close_of(day: date) -> datetime:
    """18:00 in Asia/Shanghai on `day`, in UTC: when a limit of that day runs out."""
    return datetime.combine(day, CLOSE_OF_BUSINESS, BEIJING).astimezone(UTC)


def start_of(day: date) -> datetime:
    """The first moment of `day` in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def due_at(opened_at: datetime, *, working_days: int, calendar: Calendar) -> datetime:
    """When a work item opened at `opened_at` (UTC) with a limit in working days is due (UTC)."""
    return close_of(calendar.add_working_days(beijing_date(opened_at), working_days))


def is_overdue(due: datetime, now: datetime) -> bool:
    """Late from the moment after the limit."""
    return now > due


def reminder_date(due_on: date, *, days_before: int, calendar: Calendar) -> date:
    """The day on which a reminder goes out: calendar days before, on the last working day at or before."""
    return calendar.at_or_before(due_on - timedelta(days=days_before))
