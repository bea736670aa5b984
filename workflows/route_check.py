"""Does a route hold? The walk of the lifecycle over every chain of levels that its conditions and empty desks can make of it.

A level that is not meant for a form, or that is passed over where nobody could act, is as if the route had none there; so
each combination is walked as a route of its own, together with the shipped route of the other kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from workflows.lifecycle import RouteKind, State
from workflows.lifecycle_check import MOST_FORMS, LifecycleFault, TooManyForms, check_lifecycle
from workflows.route import IfNobody, Level, Need, Route, RouteFault, When, shipped_route

SHIPPED: Final = {RouteKind.TARGET: "city-standard", RouteKind.EVALUATION: "city-evaluation"}
# On a page somebody waits for the answer: seconds, not minutes.
MOST_ON_A_PAGE: Final = 3_000
_MOST_CHAINS: Final = 16
_BELOW_ALL: Final = Decimal(-1)
_STATES: Final = {RouteKind.TARGET: State.REVIEW, RouteKind.EVALUATION: State.YEAR_END_EVALUATION}


class UnsoundRoute(RouteFault):
    """The walk found faults; `faults` are all of them, the first one is this refusal's own sentence."""

    def __init__(self, faults: tuple[RouteFault, ...]) -> None:
        first = faults[0]
        super().__init__(first.reason.removeprefix("route."), field="levels")
        self.params = first.params
        self.faults = faults


def check_route(route: Route, *, most: int = MOST_FORMS) -> tuple[RouteFault, ...]:
    """Every fault of the process over this route; empty if it holds. A route that was looked at once is remembered.

    Raises RouteFault `too_large` where it has more chains, or more forms can come about, than are walked.
    """
    chains = dict.fromkeys(_chains(route))
    if len(chains) > _MOST_CHAINS:
        raise RouteFault("too_large", field="levels")
    found = dict[tuple[str, tuple[tuple[str, str], ...]], RouteFault]()
    for chain in chains:
        numbers = tuple(level.number for level in chain)
        levels = tuple(replace(level, number=at) for at, level in enumerate(chain, start=1))
        for fault in _walked(route.kind, levels, most):
            said = _in_words(fault, numbers, route.kind)
            found.setdefault((said.reason, tuple(sorted(said.params.items()))), said)
    return tuple(found.values())


def needs_sound(route: Route, *, most: int = MOST_FORMS) -> None:
    """Raises UnsoundRoute with what is wrong, RouteFault `too_large` as `check_route` does."""
    faults = check_route(route, most=most)
    if faults:
        raise UnsoundRoute(faults)


def _chains(route: Route) -> Iterator[tuple[Level, ...]]:
    """The levels that some form passes, with their own numbers, and nothing in them that no step depends on."""
    amounts = {None, _BELOW_ALL, *(level.when.amount for level in route.levels)}
    forms = {"", *(form for level in route.levels for form in level.when.forms)}
    gives_way = [level.number for level in route.levels if level.if_nobody is not IfNobody.WAIT]
    unmanned = [frozenset[int](), frozenset(gives_way), *(frozenset({number}) for number in gives_way)]
    for form in sorted(forms):
        for amount in sorted(amounts, key=lambda one: (one is None, one or 0)):
            meant = [level for level in route.levels if level.when.holds(form, amount)]
            for empty in unmanned:
                manned = (level if level.number not in empty else _instead(level) for level in meant)
                yield tuple(_plain(level) for level in manned if level is not None)


def _instead(level: Level) -> Level | None:
    """What a level becomes where nobody could act there: none, or one on the desk that it escalates to."""
    if level.if_nobody is IfNobody.SKIP or level.escalate_to is None:
        return None
    return replace(level, seats=(level.escalate_to,), need=Need.ANY, k=1, in_order=False)


def _plain(level: Level) -> Level:
    return replace(level, working_days=1, when=When(), if_nobody=IfNobody.WAIT, escalate_to=None)


@lru_cache(maxsize=256)
def _walked(kind: RouteKind, levels: tuple[Level, ...], most: int) -> tuple[LifecycleFault, ...]:
    pair = {one: shipped_route(code) for one, code in SHIPPED.items()}
    pair[kind] = Route("checked", 1, kind, levels, "checked")
    try:
        return tuple(check_lifecycle(pair[RouteKind.TARGET], pair[RouteKind.EVALUATION], most=most))
    except TooManyForms:
        raise RouteFault("too_large", field="levels") from None


def _in_words(fault: LifecycleFault, numbers: tuple[int, ...], kind: RouteKind) -> RouteFault:
    """The fault with the level's number in the route as it was written."""
    state, _, level = fault.place.partition(" level ")
    if not level or fault.reason != "dead_end":
        return RouteFault(fault.reason, field="levels", shape=fault.shape, state=state)
    at = numbers[int(level) - 1] if state == _STATES[kind] else int(level)
    return RouteFault("dead_end_level", field="levels", shape=fault.shape, state=state, at=str(at))
