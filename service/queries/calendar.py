"""The calendar of working days: the published holidays of mainland China, and the overrides of this installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import holidays
from sqlalchemy import Connection, text

from workflows.deadlines import Calendar

_OVERRIDES = text("select day, working from calendar_day")


@cache
def _published() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")


# 调休 of a year is published by the State Council in the autumn before; the library carries what was published.
LAST_PUBLISHED = date(2026, 12, 31)


def working_days(connection: Connection) -> Calendar:
    """The calendar as it stands. Read once for a use case, so that one decision sees one calendar."""
    return calendar_with({row.day.isoformat(): row.working for row in connection.execute(_OVERRIDES)})


def calendar_with(overrides: Mapping[str, bool]) -> Calendar:
    """The published holidays with overrides by ISO date. Where nothing is known of a year, its statutory days stand."""
    last = max((date.fromisoformat(day) for day in overrides), default=LAST_PUBLISHED)
    return Calendar(lambda day: overrides.get(day.isoformat(), _is_working(day)), max(LAST_PUBLISHED, last))


@cache
def _is_working(day: date) -> bool:
    return bool(_published().is_working_day(day))
