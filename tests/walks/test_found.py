"""What the walks found, each as small as it is: somebody who stands in for two people, seats in order, words of a hand-over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.walks.ledger import PLACE, UNIT
from workflows.engine import allowed, step
from workflows.errors import NotPossibleNow
from workflows.facts import Actor, Decision, Facts, Grant, Request, Seat
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.route import read_route

HEAD = {"role": "dept_head", "desk": "own"}
OFFICE = {"role": "external_expert", "desk": "own"}
ROUTE = read_route(
    {
        "code": "x", "version": 1, "kind": "target", "source": "x",
        "levels": [
            {"seats": [HEAD, OFFICE, HEAD], "need": "all", "in_order": True},
            {"seats": [HEAD], "is_reply": True},
        ],
    }
)  # fmt: skip
FIRST, SECOND, THIRD = (
    Seat(number, 1, number, role, UNIT)
    for number, role in ((1, Role.DEPT_HEAD), (2, Role.EXTERNAL_EXPERT), (3, Role.DEPT_HEAD))
)
FACTS = Facts(State.REVIEW, 1, 2, 1, PLACE, ROUTE, RouteKind.TARGET, seats=(FIRST,), form="department_overall@2022")
HEADS = [Actor(number, "head", (Grant(Role.DEPT_HEAD, UNIT),)) for number in (11, 12)]
EXPERT = Actor(21, "expert", (Grant(Role.EXTERNAL_EXPERT, UNIT),))


def test_who_stands_in_for_two_acts_for_the_one_whose_eyes_are_free() -> None:
    lent = tuple(Grant(Role.DEPT_HEAD, UNIT, owner) for owner in (11, 12))
    delegate = Actor(31, "delegate", lent)
    facts = replace(FACTS, prepared_by=frozenset({11}))
    assert step(delegate, facts, Request(Action.PASS)).acting == Grant(Role.DEPT_HEAD, UNIT, 12)
    both = replace(facts, prepared_by=frozenset({11, 12}))
    assert {button.action: button.reason for button in allowed(delegate, both)}[
        Action.PASS
    ] == "stands_for_own_submission"


def test_of_two_open_seats_the_one_that_can_be_decided_is_taken() -> None:
    named = replace(FIRST, person_id=11)
    delegate = Actor(31, "delegate", (Grant(Role.DEPT_HEAD, UNIT, 11), Grant(Role.EXTERNAL_EXPERT, UNIT)))
    facts = replace(FACTS, seats=(named, SECOND), prepared_by=frozenset({11}))
    assert step(delegate, facts, Request(Action.PASS)).acts_on == SECOND


def test_who_was_asked_beside_calls_nobody_before_their_turn() -> None:
    beside = Seat(9, 1, 101, Role.EXTERNAL_EXPERT, UNIT, person_id=21)
    outcome = step(EXPERT, replace(FACTS, seats=(FIRST, beside)), Request(Action.PASS))
    assert outcome.opens == ()
    assert [plan.seat for plan in step(HEADS[0], FACTS, Request(Action.PASS)).opens] == [2]


def test_the_last_signature_in_order_is_taken_back_and_who_would_be_next_gives_way() -> None:
    mine = Decision(1, 1, 11, Action.PASS)
    outcome = step(HEADS[0], replace(FACTS, seats=(SECOND,), decisions=(mine,)), Request(Action.UNDO_PASS))
    assert ([plan.seat for plan in outcome.opens], outcome.closes_level) == ([1], True)
    after = Decision(1, 2, 21, Action.PASS)
    with pytest.raises(NotPossibleNow, match="next_level_decided"):
        step(HEADS[0], replace(FACTS, seats=(THIRD,), decisions=(mine, after)), Request(Action.UNDO_PASS))
    asked = Seat(9, 1, 101, Role.EXTERNAL_EXPERT, UNIT, person_id=21)
    with pytest.raises(NotPossibleNow, match="waits_for_added_signer"):
        step(HEADS[0], replace(FACTS, seats=(SECOND, asked), decisions=(mine,)), Request(Action.UNDO_PASS))
