"""会签 with return, withdrawal, delegation, hand-over and added signers in any order: no task is lost, nobody counts twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Final

import pytest
from sqlalchemy import Engine

from service.db import session_factory, unit_of_work
from tests.walks import invariants
from tests.walks.deeds import Deed, predicted, request_for, take
from tests.walks.ledger import BUREAU, OFFICE, SUPERIOR, UNIT, Ledger
from tests.walks.routes import PAIRS
from tests.walks.together import check_level
from tests.walks.town import Town, build, routes_of
from workflows.engine import allowed, step
from workflows.errors import DomainError
from workflows.facts import FIRST_ADDED_SEAT, Actor, Facts, Grant, Outcome
from workflows.lifecycle import Action, Role, State
from workflows.policy import own_pass
from workflows.route import Route

SEED: Final = 20261124
DESKS: Final = (
    (Role.FILLER, UNIT),
    (Role.DEPT_HEAD, UNIT),
    (Role.EXTERNAL_EXPERT, UNIT),
    (Role.SUPERIOR_REVIEWER, SUPERIOR),
    (Role.FINANCE_BUSINESS_OFFICE, OFFICE),
    (Role.FINANCE_PERFORMANCE_OFFICE, BUREAU),
    (Role.FINANCE_BUDGET_OFFICE, BUREAU),
)
# What is mixed, each as often as it says; a pass most of all, so that levels are met.
MIXED: Final = {
    Action.SUBMIT: 6, Action.PASS: 10, Action.UNDO_PASS: 2, Action.RETURN_FOR_REVISION: 2, Action.WITHDRAW: 1,
    Action.REJECT: 1, Action.HAND_OVER: 2, Action.ADD_SIGNER: 2,
}  # fmt: skip
ROUTES: Final = [pair[0] for pair in PAIRS if pair[0].code != "walk-conditions"]


class Cast:
    """Three people at each desk, one who sits at two desks, a second account, and delegations that come and go."""

    def __init__(self, luck: Random) -> None:
        self.luck = luck
        self.ids: dict[str, int] = {}
        self.own: dict[int, list[Grant]] = {}
        self.lent: list[tuple[int, Grant]] = []
        for role, desk in DESKS:
            for number in range(3):
                self._enter(f"{role}{number}", Grant(role, desk))
        self._enter("two_desks", Grant(Role.FILLER, UNIT), Grant(Role.DEPT_HEAD, UNIT))
        self._enter("twin", Grant(Role.FINANCE_PERFORMANCE_OFFICE, BUREAU))
        twin, first = self.ids["twin"], self.ids[f"{Role.FINANCE_BUSINESS_OFFICE}0"]
        self.twins = ((twin, first), (first, twin))

    def _enter(self, name: str, *grants: Grant) -> None:
        self.ids[name] = len(self.ids) + 1
        self.own[self.ids[name]] = list(grants)

    @property
    def actors(self) -> list[Actor]:
        return [
            Actor(one, name, (*self.own[one], *(grant for to, grant in self.lent if to == one)), twins=self.twins)
            for name, one in self.ids.items()
        ]

    def lend_or_end(self) -> None:
        """Somebody lends a role to somebody of the same office, or a loan is over."""
        if self.lent and self.luck.random() < 0.4:
            self.lent.remove(self.luck.choice(self.lent))
            return
        owner = self.luck.choice([one for one, grants in self.own.items() if grants[0].role is not Role.FILLER])
        grant = self.luck.choice(self.own[owner])
        near = [one for one, held in self.own.items() if one != owner and held[0].department_id == grant.department_id]
        self.lent.append((self.luck.choice(near), Grant(grant.role, grant.department_id, owner)))


def choose(actors: list[Actor], facts: Facts, luck: Random) -> tuple[Actor, Action] | None:
    """Who does what next, among those who can."""
    can = [
        (actor, button.action)
        for actor in actors
        for button in allowed(actor, facts)
        if button.reason is None and button.action in MIXED
    ]
    if not can:
        return None
    actions = sorted({action for _, action in can})
    action = luck.choices(actions, [MIXED[one] for one in actions])[0]
    return luck.choice([actor for actor, other in can if other is action]), action


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.code)
def test_no_order_of_deeds_loses_a_task_or_counts_somebody_twice(route: Route) -> None:
    done: Counter[str] = Counter()
    for number in range(125):
        luck = Random(f"{SEED}.{number}")
        _walk(Ledger(route), Cast(luck), luck, done)
    assert all(done[action] > 20 for action in MIXED if action is not Action.REJECT), done
    assert done["on behalf of somebody"] > 20, done
    assert done["approved"] > 20, done


def _walk(ledger: Ledger, cast: Cast, luck: Random, done: Counter[str]) -> None:
    for _ in range(45):
        if luck.random() < 0.15:
            cast.lend_or_end()
        chosen = choose(cast.actors, ledger.facts, luck)
        if chosen is None:
            _check_stuck(ledger.facts, cast)
            continue
        actor, action = chosen
        outcome = _asked(actor, action, ledger.facts, cast, luck)
        if outcome is None:
            continue
        before = ledger.facts
        ledger.write(actor, outcome)
        check_level(ledger.facts)
        assert ledger.tasks - ledger.done == len(ledger.facts.seats), "each task is open or done"
        _check_left(before, outcome, ledger.facts)
        done[action] += 1
        done["on behalf of somebody"] += bool(outcome.acting and outcome.acting.on_behalf_of)
        if ledger.facts.level == ledger.facts.route.last and luck.random() < 0.3:
            done["approved"] += 1
            return


def _asked(actor: Actor, action: Action, facts: Facts, cast: Cast, luck: Random) -> Outcome | None:
    """The engine's answer to a request of this kind; a colleague who does not fit is looked for again."""
    for _ in range(12):
        request = request_for(action, facts, list(cast.ids.values()), luck, beside=luck.random() < 0.25)
        colleague = next((one for one in cast.actors if one.id == request.to_person), None)
        try:
            return step(actor, replace(facts, colleague=colleague), request)
        except DomainError:
            continue
    return None


