"""The one door: `step()` decides, `allowed()` says what `step()` would say. The only file that imports `transitions`.

Order of a refusal: state, policy, window, comment and other fields, findings. The machine is built once; each decision
fires its event on a throwaway case, and a condition holds the machine to the row that was looked up. A machine that
disagrees with the rows is a fault of ours and raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable

from transitions import EventData, Machine

from workflows.errors import CommentRequired, DomainError, FormHasErrors, InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import Actor, Allowed, Decision, Facts, Grant, Outcome, Request, SeatPlan
from workflows.grades import check_grade, grade_given
from workflows.lifecycle import ROWS, Action, At, Role, State, To, Transition
from workflows.policy import covers, own_pass, seat_of, why_not
from workflows.route import Desk, Route
from workflows.secrecy import has_mark

# Hand-overs, and the reopening that leads to one: it would end in a form that nobody can hand in.
_IN_WINDOW = frozenset({Action.SUBMIT, Action.OPEN_EVALUATION, Action.SUBMIT_EVALUATION, Action.REOPEN})


class _Case:
    """What the machine moves: never an ORM row, so that a failed step leaves nothing dirty."""

    __slots__ = ("row", "state")

    def __init__(self, row: str, state: str) -> None:
        self.row, self.state = row, state


def _only(name: str) -> Callable[[EventData], bool]:
    def is_the_row(event: EventData) -> bool:
        return isinstance(event.model, _Case) and event.model.row == name

    return is_the_row


def build_machine() -> Machine:
    """The rows as a `transitions` machine, without automatic transitions and without models."""
    machine = Machine(
        model=None, states=[s.value for s in State], initial=None, auto_transitions=False, send_event=True
    )
    for row in ROWS:
        machine.add_transition(row.action.value, row.source.value, row.target.value, conditions=_only(row.name))
    return machine


_MACHINE = build_machine()


def step(actor: Actor, facts: Facts, request: Request) -> Outcome:
    """Decide. Returns what shall be recorded or raises NotPossibleNow, NotAllowed, InvalidRequest, CommentRequired or
    FormHasErrors, in that order of precedence. Touches nothing.
    """
    row = find_row(facts, request)
    refusal = why_not(actor, row, facts)
    if refusal is not None:
        raise NotAllowed(refusal.reason, **dict(refusal.params))
    _check_moment(actor, row, facts)
    _check_fields(row, facts, request)
    if row.checks_form and facts.findings:
        raise FormHasErrors(facts.findings)
    case = _Case(row.name, facts.state.value)
    moved = _MACHINE.events[row.action.value].trigger(case)
    assert moved, f"the machine refuses row {row.name}"
    assert case.state == row.target.value, f"the machine leads row {row.name} elsewhere"
    return _outcome(actor, row, facts, request)


def allowed(actor: Actor, facts: Facts) -> list[Allowed]:
    """The buttons of this person now: what is possible, and what would be but for a reason that is worth saying.

    A row that is not for this person's role is left out; a row whose moment has not come carries its reason.
    """
    buttons: dict[Action, Allowed] = {}
    for row in ROWS:
        if not _is_here(row, facts) or row.action in buttons:
            continue
        refusal = why_not(actor, row, facts)
        if refusal is not None and refusal.hidden:
            continue
        buttons[row.action] = _button(actor, row, facts)
    return list(buttons.values())


def find_row(facts: Facts, request: Request) -> Transition:
    """The row for this state, level and request. Raises NotPossibleNow."""
    for row in ROWS:
        if row.action is request.action and _is_here(row, facts) and row.to_level == (request.to_level is not None):
            return row
    raise NotPossibleNow("not_in_this_state", state=facts.state.value, action=request.action.value)


def _is_here(row: Transition, facts: Facts) -> bool:
    if row.source is not facts.state:
        return False
    last = facts.level == facts.route.last
    here = {
        At.NONE: facts.level is None,
        At.ANY: facts.level is not None,
        At.NOT_LAST: facts.level is not None and not last,
        At.LAST: facts.level is not None and last,
    }
    return here[row.at] and not (row.grades and not facts.route.level(facts.level or 1).asks_grade)


def _button(actor: Actor, row: Transition, facts: Facts) -> Allowed:
    refusal = why_not(actor, row, facts)
    if refusal is not None:
        return Allowed(row.action, refusal.reason, dict(refusal.params))
    try:
        _check_moment(actor, row, facts)
    except DomainError as error:
        return Allowed(row.action, error.reason, dict(error.params))
    if row.checks_form and facts.findings:
        return Allowed(row.action, "form_has_errors", {"count": str(len(facts.findings))})
    return Allowed(row.action)


def _check_moment(actor: Actor, row: Transition, facts: Facts) -> None:
    if row.action is Action.WITHDRAW and facts.decisions:
        raise NotPossibleNow("already_decided")
    if row.action is Action.UNDO_PASS:
        _check_undo(actor, facts)
    if row.action in _IN_WINDOW and not facts.window_open:
        raise NotPossibleNow(facts.window_reason)


def _check_undo(actor: Actor, facts: Facts) -> None:
    mine = own_pass(actor, facts)
    assert mine is not None, "policy let an undo through without a pass"
    # At one's own level a decision above is the return that led back here.
    if mine.level != facts.level and any(d.level > mine.level for d in facts.decisions):
        raise NotPossibleNow("next_level_decided")
    seat = _seat_of_pass(mine, facts)
    if seat is None:  # the unit was moved, and the desk is no longer its own
        raise NotPossibleNow("no_reviewer")
    if not actor.holds(seat.role, seat.department_id):
        raise NotAllowed("needs_role", role=seat.role.value)


def _seat_of_pass(mine: Decision, facts: Facts) -> SeatPlan | None:
    plans = _standing(facts.route, facts).get(mine.level, ())
    return next((plan for plan in plans if plan.seat == mine.seat), None)


def _check_fields(row: Transition, facts: Facts, request: Request) -> None:
    check_grade(row, facts, request)
    _check_marks(request)
    if row.comment and not (request.comment or "").strip():
        raise CommentRequired
    if row.to is To.EARLIER:
        level = request.to_level or 0
        if not 1 <= level < (facts.level or 0) or level not in _standing(facts.route, facts):
            raise InvalidRequest("no_such_level", field="to_level")
    if row.action is Action.ISSUE_REPLY:
        if not (request.reply_number or "").strip():
            raise InvalidRequest("reply_number_required", field="reply_number")
        if request.reply_date is None:
            raise InvalidRequest("reply_date_required", field="reply_date")


def _check_marks(request: Request) -> None:
    """What was said is kept for years; a mark in it would keep a secret with it."""
    for field, words in (("comment", request.comment), ("reply_number", request.reply_number)):
        if has_mark(words or ""):
            raise InvalidRequest("mark_in_words", field=field)


def _standing(route: Route, facts: Facts) -> dict[int, tuple[SeatPlan, ...]]:
    """The levels that this unit has a desk for, with the work items they would open."""
    standing = {}
    for level in route.levels:
        plans = tuple(
            SeatPlan(level.number, number, rule.role, desk, level.working_days)
            for number, rule in enumerate(level.seats, start=1)
            if (desk := desk_of(rule.desk, facts)) is not None
        )
        if plans:
            standing[level.number] = plans
    return standing


def desk_of(desk: Desk, facts: Facts) -> int | None:
    """The department whose desk it is, None where the unit has no such desk."""
    place = facts.place
    return {
        Desk.OWN: place.department_id,
        Desk.SUPERIOR: place.superior_id,
        Desk.BUSINESS_OFFICE: place.business_office_id,
        Desk.FINANCE: place.finance_bureau_id,
    }[desk]


def _outcome(actor: Actor, row: Transition, facts: Facts, request: Request) -> Outcome:
    level_after, opens, skipped, voids = _movement(actor, row, facts, request)
    undone = own_pass(actor, facts) if row.action is Action.UNDO_PASS else None
    stays = level_after == facts.level and row.target is row.source
    replies = row.action is Action.ISSUE_REPLY
    return Outcome(
        action=row.action,
        source=row.source,
        target=row.target,
        level_before=facts.level,
        level_after=level_after,
        kind=row.kind,
        round=facts.round + (1 if row.to is To.FIRST else 0),
        records=row.records,
        acting=_acting(actor, row, facts),
        # A re-score leaves its seat open: the same person confirms afterwards.
        acts_on=seat_of(actor, facts) if row.reviews and row.to is not To.SAME else None,
        opens=opens,
        closes_level=not stays,
        skipped=skipped,
        voids_from_level=voids,
        undoes=undone,
        comment=(request.comment or "").strip() or None,
        grade=grade_given(row, facts, request),
        reply_number=(request.reply_number or "").strip() or None if replies else None,
        reply_date=request.reply_date if replies else None,
    )


def _acting(actor: Actor, row: Transition, facts: Facts) -> Grant | None:
    """The role and the desk in which the actor takes the step: the seat, the role that the row asks for, one's own pass."""
    if row.action is Action.UNDO_PASS:
        mine = own_pass(actor, facts)
        assert mine is not None, "policy let an undo through without a pass"
        plan = _seat_of_pass(mine, facts)
        return Grant(plan.role, plan.department_id) if plan else None
    if row.roles:
        return next((g for g in actor.grants if g.role in row.roles and covers(g, facts.place)), None)
    seat = seat_of(actor, facts)
    return Grant(seat.role, seat.department_id) if seat else None


