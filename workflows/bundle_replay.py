"""What a chain of events says of opinions and of the form, replayed without looking at either.

The engine's rules of voiding, read from events alone: an undo takes back one opinion; a withdrawal, a rejection and a return
void those of the round from the level that the form comes to; whoever enters a level starts it afresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_Rows = Sequence[Mapping[str, Any]]
_FORWARD = frozenset({"pass", "submit", "submit_evaluation"})
_BACK = frozenset({"withdraw", "reject", "return_for_revision"})
_UNGRADE = frozenset({"submit", "undo_pass", "return_for_revision"})
_TARGET_STATES = frozenset({"draft", "review"})


def voided_by(events: _Rows, opinions: _Rows) -> list[str | None]:
    """For each opinion the id of the event that voided it, None while it is in force. Each names an event of the chain."""
    wrote = {event["id"]: event for event in events}
    found: list[str | None] = [None] * len(opinions)
    for place, event in enumerate(events):
        reach = _reach(events, place)
        for index, opinion in enumerate(opinions):
            said = wrote[opinion["event_id"]]
            earlier = said["seq"] < event["seq"] and _route(said) == _route(event) and said["round"] == event["round"]
            if reach is not None and found[index] is None and earlier and _is_reached(opinion, reach):
                found[index] = event["id"]
    return found


def standing(events: _Rows) -> dict[str, Any]:
    """Level, grade, date and hashed number of the reply as the last event leaves them; None where there is none."""
    form: dict[str, Any] = {"level": None, "grade": None, "reply_date": None, "reply_number_sha256": None}
    for event in events:
        body = event["body"]
        form["level"] = event["to_level"]
        if event["action"] in _UNGRADE and event["from_state"] in _TARGET_STATES:
            form["grade"] = None
        for name in ("grade", "reply_date", "reply_number_sha256"):
            form[name] = body.get(name) or form[name]
    return form


def _reach(events: _Rows, place: int) -> tuple[object, object] | None:
    """(level, seat) of the one opinion that an event voids, (level, None) for all from that level on, None for none."""
    event = events[place]
    if event["action"] == "undo_pass":
        undone = event["body"].get("undoes")
        return (undone[0], undone[1]) if isinstance(undone, list) and len(undone) == 2 else None
    if event["action"] in _BACK:
        return (event["to_level"] or 1, None)
    if event["action"] in _FORWARD and event["to_level"] != event["from_level"]:
        while place + 1 < len(events) and events[place + 1]["action"] == "skip_level":
            place += 1
        return (events[place]["to_level"], None)
    return None


def _is_reached(opinion: Mapping[str, Any], reach: tuple[object, object]) -> bool:
    level, seat = reach
    if opinion["seat"] is None or not isinstance(level, int) or not isinstance(opinion["level"], int):
        return False
    return opinion["level"] >= level if seat is None else (opinion["level"], opinion["seat"]) == (level, seat)


def _route(event: Mapping[str, Any]) -> bool:
    return event["from_state"] in _TARGET_STATES