def _check_left(before: Facts, outcome: Outcome, after: Facts) -> None:
    """A level is left forwards by the pass that it still needed, never before and never later."""
    if outcome.action is not Action.PASS:
        return
    level = before.route.level(before.level or 1)
    passes = [one for one in after.decisions if one.level == level.number and one.action is Action.PASS]
    routed = [one for one in passes if one.seat <= len(level.seats)]
    others = [seat.seat for seat in before.seats if seat != outcome.acts_on] + [plan.seat for plan in outcome.opens]
    asked = [seat for seat in others if seat >= FIRST_ADDED_SEAT]
    met = len(routed) >= level.required() and not asked
    assert met == (after.level != before.level), f"level {level}: {passes} and {asked}"
    assert len({one.person_id for one in passes}) == len(passes)


def _check_stuck(facts: Facts, cast: Cast) -> None:
    """Where nobody can do anything, somebody is still asked, and a person who comes to that desk can."""
    assert facts.seats, f"nobody is asked: {facts}"
    seat = facts.seats[0]
    newcomer = Actor(999, "newcomer", (Grant(seat.role, seat.department_id),))
    fits = seat.person_id is None
    assert not fits or any(button.reason is None for button in allowed(newcomer, facts)), "not even a newcomer can act"


@pytest.mark.slow
def test_the_same_on_a_database(engine: Engine) -> None:
    factory = session_factory(engine)
    routes = routes_of(engine, factory)
    done: Counter[str] = Counter()
    for number in range(50):
        luck = Random(f"{SEED}.{number}")
        main = luck.choice((1, 2, 4))
        town = build(factory, routes, main=main, first=main)
        _walk_on_database(town, invariants.Chains(), luck, done)
    assert all(done[action] > 5 for action in MIXED if action is not Action.REJECT), done


def _walk_on_database(town: Town, chains: invariants.Chains, luck: Random, done: Counter[str]) -> None:
    invariants.look(town, chains, town.forms)
    for _ in range(25):
        form = luck.choice(town.forms)
        facts = town.seen[form].facts
        chosen = choose(town.actors, facts, luck)
        if chosen is None:
            assert facts.seats or facts.state is State.APPROVED
            continue
        actor, action = chosen
        deed = Deed(
            form,
            actor,
            request_for(action, facts, list(town.ids.values()), luck, beside=luck.random() < 0.3),
            facts.version,
        )
        if not isinstance(predicted(deed, town), Outcome):
            continue
        with unit_of_work(town.factory) as session:
            take(session, deed)
        invariants.look(town, chains, [form])
        check_level(town.seen[form].facts)
        done[action] += 1
        done["undone"] += own_pass(actor, facts) is not None
