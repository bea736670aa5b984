"""Colleagues whom a reviewer names: who may take over a work item (转办), and who may sign beside the route (加签).

Authority never grows by being named: a work item goes to somebody who holds the same role at the same desk, a signature is
asked of somebody who reviews this unit anyway, and nobody signs who prepared the form or decided it already.
"""

from __future__ import annotations

from typing import Final

from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import FIRST_ADDED_SEAT, Actor, Facts, Grant, Position, Request, Seat, SeatPlan
from workflows.lifecycle import ADMINISTRATORS, Action, Role, Transition
from workflows.policy import REACH, Sees, barred, covers, seat_of

MOST_ADDED: Final = 9  # at one level, at once and one after another
_NO_REVIEWERS = ADMINISTRATORS | {Role.FILLER, Role.OBSERVER, Role.SECRECY_REVIEWER}


def check_colleague(actor: Actor, row: Transition, facts: Facts, request: Request) -> None:
    """Refuse a colleague who can't take what the request gives them. Raises InvalidRequest (`to_person`, `position`),
    NotPossibleNow (too many were asked already).
    """
    asks = row.names_person or (row.action is Action.PASS and request.to_person is not None)
    if not asks:
        return
    mine = seat_of(actor, facts, by=row.by)
    assert mine is not None, "policy looked for the seat"
    if request.to_person is None:
        raise InvalidRequest("person_required", field="to_person")
    _check_position(row, mine, request)
    colleague = facts.colleague
    if colleague is None or colleague.id != request.to_person:
        raise InvalidRequest("no_such_colleague", field="to_person")
    if row.action is Action.HAND_OVER:
        grant = colleague.grant(mine.role, mine.department_id)
    else:
        grant = _reviews(colleague, facts)
        _check_room(facts)
    reason = _unfit(actor, colleague, grant, facts)
    if reason is not None:
        raise InvalidRequest(reason, field="to_person")


def added_seat(facts: Facts, actor: Actor) -> SeatPlan:
    """The work item of the colleague whom the request names, with a number beyond the seats of the route."""
    colleague, level = facts.colleague, facts.level or 1
    assert colleague is not None, "the colleague was checked"
    grant = _reviews(colleague, facts)
    assert grant is not None, "the colleague was checked"
    taken = [number for number in _numbers(facts) if number >= FIRST_ADDED_SEAT]
    days = facts.route.level(level).working_days
    number = max(taken, default=FIRST_ADDED_SEAT - 1) + 1
    return SeatPlan(level, number, grant.role, grant.department_id, days, person_id=colleague.id, added_by=actor.id)


def check_waiting(actor: Actor, row: Transition, facts: Facts) -> None:
    """Refuse to sign before those who were asked to sign first, and to end a level while others still sign beside it.

    Raises NotPossibleNow.
    """
    if row.action is not Action.PASS and not row.is_final:
        return
    mine = seat_of(actor, facts, by=row.by)
    if mine is None:
        return
    held_up = any(seat.holds_up == mine.seat for seat in facts.seats)
    if held_up or (row.is_final and any(seat.is_added for seat in facts.seats)):
        raise NotPossibleNow("waits_for_added_signer")


def _check_position(row: Transition, mine: Seat, request: Request) -> None:
    if row.action is Action.PASS and mine.is_added:
        raise InvalidRequest("added_signer_adds_nobody", field="to_person")
    wanted = {
        Action.PASS: (None, Position.AFTER),
        Action.ADD_SIGNER: (Position.BEFORE, Position.BESIDE),
        Action.HAND_OVER: (None,),
    }[row.action]
    if request.position not in wanted:
        raise InvalidRequest("position_not_here", field="position")


def _reviews(colleague: Actor, facts: Facts) -> Grant | None:
    """A role by which the colleague sees forms of this unit in review, and which is one of review."""
    return next(
        (
            grant
            for grant in colleague.grants
            if grant.role not in _NO_REVIEWERS
            and REACH[grant.role].sees is not Sees.ONCE_APPROVED
            and covers(grant, facts.place)
        ),
        None,
    )


def _unfit(actor: Actor, colleague: Actor, grant: Grant | None, facts: Facts) -> str | None:
    """Why this colleague can't take it, None: they can."""
    if colleague.id in actor.eyes(None):
        return "person_is_yourself"
    if grant is None:
        return "person_lacks_role"
    if barred(facts, colleague.eyes(grant)) is not None:
        return "person_may_not_decide"
    # Who signs on two seats could decide on one of them alone, and the other would wait for ever.
    return "person_signs_already" if any(seat.person_id == colleague.id for seat in facts.seats) else None


def _check_room(facts: Facts) -> None:
    if sum(number >= FIRST_ADDED_SEAT for number in _numbers(facts)) >= MOST_ADDED:
        raise NotPossibleNow("too_many_added", most=str(MOST_ADDED))


def _numbers(facts: Facts) -> set[int]:
    """Seats of the level that are open or have decided."""
    here = facts.level or 1
    return {seat.seat for seat in facts.seats if seat.level == here} | {
        decision.seat for decision in facts.decisions if decision.level == here
    }
