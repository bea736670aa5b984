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
from typing import Any, TypeVar

from workflows.errors import InvalidRequest
from workflows.lifecycle import ADMINISTRATORS, Role, RouteKind

MAX_LEVELS = 9
MAX_SEATS = 9
MAX_WORKING_DAYS = 60
LARGEST_NUMBER = 10**6
LARGEST_AMOUNT = 10**12  # 万元
# An administrator holds no business rights, a filler does not review (domain guide, section 2.1).
NO_REVIEWERS = ADMINISTRATORS | {Role.FILLER}

_SETTINGS = frozenset("seats need k in_order working_days asks_grade is_reply when escalate_to if_nobody".split())
_Coded = TypeVar("_Coded", bound=StrEnum)


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


class RouteFault(InvalidRequest):
    """A route that could not work. `reason` is a key of the catalogue below `route.`, `field` its place in the data, such
    as `levels[1].need` (counted from 0), and `level` the number of the level (from 1), None where it is none's.
    """

    def __init__(self, reason: str, *, field: str, level: int | None = None, **params: str) -> None:
        place = f"levels[{level - 1}].{field}" if level is not None else field
        said = {"level": str(level)} if level is not None else {}
        super().__init__(f"route.{reason}", field=place, **said, **params)
        self.level = level
        self.setting = field


def read_route(data: Mapping[str, Any]) -> Route:
    """Build and check a route from its TOML or JSON form. Raises RouteFault."""
    rows = data.get("levels")
    if not isinstance(rows, list | tuple):
        raise RouteFault("shape", field="levels", name="levels")
    if not 1 <= len(rows) <= MAX_LEVELS:
        raise RouteFault("levels", field="levels", most=str(MAX_LEVELS), count=str(len(rows)))
    kind, source = _code(RouteKind, data, "kind", level=None), data.get("source")
    if not isinstance(source, str) or not source.strip():
        raise RouteFault("shape", field="source", name="source")
    version = _whole(data, "version", 1, level=None)
    levels = tuple(_level(number, row) for number, row in enumerate(rows, start=1))
    route = Route(str(data.get("code", "")), version, kind, levels, source)
    _check(route)
    return route


def shipped_route(code: str) -> Route:
    """A route as shipped in `workflows/profiles/`."""
    text = files("workflows.profiles").joinpath(f"{code}.toml").read_text("utf-8")
    return read_route(tomllib.loads(text))


def _level(number: int, row: object) -> Level:
    """A level of the data: each setting of the right type, none that is unknown."""
    if not isinstance(row, Mapping):
        raise RouteFault("shape_of_level", field="seats", level=number, name=str(row)[:40])
    unknown = sorted(set(row) - _SETTINGS)
    if unknown:
        raise RouteFault("shape_of_level", field="seats", level=number, name=str(unknown[0])[:40])
    seats = row.get("seats", ())
    if not isinstance(seats, list | tuple) or not 1 <= len(seats) <= MAX_SEATS:
        raise RouteFault("seats", field="seats", level=number, most=str(MAX_SEATS))
    escalate_to = row.get("escalate_to")
    return Level(
        number=number,
        seats=tuple(_seat(seat, "seats", number) for seat in seats),
        need=_code(Need, {"need": Need.ANY.value, **row}, "need", level=number),
        k=_whole(row, "k", 1, level=number),
        in_order=_yes(row, "in_order", number),
        working_days=_whole(row, "working_days", 5, level=number),
        asks_grade=_yes(row, "asks_grade", number),
        is_reply=_yes(row, "is_reply", number),
        when=_when(row.get("when", {}), number),
        escalate_to=_seat(escalate_to, "escalate_to", number) if escalate_to else None,
        if_nobody=_code(IfNobody, {"if_nobody": IfNobody.WAIT.value, **row}, "if_nobody", level=number),
    )


def _code(kind: type[_Coded], row: Mapping[str, Any], name: str, *, level: int | None) -> _Coded:
    try:
        return kind(str(row.get(name)))
    except ValueError:
        raise RouteFault("shape_of_level" if level else "shape", field=name, level=level, name=name) from None


