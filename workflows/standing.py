"""Which levels of a route stand for a form, and whose work each of them is: before anybody acts, and where nobody could."""

from __future__ import annotations

from workflows.facts import Facts, Grant, Seat, SeatPlan
from workflows.lifecycle import Role
from workflows.policy import barred
from workflows.route import Desk, IfNobody, Level, SeatRule

# Level → the work items of all its seats.
Standing = dict[int, tuple[SeatPlan, ...]]


def standing(facts: Facts) -> Standing:
    """The levels that this unit has a desk for and that are meant for this form, with a plan for each of their seats."""
    levels = (
        (level, _plans(level, facts)) for level in facts.route.levels if level.when.holds(facts.form, facts.amount)
    )
    return {level.number: plans for level, plans in levels if plans}


def desk_of(desk: Desk, facts: Facts) -> int | None:
    """The department whose desk it is, None where the unit has no such desk."""
    place = facts.place
    return {
        Desk.OWN: place.department_id,
        Desk.SUPERIOR: place.superior_id,
        Desk.BUSINESS_OFFICE: place.business_office_id,
        Desk.FINANCE: place.finance_bureau_id,
    }[desk]


def filling_seat(department_id: int) -> SeatPlan:
    """The work item that a draft, and later the entry of actuals, stands on."""
    return SeatPlan(level=0, seat=1, role=Role.FILLER, department_id=department_id, working_days=None)


def entered(level: Level, plans: tuple[SeatPlan, ...]) -> tuple[SeatPlan, ...]:
    """Those of a level's work items that open when it is entered: all, or the first where the seats sign in order."""
    return plans[:1] if level.in_order else plans


def next_in_order(facts: Facts, mine: Seat) -> tuple[SeatPlan, ...]:
    """The seat that signs after `mine`, where the level's seats sign in order and one is left.

    Whoever was asked to sign beside a seat of the route calls nobody while that seat is still open.
    """
    level = facts.route.level(facts.level or 1)
    turn = any(not seat.is_added for seat in facts.seats if seat != mine)
    if not level.in_order or turn:
        return ()
    reached = {decision.seat for decision in facts.decisions if decision.level == level.number}
    reached |= {seat.seat for seat in facts.seats if seat.level == level.number}
    return tuple(plan for plan in standing(facts).get(level.number, ()) if plan.seat not in reached)[:1]


def manned(
    level: Level, plans: tuple[SeatPlan, ...], facts: Facts, eyes: frozenset[int]
) -> tuple[SeatPlan, ...] | None:
    """The work items with which a form enters a level, None where it passes the level over because nobody could act.

    `eyes` are those of the step that leads there: who submits or passes does not act again in this round. Where one of
    the seats has somebody, the level is manned: a seat alone without anybody waits, as the route's need says.
    """
    if level.if_nobody is IfNobody.WAIT or facts.staff is None or any(_someone(plan, facts, eyes) for plan in plans):
        return entered(level, plans)
    if level.if_nobody is IfNobody.SKIP:
        return None
    assert level.escalate_to is not None, "the route was checked"
    plan = _plan(level, 1, level.escalate_to, facts)
    return (plan,) if plan is not None else entered(level, plans)


def _someone(plan: SeatPlan, facts: Facts, eyes: frozenset[int]) -> bool:
    assert facts.staff is not None, "asked only where the staff was read"
    there = facts.staff.get(Grant(plan.role, plan.department_id), ())
    return any(not pair & eyes and barred(facts, pair) is None for pair in there)


def _plans(level: Level, facts: Facts) -> tuple[SeatPlan, ...]:
    plans = (_plan(level, number, rule, facts) for number, rule in enumerate(level.seats, start=1))
    return tuple(plan for plan in plans if plan is not None)


def _plan(level: Level, number: int, rule: SeatRule, facts: Facts) -> SeatPlan | None:
    desk = desk_of(rule.desk, facts)
    return None if desk is None else SeatPlan(level.number, number, rule.role, desk, level.working_days)