_Movement = tuple[int | None, tuple[SeatPlan, ...], tuple[int, ...], int | None]


def _movement(actor: Actor, row: Transition, facts: Facts, request: Request) -> _Movement:
    """(level after, work items to open, levels skipped, void opinions from this level on)."""
    here = facts.level
    if row.to is To.NONE:
        # Leaving the levels downwards voids every pass of the round; leaving them by the last level keeps them.
        back = row.source in (State.REVIEW, State.YEAR_END_EVALUATION) and row.at is At.ANY
        return None, _filling(row, facts), (), 1 if back else None
    if row.to is To.SAME or (row.to is To.NEXT and not _met(facts)):
        return here, (), (), None
    if row.to is To.EARLIER:
        level = request.to_level or 1
        return level, _standing(facts.route, facts)[level], (), level
    if row.to is To.UNDONE:
        return _undone(actor, facts)
    return _forward(facts, after=0 if row.to is To.FIRST else here or 0)


def _filling(row: Transition, facts: Facts) -> tuple[SeatPlan, ...]:
    """The filler's own work item, level 0, where the step hands the form to the unit. Its limit is the cycle's date."""
    hands_over = row.records and row.target in (State.DRAFT, State.YEAR_END_EVALUATION)
    if not hands_over or (row.target is row.source and facts.level is None):
        return ()
    return (filling_seat(facts.place.department_id),)


