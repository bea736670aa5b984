"""Does the process hold together? Every form that the engine can bring about is walked, breadth first, by real steps.

Looked for: places from which no form ever gets to its end, ways in which one person alone brings a form to its reply or
closes it, and forms with two decisions of one person, or of one seat. The engine itself is asked, so a fault in rows,
policy or route shows alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from workflows.engine import find_row, step
from workflows.errors import DomainError
from workflows.facts import SYSTEM, Actor, Decision, Facts, Grant, Outcome, Place, Position, Request, Seat
from workflows.lifecycle import ROWS, Action, Ends, Role, RouteKind, State
from workflows.policy import APPROVED_STATES
from workflows.route import Route
from workflows.standing import desk_of

_UNIT, _SUPERIOR, _OFFICE, _BUREAU = 1, 2, 3, 4
_SHAPES = {
    "with_superior": Place(_UNIT, (_SUPERIOR, _UNIT), _SUPERIOR, _OFFICE, _BUREAU),
    "without_superior": Place(_UNIT, (_UNIT,), None, _OFFICE, _BUREAU),
}
_DECIDES = frozenset({Action.PASS, Action.ISSUE_REPLY, Action.CONFIRM})
_DAY = date(2022, 2, 10)
_ACTIONS = {state: tuple({row.action: None for row in ROWS if row.source is state}) for state in State}
# Whom others hand work over to, and ask to sign: somebody who holds every role at every desk.
_COLLEAGUE = 99
# Sections to unlock are those of some form type; which one does not matter here.
_FORM = "department_overall@2022"
# More places than any sound pair of routes has: nine levels of a few seats each.
MOST_FORMS = 20_000


class TooManyForms(Exception):
    """The walk was given up: more forms can come about than were allowed."""


@dataclass(frozen=True, slots=True)
class LifecycleFault:
    """What is wrong: a key of [lifecycle] in the catalogue, for which shape of unit, at which state and level."""

    reason: str  # dead_end | one_person | decided_twice
    shape: str
    place: str


@dataclass(frozen=True, slots=True)
class _Form:
    """What of a form decides how it can go on."""

    state: State
    level: int | None
    kind: RouteKind
    seats: tuple[Seat, ...]
    decisions: tuple[Decision, ...]
    prepared_by: frozenset[int]
    ends: Ends

    @property
    def place(self) -> str:
        return str(self.state) if self.level is None else f"{self.state} level {self.level}"


# A form of the first budget round becomes one of the second; an adjustment is a form of its own kind.
_STARTS = tuple(
    _Form(State.DRAFT, None, RouteKind.TARGET, (), (), frozenset(), ends)
    for ends in (Ends.CONTROL_FIGURE, Ends.ADJUSTMENT)
)


def check_lifecycle(target: Route, evaluation: Route, *, most: int = MOST_FORMS) -> list[LifecycleFault]:
    """Every fault of the process over this pair of routes, for units with and without a superior; empty if it holds.

    Raises TooManyForms where more than `most` forms can come about for one of the two.
    """
    faults: list[LifecycleFault] = []
    for shape, world in _worlds(target, evaluation, most):
        walked = world.walk(_cast(world))
        faults += [LifecycleFault("dead_end", shape, where) for where in walked.dead_ends()]
        faults += [LifecycleFault("decided_twice", shape, where) for where in walked.decided_twice()]
        reached = {form.state for form in world.walk([_everybody(1)]).ways}
        faults += [LifecycleFault("one_person", shape, str(state)) for state in sorted(reached & APPROVED_STATES)]
    return faults


def rows_taken(target: Route, evaluation: Route) -> set[str]:
    """The names of the rows that some form takes on this pair of routes."""
    return {row for _, world in _worlds(target, evaluation, MOST_FORMS) for row in world.walk(_cast(world)).rows}


def _worlds(target: Route, evaluation: Route, most: int) -> Iterator[tuple[str, _World]]:
    for shape, place in _SHAPES.items():
        yield shape, _World(place, {RouteKind.TARGET: target, RouteKind.EVALUATION: evaluation}, most)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Each form that can come about, and where its steps lead; the rows that were taken."""

    ways: dict[_Form, set[_Form]]
    rows: set[str]

    def dead_ends(self) -> list[str]:
        """Places from which closed is out of reach."""
        back: dict[_Form, set[_Form]] = {form: set() for form in self.ways}
        for form, nexts in self.ways.items():
            for following in nexts:
                back[following].add(form)
        alive = {form for form in self.ways if form.state is State.CLOSED}
        waiting = deque(alive)
        while waiting:
            fresh = back[waiting.popleft()] - alive
            alive |= fresh
            waiting.extend(fresh)
        return sorted({form.place for form in self.ways if form not in alive})

    def decided_twice(self) -> list[str]:
        """Places where one person decided two seats of a round, or one seat was decided twice."""
        return sorted({form.place for form in self.ways if _twice(form.decisions)})


def _twice(decisions: tuple[Decision, ...]) -> bool:
    people = {decision.person_id for decision in decisions}
    seats = {(decision.level, decision.seat) for decision in decisions}
    return min(len(people), len(seats)) < len(decisions)