def _whole(row: Mapping[str, Any], name: str, usual: int, *, level: int | None) -> int:
    value = row.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_NUMBER:
        raise RouteFault("number_of_level" if level else "shape", field=name, level=level, name=name)
    return value


def _yes(row: Mapping[str, Any], name: str, level: int) -> bool:
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise RouteFault("shape_of_level", field=name, level=level, name=name)
    return value


def _seat(row: object, name: str, level: int) -> SeatRule:
    if not isinstance(row, Mapping):
        raise RouteFault("shape_of_level", field=name, level=level, name=name)
    try:
        return SeatRule(Role(str(row.get("role"))), Desk(str(row.get("desk"))))
    except ValueError:
        raise RouteFault("seat", field=name, level=level) from None


def _when(row: object, level: int) -> When:
    """The condition. Raises RouteFault for what is none: an amount is a number of 万元, 0 or more."""
    if (
        not isinstance(row, Mapping)
        or set(row) - {"forms", "amount"}
        or not isinstance(row.get("forms", []), list | tuple)
    ):
        raise RouteFault("shape_of_level", field="when", level=level, name="when")
    amount = row.get("amount")
    try:
        least = Decimal(str(amount)) if amount is not None else None
    except InvalidOperation:
        raise RouteFault("amount", field="amount", level=level) from None
    if least is not None and not (least.is_finite() and 0 <= least < LARGEST_AMOUNT):
        raise RouteFault("amount", field="amount", level=level)
    return When(frozenset(map(str, row.get("forms", ()))), least)


def _check(route: Route) -> None:
    for level in route.levels:
        _check_level(level)
    last = route.levels[-1]
    # One signature ends a route: the reply and the confirmation are acts of one office (财预〔2015〕88号 art 27).
    if last.need is not Need.ANY:
        raise RouteFault("last_any", field="need", level=last.number)
    if any(seat.desk is Desk.SUPERIOR for seat in last.seats):
        raise RouteFault("last_desk", field="seats", level=last.number)
    if last.when != When():
        raise RouteFault("last_always", field="amount" if last.when.amount is not None else "forms", level=last.number)
    if last.if_nobody is IfNobody.SKIP:
        raise RouteFault("last_always", field="if_nobody", level=last.number)
    _check_reply(route)


def _check_reply(route: Route) -> None:
    for level in route.levels:
        if level.is_reply and (route.kind is not RouteKind.TARGET or level.number != route.last):
            raise RouteFault("reply_last", field="is_reply", level=level.number)
    if route.kind is RouteKind.TARGET and not route.levels[-1].is_reply:
        raise RouteFault("reply_missing", field="is_reply", level=route.last)


def _check_level(level: Level) -> None:
    if not 1 <= level.required() <= len(level.seats):
        raise RouteFault(
            "need", field="k", level=level.number, needed=str(level.required()), count=str(len(level.seats))
        )
    if not 1 <= level.working_days <= MAX_WORKING_DAYS:
        raise RouteFault("working_days", field="working_days", level=level.number, most=str(MAX_WORKING_DAYS))
    _check_settings(level)


def _check_settings(level: Level) -> None:
    """Settings that contradict each other, or the duties of a level."""
    seats = (("seats", seat) for seat in level.seats)
    told = (("escalate_to", seat) for seat in (level.escalate_to,) if seat is not None)
    for field, seat in (*seats, *told):
        if seat.role in NO_REVIEWERS:
            raise RouteFault("reviewer", field=field, level=level.number, role=seat.role.value)
    if level.in_order and level.need is not Need.ALL:
        raise RouteFault("in_order", field="in_order", level=level.number)
    if level.if_nobody is IfNobody.ESCALATE and level.escalate_to is None:
        raise RouteFault("escalate_missing", field="escalate_to", level=level.number)
    if level.if_nobody is IfNobody.SKIP and (level.asks_grade or level.is_reply):
        raise RouteFault("never_skipped", field="if_nobody", level=level.number)
