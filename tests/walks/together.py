"""What must be true of the seats of a level at any moment: each is open or has decided, none is both, none is lost."""

from __future__ import annotations

from workflows.facts import FIRST_ADDED_SEAT, Facts
from workflows.lifecycle import Action
from workflows.route import IfNobody
from workflows.standing import standing


def check_level(facts: Facts) -> None:
    """The account of the level where a form stands, and of each pair of eyes in its round."""
    counted: set[int] = set()
    for decision in facts.decisions:
        assert not decision.eyes & counted, f"somebody counts twice: {facts.decisions}"
        counted |= decision.eyes
    if facts.level is None or facts.route.level(facts.level).if_nobody is not IfNobody.WAIT:
        return  # a level that was escalated has one seat, whatever its rule says
    level = facts.route.level(facts.level)
    wanted = [plan.seat for plan in standing(facts)[level.number]]
    open_ = {seat.seat for seat in facts.seats if not seat.is_added}
    added = {seat.seat for seat in facts.seats if seat.is_added}
    passed = {
        one.seat
        for one in facts.decisions
        if one.level == level.number and one.action is Action.PASS and one.seat < FIRST_ADDED_SEAT
    }
    assert not open_ & passed, f"seats {open_ & passed} passed and are open"
    if level.in_order:
        reached = open_ | passed
        assert len(open_) <= 1, f"seats {open_} are open at once, and they sign in order"
        assert reached == set(wanted[: len(reached)]), f"of the seats {wanted} in order, {reached} were reached"
    else:
        assert open_ | passed == set(wanted), f"of the seats {wanted}, {open_} are open and {passed} passed"
    assert open_ or added, f"nobody is asked at level {level.number}: the task is lost"
