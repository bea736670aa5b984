"""The levels of a route as fields of a form: what was typed, the buttons that move levels, and the data that is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from workflows.lifecycle import Role
from workflows.quantities import plain
from workflows.route import MAX_LEVELS, MAX_SEATS, NO_REVIEWERS, Desk, IfNobody, Level, Need, Route, RouteFault

Seat = tuple[str, str]  # role, desk
REVIEWERS: Final = tuple(
    role.value for role in Role if role not in NO_REVIEWERS | {Role.OBSERVER, Role.SECRECY_REVIEWER}
)
_NO_SEAT: Final[Seat] = ("", "")
# Where on the page a setting of the data is mended.
_FIELDS: Final = {"when": "amount", "escalate_to": "escalate_role"}


class Posted(Protocol):
    """The fields of a form."""

    def get(self, key: str, default: str) -> str:
        """The field of this name."""

    def getlist(self, key: str) -> list[str]:
        """Every field of this name."""


@dataclass(frozen=True, slots=True)
class TypedLevel:
    """A level as its fields hold it: text that may be nonsense, so that nothing typed is lost."""

    seats: tuple[Seat, ...] = (("", Desk.OWN.value),)
    need: str = Need.ANY.value
    k: str = ""
    working_days: str = "5"
    in_order: bool = False
    asks_grade: bool = False
    is_reply: bool = False
    forms: tuple[str, ...] = field(default=())
    amount: str = ""
    escalate_role: str = ""
    escalate_desk: str = ""
    if_nobody: str = IfNobody.WAIT.value


def levels_of(route: Route) -> list[TypedLevel]:
    """The levels of a route as fields."""
    return [_typed(level) for level in route.levels]


def _typed(level: Level) -> TypedLevel:
    above = level.escalate_to
    return TypedLevel(
        seats=tuple((seat.role.value, seat.desk.value) for seat in level.seats),
        need=level.need.value,
        k=str(level.k) if level.need is Need.K else "",
        working_days=str(level.working_days),
        in_order=level.in_order,
        asks_grade=level.asks_grade,
        is_reply=level.is_reply,
        forms=tuple(sorted(level.when.forms)),
        amount=plain(level.when.amount) if level.when.amount is not None else "",
        escalate_role=above.role.value if above else "",
        escalate_desk=above.desk.value if above else "",
        if_nobody=level.if_nobody.value,
    )


def posted_levels(form: Posted) -> list[TypedLevel]:
    """The levels that a form carries; at most those that a route can have."""
    return [_posted(form, f"level-{number}-") for number in range(1, _count(form, "levels", MAX_LEVELS) + 1)]


def _posted(form: Posted, name: str) -> TypedLevel:
    seats = range(1, _count(form, f"{name}count", MAX_SEATS) + 1)
    return TypedLevel(
        seats=tuple((_text(form, f"{name}role-{one}"), _text(form, f"{name}desk-{one}")) for one in seats),
        need=_text(form, f"{name}need"),
        k=_text(form, f"{name}k"),
        working_days=_text(form, f"{name}working_days"),
        in_order=_text(form, f"{name}in_order") == "yes",
        asks_grade=_text(form, f"{name}asks_grade") == "yes",
        is_reply=_text(form, f"{name}is_reply") == "yes",
        forms=tuple(one[:40] for one in form.getlist(f"{name}forms")[:20]),
        amount=_text(form, f"{name}amount"),
        escalate_role=_text(form, f"{name}escalate_role"),
        escalate_desk=_text(form, f"{name}escalate_desk"),
        if_nobody=_text(form, f"{name}if_nobody"),
    )


def _text(form: Posted, name: str) -> str:
    return form.get(name, "").strip()[:40]


def _count(form: Posted, name: str, most: int) -> int:
    text = _text(form, name)
    return min(int(text), most) if text.isascii() and text.isdigit() else 0


def moved(levels: list[TypedLevel], do: str) -> list[TypedLevel] | None:
    """The levels after a press of one of their buttons: up-2, down-2, remove-2, add-2 (behind the second), seat-2 (one more),
    unseat-2-1. None where `do` is no such button.
    """
    act, _, place = do.partition("-")
    numbers = [int(one) for one in place.split("-") if one.isascii() and one.isdigit() and len(one) < 3]
    if not numbers or not 0 <= numbers[0] <= len(levels):
        return None
    at, levels = numbers[0] - 1, list(levels)
    if act == "add":
        return [*levels[: at + 1], TypedLevel(), *levels[at + 1 :]][:MAX_LEVELS]
    if at < 0:
        return None
    if act == "remove":
        return levels[:at] + levels[at + 1 :]
    if act in ("up", "down"):
        other = min(max(at + (1 if act == "down" else -1), 0), len(levels) - 1)
        levels[at], levels[other] = levels[other], levels[at]
        return levels
    return _seated(levels, act, numbers)


def _seated(levels: list[TypedLevel], act: str, numbers: list[int]) -> list[TypedLevel] | None:
    at = numbers[0] - 1
    seats = levels[at].seats
    if act == "seat":
        seats = (*seats, _NO_SEAT)[:MAX_SEATS]
    elif act == "unseat" and len(numbers) > 1:
        seats = tuple(one for number, one in enumerate(seats, start=1) if number != numbers[1])
    else:
        return None
    return [*levels[:at], replace(levels[at], seats=seats), *levels[at + 1 :]]


def data_of(levels: list[TypedLevel]) -> list[dict[str, Any]]:
    """The levels as `read_route` reads them; what is no number stays text, and is refused there at its level."""
    return [_data(level) for level in levels]


def _data(level: TypedLevel) -> dict[str, Any]:
    when: dict[str, Any] = {"forms": list(level.forms)} if level.forms else {}
    if level.amount:
        when["amount"] = level.amount
    data: dict[str, Any] = {
        "seats": [{"role": role, "desk": desk} for role, desk in level.seats],
        "need": level.need,
        "working_days": _number(level.working_days),
        "in_order": level.in_order,
        "asks_grade": level.asks_grade,
        "is_reply": level.is_reply,
        "when": when,
        "if_nobody": level.if_nobody,
    }
    if level.need == Need.K.value:
        data["k"] = _number(level.k)
    if level.escalate_role or level.escalate_desk:
        data["escalate_to"] = {"role": level.escalate_role, "desk": level.escalate_desk}
    return data


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else text


def anchor(fault: RouteFault) -> str:
    """Where on the page the fault is mended."""
    if fault.level is None:
        return f"#{fault.setting}"
    return f"#level-{fault.level}-{_FIELDS.get(fault.setting, fault.setting)}"


def given(fields: Mapping[str, str], name: str) -> str:
    """A field of the simulation, short."""
    return fields.get(name, "").strip()[:40]
