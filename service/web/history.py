"""The way of a form as people read it: what happened, who has it now, what lies ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from service.queries.events import Happened, events_of
from service.queries.facts import facts_of
from service.queries.places import PlaceName, place_names
from service.queries.routes import route
from service.queries.submissions import Case
from service.queries.waiting import open_items
from workflows.deadlines import beijing_date
from workflows.facts import Facts
from workflows.lifecycle import Role, State
from workflows.standing import desk_of

# What the way of a form consists of for those who only ask about the approval.
DECISIONS: Final = frozenset(
    "submit submit_evaluation withdraw pass undo_pass return_for_revision reject issue_reply confirm reopen re_score".split()
)
_BACKWARDS: Final = frozenset({"return_for_revision", "reject"})
_SYSTEM: Final = frozenset({"skip_level", "create"})


@dataclass(frozen=True, slots=True)
class Done:
    """Something that happened. `since` is the act before it: the time between is the time spent."""

    event: Happened
    since: datetime | None
    mark: str  # done, bad, or fold for what the system did
    skipped: Role | None = None  # whose level was passed over, because the unit has no such desk

    @property
    def action(self) -> str:
        """The code of the act."""
        return self.event.action


@dataclass(frozen=True, slots=True)
class Ahead:
    """A seat that is open now, or a level that lies ahead with the latest date by which it should be done."""

    role: Role
    place: PlaceName | None
    level: int
    now: bool
    due_at: datetime | None = None
    due_on: date | None = None
    since: datetime | None = None
    mine: bool = False
    grades: bool = False
    replies: bool = False
    person: str | None = None  # whom the seat names


@dataclass(frozen=True, slots=True)
class History:
    """`done` in order of time, `ahead` in order of levels, `rounds` how often the running route was begun."""

    done: tuple[Done, ...]
    ahead: tuple[Ahead, ...]
    rounds: int

    def of_round(self) -> tuple[Done, ...]:
        """What happened since the form was last handed in, the handing in itself included."""
        starts = [n for n, one in enumerate(self.done) if one.action in ("submit", "submit_evaluation")]
        return self.done[starts[-1] :] if starts else self.done


def history_of(connection: Connection, case: Case, *, mine: frozenset[int] = frozenset()) -> History:
    """The whole way of a form. `mine` are the ids of work items on the reader's own desks."""
    events = events_of(connection, case.locked.id)
    done = [replace(one, skipped=_skipped(connection, case, one.event)) for one in _done(events)]
    return History(tuple(done), tuple(_ahead(connection, case, mine)), case.round)


def _skipped(connection: Connection, case: Case, event: Happened) -> Role | None:
    if event.action != "skip_level" or not event.from_level:
        return None
    route_id = case.target_route_id if event.to_state is State.REVIEW else case.evaluation_route_id
    levels = route(connection, route_id).levels
    return levels[event.from_level - 1].seats[0].role if event.from_level <= len(levels) else None


def _done(events: Sequence[Happened]) -> list[Done]:
    done: list[Done] = []
    since: datetime | None = None
    for event in events:
        mark = "bad" if event.action in _BACKWARDS else "fold" if event.action in _SYSTEM else "done"
        done.append(Done(event, since, mark))
        since = event.at
    return done


def _ahead(connection: Connection, case: Case, mine: frozenset[int]) -> list[Ahead]:
    facts = facts_of(connection, case)
    steps = _open(connection, case, mine) + _later(case, facts)
    names = place_names(connection, {step.place.id for step in steps if step.place})
    return [replace(step, place=names.get(step.place.id) if step.place else None) for step in steps]


def _open(connection: Connection, case: Case, mine: frozenset[int]) -> list[Ahead]:
    return [
        Ahead(
            item.role,
            _unnamed(item.department_id),
            item.level,
            now=True,
            due_at=item.due_at,
            since=item.opened_at,
            mine=item.id in mine,
            person=item.person,
        )
        for item in open_items(connection, case.locked.id)
    ]


def _later(case: Case, facts: Facts) -> list[Ahead]:
    """The levels after the one that runs, each with the day on which the limits so far add up."""
    if facts.level is None and not case.seats:
        return []
    day = beijing_date(case.now)
    steps = []
    for level in facts.route.levels[(facts.level or 0) :]:
        day = case.calendar.add_working_days(day, level.working_days)
        for rule in level.seats:
            desk = desk_of(rule.desk, facts)
            if desk is not None:
                steps.append(
                    Ahead(
                        rule.role,
                        _unnamed(desk),
                        level.number,
                        now=False,
                        due_on=day,
                        grades=level.asks_grade,
                        replies=level.is_reply,
                    )
                )
    return steps


def _unnamed(department_id: int) -> PlaceName:
    return PlaceName(department_id, "", "", None)
