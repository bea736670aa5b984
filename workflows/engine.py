"""The one door: `step()` decides, `allowed()` says what `step()` would say. The only file that imports `transitions`.

Order of a refusal: state, policy, window, comment and other fields, findings. The machine is built once; each decision
fires its event on a throwaway case, and a condition holds the machine to the row that was looked up. A machine that
disagrees with the rows is a fault of ours and raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable

from transitions import EventData, Machine

from workflows.errors import CommentRequired, DomainError, FormHasErrors, InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import FIRST_ADDED_SEAT, Actor, Allowed, Decision, Facts, Grant, Outcome, Request, SeatPlan
from workflows.grades import check_grade, grade_given
from workflows.lifecycle import ROWS, Action, At, By, Ends, State, To, Transition
from workflows.movement import movement
from workflows.named_sections import check_sections, unlocked_after
from workflows.policy import covers, grant_for, own_pass, seat_of, why_not
from workflows.secrecy import has_mark
from workflows.signers import check_colleague, check_waiting
from workflows.standing import standing

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
_ROWS_FROM = {state: tuple(row for row in ROWS if row.source is state) for state in State}


def step(actor: Actor, facts: Facts, request: Request) -> Outcome:
    """Decide. Returns what shall be recorded or raises NotPossibleNow, NotAllowed, InvalidRequest, CommentRequired or
    FormHasErrors, in that order of precedence. Touches nothing.
    """
    row = find_row(facts, request)
    refusal = why_not(actor, row, facts)
    if refusal is not None:
        raise NotAllowed(refusal.reason, **dict(refusal.params))
    _check_moment(actor, row, facts)
    _check_fields(actor, row, facts, request)
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
    for row in _ROWS_FROM[facts.state]:
        if not _is_here(row, facts) or row.action in buttons or row.to_level:
            continue
        refusal = why_not(actor, row, facts)
        if refusal is not None and refusal.hidden:
            continue
        buttons[row.action] = _button(actor, row, facts)
    return list(buttons.values())


def find_row(facts: Facts, request: Request) -> Transition:
    """The row for this state, level and request. Raises NotPossibleNow."""
    for row in _ROWS_FROM[facts.state]:
        if row.action is request.action and _is_here(row, facts) and row.to_level == (request.to_level is not None):
            return row
    raise NotPossibleNow("not_in_this_state", state=facts.state.value, action=request.action.value)


def _is_here(row: Transition, facts: Facts) -> bool:
    """Whether a row of this state speaks of this level, and of a form that ends like this one."""
    if row.ends not in (Ends.ANY, facts.ends):
        return False
    if facts.level is None or row.at is At.NONE:
        return facts.level is None and row.at is At.NONE
    if row.by is By.ADDED and not any(seat.is_added for seat in facts.seats):
        return False
    if row.at is not At.ANY and (row.at is At.LAST) != (facts.level == facts.route.last):
        return False
    return not row.grades or facts.route.level(facts.level).asks_grade


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
    check_waiting(actor, row, facts)
    if row.action in _IN_WINDOW and not facts.window_open:
        raise NotPossibleNow(facts.window_reason)


def _check_undo(actor: Actor, facts: Facts) -> None:
    mine = own_pass(actor, facts)
    assert mine is not None, "policy let an undo through without a pass"
    if mine.seat >= FIRST_ADDED_SEAT:
        raise NotPossibleNow("added_pass_stands")
    # At one's own level a decision above is the return that led back here.
    if mine.level != facts.level and any(d.level > mine.level for d in facts.decisions):
        raise NotPossibleNow("next_level_decided")
    if facts.route.level(mine.level).in_order:
        _check_undo_in_order(mine, facts)
    seat = _seat_of_pass(mine, facts)
    if seat is None:  # the unit was moved, and the desk is no longer its own
        raise NotPossibleNow("no_reviewer")
    if not actor.holds(seat.role, seat.department_id):
        raise NotAllowed("needs_role", role=seat.role.value)


def _check_undo_in_order(mine: Decision, facts: Facts) -> None:
    """Where the seats of a level sign one after another, the last signature alone is taken back: whoever would sign next
    gives way, but whoever signed after it did so upon it, and those who were asked beside can't be asked anew.
    """
    level = mine.level
    if any(d.level == level and mine.seat < d.seat < FIRST_ADDED_SEAT for d in facts.decisions):
        raise NotPossibleNow("next_level_decided")
    if any(seat.is_added for seat in facts.seats if seat.level == level):
        raise NotPossibleNow("waits_for_added_signer")


def _seat_of_pass(mine: Decision, facts: Facts) -> SeatPlan | None:
    plans = standing(facts).get(mine.level, ())
    return next((plan for plan in plans if plan.seat == mine.seat), None)


def _check_fields(actor: Actor, row: Transition, facts: Facts, request: Request) -> None:
    check_grade(actor, row, facts, request)
    _check_marks(request)
    if row.comment and not (request.comment or "").strip():
        raise CommentRequired
    check_sections(row, facts, request)
    check_colleague(actor, row, facts, request)
    if row.to is To.EARLIER:
        level = request.to_level or 0
        if not 1 <= level < (facts.level or 0) or level not in standing(facts):
            raise InvalidRequest("no_such_level", field="to_level")
    if row.action is Action.ISSUE_CONTROL_FIGURE and not (request.control_figure or 0) > 0:
        raise InvalidRequest("control_figure_required", field="control_figure")
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


def _outcome(actor: Actor, row: Transition, facts: Facts, request: Request) -> Outcome:
    move = movement(actor, row, facts, request)
    undone = own_pass(actor, facts) if row.action is Action.UNDO_PASS else None
    stays = move.level == facts.level and row.target is row.source
    replies = row.action is Action.ISSUE_REPLY
    return Outcome(
        action=row.action,
        source=row.source,
        target=row.target,
        level_before=facts.level,
        level_after=move.level,
        kind=row.kind,
        round=facts.round + (1 if row.to is To.FIRST else 0),
        records=row.records,
        acting=_acting(actor, row, facts),
        acts_on=seat_of(actor, facts, by=row.by) if _closes_own(row) else None,
        opens=move.opens,
        closes_level=move.closes or not stays,
        skipped=move.skipped,
        voids_from_level=move.voids,
        undoes=undone,
        comment=(request.comment or "").strip() or None,
        grade=grade_given(actor, row, facts, request),
        criteria=request.criteria or None if row.reviews else None,
        reply_number=(request.reply_number or "").strip() or None if replies else None,
        reply_date=request.reply_date if replies else None,
        unlocks=unlocked_after(row, facts, request),
        to_person=request.to_person if move.opens and stays else None,
    )


def _acting(actor: Actor, row: Transition, facts: Facts) -> Grant | None:
    """The role and the desk in which the actor takes the step: the seat, the role that the row asks for, one's own pass."""
    if row.action is Action.UNDO_PASS:
        mine = own_pass(actor, facts)
        assert mine is not None, "policy let an undo through without a pass"
        plan = _seat_of_pass(mine, facts)
        return Grant(plan.role, plan.department_id, mine.on_behalf_of) if plan else None
    if row.roles:
        return next((g for g in actor.grants if g.role in row.roles and covers(g, facts.place)), None)
    seat = seat_of(actor, facts, by=row.by)
    return grant_for(actor, facts, seat) if seat else None


def _closes_own(row: Transition) -> bool:
    """Whether the step closes the work item that the actor sits on: a decision and a hand-over do.

    A re-score and a request for another signature leave it open: the same person decides afterwards.
    """
    return (row.reviews and row.action not in (Action.RE_SCORE, Action.ADD_SIGNER)) or row.action is Action.HAND_OVER