@dataclass(frozen=True, slots=True)
class _World:
    """A unit and its two routes."""

    place: Place
    routes: dict[RouteKind, Route]
    most: int

    def walk(self, actors: Sequence[Actor]) -> _Walk:
        """Everything that these people and the timer can bring about, from an empty draft on."""
        ways: dict[_Form, set[_Form]] = {}
        rows: set[str] = set()
        waiting = deque(_STARTS)
        while waiting:
            form = waiting.popleft()
            if form in ways:
                continue
            if len(ways) >= self.most:
                raise TooManyForms
            ways[form] = set()
            for name, following in self._steps(form, actors):
                rows.add(name)
                ways[form].add(following)
                waiting.append(following)
        return _Walk(ways, rows)

    def _steps(self, form: _Form, actors: Sequence[Actor]) -> Iterator[tuple[str, _Form]]:
        facts, requests = self.facts(form), self._requests(form)
        for actor in (*actors, SYSTEM):
            for request in requests:
                try:
                    outcome = step(actor, facts, request)
                except DomainError:
                    continue
                yield find_row(facts, request).name, _after(form, actor, outcome)

    def _requests(self, form: _Form) -> list[Request]:
        """What somebody might ask of a form in this state: every action that its rows know."""
        asked = [
            Request(action, "words", None, "excellent", "1", _DAY, control_figure=Decimal(1))
            for action in _ACTIONS[form.state]
        ]
        if form.level is None:
            return asked
        asked += [Request(Action.RETURN_FOR_REVISION, "words", to_level=level) for level in range(1, form.level)]
        return [
            *asked,
            Request(Action.HAND_OVER, "words", to_person=_COLLEAGUE),
            Request(Action.ADD_SIGNER, "words", to_person=_COLLEAGUE, position=Position.BEFORE),
            Request(Action.PASS, "words", grade="excellent", to_person=_COLLEAGUE, position=Position.AFTER),
        ]

    def facts(self, form: _Form) -> Facts:
        """What the engine is told of a form."""
        return Facts(
            state=form.state,
            level=form.level,
            version=1,
            round=0,
            place=self.place,
            route=self.routes[form.kind],
            kind=form.kind,
            seats=form.seats,
            decisions=form.decisions,
            prepared_by=form.prepared_by,
            ends=form.ends,
            form=_FORM,
            colleague=_everybody(_COLLEAGUE),
        )


def _cast(world: _World) -> list[Actor]:
    """Somebody for each role off the route, and a person of their own for each seat of each level."""
    grants = [Grant(Role.FILLER, _UNIT), Grant(Role.SECRECY_REVIEWER, _UNIT)]
    grants.append(Grant(Role.FINANCE_PERFORMANCE_OFFICE, _BUREAU))
    grants += _desks(world)
    cast = [Actor(number, "someone", (grant,)) for number, grant in enumerate(grants, start=1)]
    return [*cast, _everybody(_COLLEAGUE)]


@cache
def _everybody(number: int) -> Actor:
    """One person who holds every role at every desk."""
    roles = {Grant(role, desk) for role in Role for desk in (_UNIT, _SUPERIOR, _OFFICE, _BUREAU)}
    return Actor(number, "everybody", tuple(sorted(roles, key=str)))


def _desks(world: _World) -> list[Grant]:
    facts = world.facts(_STARTS[0])
    rules = [rule for route in world.routes.values() for level in route.levels for rule in level.seats]
    return [Grant(rule.role, desk) for rule in rules if (desk := desk_of(rule.desk, facts)) is not None]


def _after(form: _Form, actor: Actor, outcome: Outcome) -> _Form:
    """The form as recording the outcome would leave it."""
    kind = _kind(outcome)
    prepares = outcome.action in (Action.SUBMIT, Action.SUBMIT_EVALUATION)
    prepared = form.prepared_by if kind is form.kind else frozenset[int]()
    if prepares and actor.id is not None:
        prepared |= {actor.id}
    ends = Ends.REPLY if outcome.action is Action.ISSUE_CONTROL_FIGURE else form.ends
    following = replace(
        form, state=outcome.target, level=outcome.level_after, kind=kind, prepared_by=prepared, ends=ends
    )
    return replace(following, seats=_seats(form, outcome), decisions=_decisions(form, kind, actor, outcome))


def _kind(outcome: Outcome) -> RouteKind:
    return RouteKind.TARGET if outcome.target in (State.DRAFT, State.REVIEW) else RouteKind.EVALUATION


def _seats(form: _Form, outcome: Outcome) -> tuple[Seat, ...]:
    own = outcome.acts_on
    kept = () if outcome.closes_level else tuple(seat for seat in form.seats if own is None or seat != own)
    opened = (
        Seat(
            1000 * plan.level + plan.seat,
            plan.level,
            plan.seat,
            plan.role,
            plan.department_id,
            plan.person_id,
            plan.holds_up,
        )
        for plan in outcome.opens
    )
    return tuple(sorted((*kept, *opened), key=lambda seat: seat.work_item_id))


def _decisions(form: _Form, kind: RouteKind, actor: Actor, outcome: Outcome) -> tuple[Decision, ...]:
    begins = outcome.action in (Action.SUBMIT, Action.SUBMIT_EVALUATION) or kind is not form.kind
    kept = [] if begins else list(form.decisions)
    if outcome.voids_from_level is not None:
        kept = [one for one in kept if one.level < outcome.voids_from_level]
    if outcome.undoes is not None:
        kept.remove(outcome.undoes)
    seat = outcome.acts_on
    if seat is not None and actor.id is not None and outcome.action in _DECIDES:
        kept.append(Decision(seat.level, seat.seat, actor.id, outcome.action))
    return tuple(sorted(kept, key=lambda one: (one.level, one.seat)))