def filling_seat(department_id: int) -> SeatPlan:
    """The work item that a draft, and later the entry of actuals, stands on."""
    return SeatPlan(level=0, seat=1, role=Role.FILLER, department_id=department_id, working_days=None)


def _undone(actor: Actor, facts: Facts) -> _Movement:
    """Back to the level of one's own pass: every seat there that holds no other pass opens again."""
    mine = own_pass(actor, facts)
    assert mine is not None, "policy let an undo through without a pass"
    others = {d.seat for d in facts.decisions if d.level == mine.level and d.seat != mine.seat}
    still_open = {seat.seat for seat in facts.seats if seat.level == mine.level}
    plans = (p for p in _standing(facts.route, facts)[mine.level] if p.seat not in others | still_open)
    return mine.level, tuple(plans), (), None


def _forward(facts: Facts, *, after: int) -> _Movement:
    standing = _standing(facts.route, facts)
    for number in range(after + 1, facts.route.last + 1):
        if number in standing:
            # What a later level said before it returned the form stands no longer once that level is entered again.
            stale = any(decision.level >= number for decision in facts.decisions)
            return number, standing[number], tuple(range(after + 1, number)), number if stale else None
    raise NotPossibleNow("no_reviewer")


def _met(facts: Facts) -> bool:
    """Whether the actor's pass is the one that the level still needed. Seats are those that were opened: an absent desk
    is none, and a unit that was moved meanwhile changes nothing.
    """
    here = facts.level or 1
    passed = {d.seat for d in facts.decisions if d.level == here and d.action is Action.PASS}
    seats = passed | {seat.seat for seat in facts.seats if seat.level == here}
    return len(passed) + 1 >= min(facts.route.level(here).required(), len(seats))
