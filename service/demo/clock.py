"""Moments of a past that is told relative to the day of the first start: working days before it, in office hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from workflows.deadlines import BEIJING, Calendar

_LONGEST = 400  # working days, a year and a half


class PastDays:
    """The working days before `today` (a Beijing date), the latest first."""

    def __init__(self, today: date, calendar: Calendar) -> None:
        self._days: list[date] = []
        day = today
        for _ in range(_LONGEST):
            day = calendar.at_or_before(day - timedelta(days=1))
            self._days.append(day)

    def moment(self, ago: int, random: Random) -> datetime:
        """Some time in office hours of the working day `ago` (1: the last one before today), UTC."""
        hour, minute = random.randint(9, 16), random.randint(0, 59)
        return datetime.combine(self._days[ago - 1], time(hour, minute), BEIJING).astimezone(UTC)

    def ending(self, ago: int, steps: int, random: Random) -> Sequence[datetime]:
        """Moments of `steps` steps in their order, each on a day of its own, the last one `ago` working days back."""
        backwards = [ago]
        while len(backwards) < steps:
            backwards.append(backwards[-1] + random.choice((1, 1, 2)))
        del backwards[steps:]  # no step, no day
        return [self.moment(one, random) for one in reversed(backwards)]
