"""Routes: the ordered levels of a review, as data.

Real chains have three to five levels and differ by region (domain guide, section 0, fact 4), so a route is a TOML file
or a table row, checked here once and immutable from then on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
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


class IfNobody(StrEnum):
    """What happens where nobody at a level's desks could act: none holds the role, or all prepared or decided already."""

    WAIT = "wait"  # the work item stays until somebody is appointed or stands in
    SKIP = "skip"  # passed over, with an event
    ESCALATE = "escalate"  # the desk that the level escalates to acts instead


@dataclass(frozen=True, slots=True)
class SeatRule:
    """One seat of a level: a role at a desk."""

    role: Role
    desk: Desk


@dataclass(frozen=True, slots=True)
class When:
    """Which forms a level is for: these form types (none named: all), spending of at least `amount` 万元 (None: any).

    A blank amount is not a small one: such a form passes through.
    """

    forms: frozenset[str] = frozenset()
    amount: Decimal | None = None

    def holds(self, form: str, amount: Decimal | None) -> bool:
        """Whether a form of this type and spending passes through the level."""
        right_form = not self.forms or form in self.forms or form.partition("@")[0] in self.forms
        return right_form and (self.amount is None or amount is None or amount >= self.amount)


@dataclass(frozen=True, slots=True)
class Level:
    """One level. `working_days` is the time limit; `k` counts only with need K; `in_order`: the seats sign one after another.

    `escalate_to` is told when the level is late, and acts where `if_nobody` says so.
    """

    number: int
    seats: tuple[SeatRule, ...]
    need: Need = Need.ANY
    k: int = 1
    in_order: bool = False
    working_days: int = 5
    asks_grade: bool = False
    is_reply: bool = False
    when: When = When()
    escalate_to: SeatRule | None = None
    if_nobody: IfNobody = IfNobody.WAIT

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

    @property
    def asks_who_is_there(self) -> bool:
        """Whether the way of a form depends on who could act at its desks."""
        return any(level.if_nobody is not IfNobody.WAIT for level in self.levels)

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
    except (KeyError, TypeError, ValueError, InvalidOperation) as fault:
        raise RouteFault(f"route: {fault}") from fault
    _check(route)
    return route


def shipped_route(code: str) -> Route:
    """A route as shipped in `workflows/profiles/`."""
    text = files("workflows.profiles").joinpath(f"{code}.toml").read_text("utf-8")
    return read_route(tomllib.loads(text))


def _level(number: int, row: Mapping[str, Any]) -> Level:
    escalate_to = row.get("escalate_to")
    return Level(
        number=number,
        seats=tuple(_seat(seat) for seat in row["seats"]),
        need=Need(row.get("need", "any")),
        k=int(row.get("k", 1)),
        in_order=bool(row.get("in_order", False)),
        working_days=int(row.get("working_days", 5)),
        asks_grade=bool(row.get("asks_grade", False)),
        is_reply=bool(row.get("is_reply", False)),
        when=_when(row.get("when", {})),
        escalate_to=_seat(escalate_to) if escalate_to else None,
        if_nobody=IfNobody(row.get("if_nobody", "wait")),
    )


def _seat(row: Mapping[str, Any]) -> SeatRule:
    return SeatRule(Role(row["role"]), Desk(row["desk"]))


def _when(row: Mapping[str, Any]) -> When:
    amount = row.get("amount")
    return When(frozenset(map(str, row.get("forms", ()))), Decimal(str(amount)) if amount is not None else None)


def route_data(route: Route) -> dict[str, Any]:
    """The JSON form of a route: what `read_route` reads back to an equal one. Settings that are usual are left out."""
    return {
        "code": route.code,
        "version": route.version,
        "kind": route.kind.value,
        "source": route.source,
        "levels": [_level_data(level) for level in route.levels],
    }


def _level_data(level: Level) -> dict[str, Any]:
    data: dict[str, Any] = {"seats": [_seat_data(seat) for seat in level.seats], "working_days": level.working_days}
    when: dict[str, Any] = {"forms": sorted(level.when.forms)} if level.when.forms else {}
    if level.when.amount is not None:
        when["amount"] = str(level.when.amount)
    settings = {
        "need": (level.need.value, Need.ANY.value),
        "k": (level.k, 1),
        "in_order": (level.in_order, False),
        "asks_grade": (level.asks_grade, False),
        "is_reply": (level.is_reply, False),
        "when": (when, {}),
        "escalate_to": (_seat_data(level.escalate_to) if level.escalate_to else None, None),
        "if_nobody": (level.if_nobody.value, IfNobody.WAIT.value),
    }
    return data | {name: value for name, (value, usual) in settings.items() if value != usual}


def _seat_data(seat: SeatRule) -> dict[str, str]:
    return {"role": seat.role.value, "desk": seat.desk.value}


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
    if last.when != When() or last.if_nobody is IfNobody.SKIP:
        raise RouteFault(f"level {last.number}: no form goes past the last level")
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
    _check_settings(level)


def _check_settings(level: Level) -> None:
    """Settings that contradict each other, or the duties of a level."""
    seats = (*level.seats, *([level.escalate_to] if level.escalate_to else []))
    if any(seat.role in ADMINISTRATORS or seat.role is Role.FILLER for seat in seats):
        raise RouteFault(f"level {level.number}: a filler or an administrator does not review")
    if level.in_order and level.need is not Need.ALL:
        raise RouteFault(f"level {level.number}: seats that sign in order all sign")
    if level.if_nobody is IfNobody.ESCALATE and level.escalate_to is None:
        raise RouteFault(f"level {level.number}: escalates to nobody")
    if level.if_nobody is IfNobody.SKIP and (level.asks_grade or level.is_reply):
        raise RouteFault(f"level {level.number}: a grade and a reply are never skipped")
    if level.when.amount is not None and not level.when.amount >= 0:
        raise RouteFault(f"level {level.number}: an amount is 0 or more")
