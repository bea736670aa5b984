"""Routes: the ordered levels of a review, as data.

Real chains have three to five levels and differ by region (domain guide, section 0, fact 4), so a route is a TOML file
or a table row, checked here once and immutable from then on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any

from workflows.lifecycle import ADMINISTRATORS, Role, RouteKind

MAX_LEVELS = 9


class Desk(StrEnum):
    """Whose desk a level stands on, relative to the unit that files."""

    OWN = "own"
    SUPERIOR = "superior"
    BUSINESS_OFFICE = "business_office"
    FINANCE = "finance"


class Need(StrEnum):
    """How many seats must pass: 会签 all, 或签 any, 比例 k."""

    ALL = "all"
    ANY = "any"
    K = "k"


@dataclass(frozen=True, slots=True)
class SeatRule:
    """One seat of a level: a role at a desk."""

    role: Role
    desk: Desk


@dataclass(frozen=True, slots=True)
class Level:
    """One level. `working_days` is the time limit; `k` counts only with need K."""

    number: int
    seats: tuple[SeatRule, ...]
    need: Need = Need.ANY
    k: int = 1
    working_days: int = 5
    asks_grade: bool = False
    is_reply: bool = False

    def required(self) -> int:
        """How many seats must pass before the level is met."""
        return {Need.ALL: len(self.seats), Need.ANY: 1, Need.K: self.k}[self.need]


@dataclass(frozen=True, slots=True)
class Route:
    """A checked chain. Level numbers are 1…n without gaps."""

    code: str
    version: int
    kind: RouteKind
    levels: tuple[Level, ...]
    source: str

    @property
    def last(self) -> int:
        """The number of the last level."""
        return len(self.levels)

    def level(self, number: int) -> Level:
        """The level with this number, 1…n."""
        return self.levels[number - 1]


class RouteFault(ValueError):
    """A route that could not work; the message names the level."""


def read_route(data: Mapping[str, Any]) -> Route:
    """Build and check a route from its TOML or JSON form. Raises RouteFault."""
    try:
        levels = tuple(_level(number, row) for number, row in enumerate(data["levels"], start=1))
        route = Route(str(data["code"]), int(data["version"]), RouteKind(data["kind"]), levels, str(data["source"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise RouteFault(f"route: {fault}") from fault
    _check(route)
    return route


def shipped_route(code: str) -> Route:
    """A route as shipped in `workflows/profiles/`."""
    text = files("workflows.profiles").joinpath(f"{code}.toml").read_text("utf-8")
    return read_route(tomllib.loads(text))


def _level(number: int, row: Mapping[str, Any]) -> Level:
    seats = tuple(SeatRule(Role(seat["role"]), Desk(seat["desk"])) for seat in row["seats"])
    return Level(
        number=number,
        seats=seats,
        need=Need(row.get("need", "any")),
        k=int(row.get("k", 1)),
        working_days=int(row.get("working_days", 5)),
        asks_grade=bool(row.get("asks_grade", False)),
        is_reply=bool(row.get("is_reply", False)),
    )


def _check(route: Route) -> None:
    if not 1 <= len(route.levels) <= MAX_LEVELS:
        raise RouteFault(f"a route has 1 to {MAX_LEVELS} levels, not {len(route.levels)}")
    for level in route.levels:
        _check_level(level)
    last = route.levels[-1]
    # One signature ends a route: the reply and the confirmation are acts of one office (财预〔2015〕88号 art 27).
    if last.need is not Need.ANY:
        raise RouteFault(f"level {last.number}: the last level needs any one seat")
    if any(seat.desk is Desk.SUPERIOR for seat in last.seats):
        raise RouteFault(f"level {last.number}: the last level can't stand on a desk that some units lack")
    replies = [level.number for level in route.levels if level.is_reply]
    if replies != ([last.number] if route.kind is RouteKind.TARGET else []):
        raise RouteFault(f"the reply is the last level of a target route and of no other: {replies}")


def _check_level(level: Level) -> None:
    if not level.seats:
        raise RouteFault(f"level {level.number}: no seat")
    if not 1 <= level.required() <= len(level.seats):
        raise RouteFault(f"level {level.number}: needs {level.required()} of {len(level.seats)} seats")
    if not 1 <= level.working_days <= 60:
        raise RouteFault(f"level {level.number}: 1 to 60 working days")
    if any(seat.role in ADMINISTRATORS or seat.role is Role.FILLER for seat in level.seats):
        raise RouteFault(f"level {level.number}: a filler or an administrator does not review")
