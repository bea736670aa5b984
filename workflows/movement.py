"""Where a step leads within the levels: which level comes next, what work opens, which opinions fall."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workflows.errors import NotPossibleNow
from workflows.facts import FIRST_ADDED_SEAT, Actor, Facts, Position, Request, Seat, SeatPlan
from workflows.lifecycle import Action, At, State, To, Transition
from workflows.policy import grant_for, own_pass, seat_of
from workflows.signers import added_seat
from workflows.standing import entered, filling_seat, manned, next_in_order, standing


@dataclass(frozen=True, slots=True)
class Movement:
    """The level after the step, work items to open, levels passed over, and from which level on opinions are void.

    `closes`: what is open closes though the form stays at its level.
    """

    level: int | None
    opens: tuple[SeatPlan, ...] = ()
    skipped: tuple[int, ...] = ()
    voids: int | None = None
    closes: bool = False


def movement(actor: Actor, row: Transition, facts: Facts, request: Request) -> Movement:
    """Where the row leads this form. Raises NotPossibleNow (`no_reviewer`) where the route ends before it began."""
    here = facts.level
    if row.to is To.NONE:
        # Leaving the levels downwards voids every pass of the round; leaving them by the last level keeps them.
        back = row.source in (State.REVIEW, State.YEAR_END_EVALUATION) and row.at is At.ANY
        return Movement(None, _filling(row, facts), voids=1 if back else None)
    if row.to is To.SAME:
        return Movement(here, _beside(actor, row, facts, request))
    if row.to is To.NEXT and not _met(actor, row, facts, request):
        mine = seat_of(actor, facts, by=row.by)
        assert mine is not None, "policy looked for the seat"
        return Movement(here, _beside(actor, row, facts, request) or next_in_order(facts, mine))
    if row.to is To.EARLIER:
        level = request.to_level or 1
        return Movement(level, entered(facts.route.level(level), standing(facts)[level]), voids=level)
    if row.to is To.UNDONE:
        return _undone(actor, facts)
    return _forward(actor, row, facts, after=0 if row.to is To.FIRST else here or 0)


def _filling(row: Transition, facts: Facts) -> tuple[SeatPlan, ...]:
    """The filler's own work item, level 0, where the step hands the form to the unit. Its limit is the cycle's date."""
    hands_over = row.records and row.target in (State.DRAFT, State.YEAR_END_EVALUATION)
    if not hands_over or (row.target is row.source and facts.level is None):
        return ()
    return (filling_seat(facts.place.department_id),)


def _beside(actor: Actor, row: Transition, facts: Facts, request: Request) -> tuple[SeatPlan, ...]:
    """The work item that a colleague gets at the same level: the actor's own, handed over, or one added beside it."""
    if request.to_person is None or row.action not in (Action.HAND_OVER, Action.ADD_SIGNER, Action.PASS):
        return ()
    mine = seat_of(actor, facts, by=row.by)
    assert mine is not None, "policy looked for the seat"
    if row.action is Action.HAND_OVER:
        return (replace(_plan_of(mine, facts), person_id=request.to_person, added_by=actor.id),)
    holds_up = mine.seat if request.position is Position.BEFORE else None
    return (replace(added_seat(facts, actor), holds_up=holds_up),)


def _plan_of(seat: Seat, facts: Facts) -> SeatPlan:
    days = facts.route.level(seat.level).working_days
    return SeatPlan(seat.level, seat.seat, seat.role, seat.department_id, days, holds_up=seat.holds_up)


def _undone(actor: Actor, facts: Facts) -> Movement:
    """Back to the level of one's own pass: every seat there that holds no other pass opens again."""
    mine = own_pass(actor, facts)
    assert mine is not None, "policy let an undo through without a pass"
    level = facts.route.level(mine.level)
    others = {d.seat for d in facts.decisions if d.level == mine.level and d.seat != mine.seat}
    still_open = {seat.seat for seat in facts.seats if seat.level == mine.level}
    plans = standing(facts)[mine.level]
    if level.in_order:  # whoever came after the one who takes it back signs after them again
        plans = tuple(plan for plan in plans if plan.seat == mine.seat)
    opens = tuple(p for p in plans if p.seat not in others | still_open)
    return Movement(mine.level, opens, closes=level.in_order)


def _forward(actor: Actor, row: Transition, facts: Facts, *, after: int) -> Movement:
    ways, skipped = standing(facts), list[int]()
    seat = seat_of(actor, facts, by=row.by) if row.reviews else None
    eyes = actor.eyes(grant_for(actor, facts, seat) if seat else None)
    for number in range(after + 1, facts.route.last + 1):
        plans = manned(facts.route.level(number), ways[number], facts, eyes) if number in ways else None
        if plans is not None:
            # What a later level said before it returned the form stands no longer once that level is entered again.
            stale = any(decision.level >= number for decision in facts.decisions)
            return Movement(number, plans, tuple(skipped), number if stale else None)
        skipped.append(number)
    raise NotPossibleNow("no_reviewer")


def _met(actor: Actor, row: Transition, facts: Facts, request: Request) -> bool:
    """Whether the actor's pass is the one that the level still needed. Seats are those that were opened: an absent desk
    is none, and a unit that was moved meanwhile changes nothing. Whoever was asked to sign too is waited for.
    """
    here = facts.level or 1
    level, mine = facts.route.level(here), seat_of(actor, facts, by=row.by)
    assert mine is not None, "policy looked for the seat"
    if request.to_person is not None or any(s.is_added and s != mine for s in facts.seats if s.level == here):
        return False
    passed = {d.seat for d in facts.decisions if d.level == here and d.action is Action.PASS} | {mine.seat}
    routed = {seat for seat in passed if seat < FIRST_ADDED_SEAT}
    opened = routed | {s.seat for s in facts.seats if s.level == here and not s.is_added}
    if level.in_order:
        opened |= {plan.seat for plan in standing(facts).get(here, ())}
    return len(routed) >= min(level.required(), len(opened))
