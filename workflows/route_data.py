"""A route as JSON: what is stored, shown for editing, and read back by `workflows.route.read_route`."""

from __future__ import annotations

from typing import Any

from workflows.route import IfNobody, Level, Need, Route, SeatRule


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
