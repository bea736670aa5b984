"""Totality: every state × level × action × role either steps as the rows say or raises the named error."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from workflows.engine import _MACHINE, allowed, build_machine, step
from workflows.errors import CommentRequired, DomainError, FormHasErrors, InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import SYSTEM, Actor, Decision, Facts, Grant, Place, Position, Request, Seat
from workflows.findings import Finding, Severity
from workflows.lifecycle import ROWS, Action, Role, RouteKind, State
from workflows.route import Desk, Level, Need, Route, RouteFault, SeatRule, read_route, shipped_route

UNIT, SUPERIOR, OFFICE, BUREAU = 10, 11, 12, 13
PLACE = Place(UNIT, (SUPERIOR, UNIT), SUPERIOR, OFFICE, BUREAU)
ALONE = Place(UNIT, (UNIT,), None, OFFICE, BUREAU)
DESKS = {Desk.OWN: UNIT, Desk.SUPERIOR: SUPERIOR, Desk.BUSINESS_OFFICE: OFFICE, Desk.FINANCE: BUREAU}
HOME = {Role.FILLER: UNIT, Role.DEPT_HEAD: UNIT, Role.SUPERIOR_REVIEWER: SUPERIOR, Role.FINANCE_BUSINESS_OFFICE: OFFICE}
ROUTES = {RouteKind.TARGET: shipped_route("city-standard"), RouteKind.EVALUATION: shipped_route("city-evaluation")}
COLLEAGUE = Actor(
    50, "colleague", tuple(Grant(role, desk) for role in Role for desk in (UNIT, SUPERIOR, OFFICE, BUREAU))
)
ERROR = Finding("A1", Severity.ERROR, "budget.basic_expenditure", "seed_form")
FULL = Request(
    Action.PASS, comment="同意", grade="excellent", reply_number="揭市财预〔2022〕5号", reply_date=date(2022, 2, 10)
)


def person(role: Role, *, id_: int = 1) -> Actor:
    return Actor(id_, role.value, (Grant(role, HOME.get(role, BUREAU)),))


def full(action: Action, **changes: object) -> Request:
    """A request that lacks nothing."""
    named = {"to_person": 50} if action in (Action.HAND_OVER, Action.ADD_SIGNER) else {}
    placed = {"position": Position.BESIDE} if action is Action.ADD_SIGNER else {}
    return replace(FULL, **({"action": action} | named | placed | changes))  # type: ignore[arg-type]


def facts(state: State, level: int | None = None, *, place: Place = PLACE, **changes: object) -> Facts:
    kind = RouteKind.TARGET if state in (State.DRAFT, State.REVIEW) else RouteKind.EVALUATION
    route = ROUTES[kind]
    seats: tuple[Seat, ...] = ()
    if level is not None:
        rules = enumerate(route.level(level).seats, start=1)
        seats = tuple(Seat(100 + n, level, n, rule.role, DESKS[rule.desk]) for n, rule in rules)
    whole = Facts(
        state, level, 7, 1, place, route, kind, seats=seats, form="department_overall@2022", colleague=COLLEAGUE
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def situations() -> list[Facts]:
    found = [facts(state) for state in (State.DRAFT, State.APPROVED, State.YEAR_END_EVALUATION, State.CLOSED)]
    found += [facts(State.REVIEW, level) for level in range(1, 6)]
    return found + [facts(State.YEAR_END_EVALUATION, level) for level in range(1, 4)]


ACTORS = [person(role) for role in Role] + [SYSTEM]


@pytest.mark.parametrize("here", situations(), ids=lambda f: f"{f.state}-{f.level}")
def test_every_cell_steps_as_its_row_says_or_raises_a_named_error(here: Facts) -> None:
    stepped, unexpected = 0, []
    for actor, action, to_level in product(ACTORS, Action, (None, 1)):
        request = full(action, to_level=to_level)
        buttons = {button.action: button.reason for button in allowed(actor, here)}
        try:
            outcome = step(actor, here, request)
        except DomainError as error:
            named = isinstance(error, (NotPossibleNow, NotAllowed, InvalidRequest))
            offered = to_level is None and buttons.get(action, "absent") is None
            unexpected += [f"{actor.name} {action}: {error!r}"] if offered or not named else []
            continue
        stepped += 1
        assert any(
            row.action is action and row.source is here.state and row.target is outcome.target for row in ROWS
        ), "a step that no row describes"
        assert buttons[action] is None, f"{actor.name} may {action} but sees no button"
    assert not unexpected, "offered and refused, or refused without a name"
    assert stepped > 0, "a state that nobody can leave"


def test_the_shared_machine_agrees_with_a_fresh_one_on_every_row() -> None:
    from workflows.engine import _Case

    fresh = build_machine()
    for row, start in product(ROWS, State):
        outcomes = []
        for machine in (_MACHINE, fresh):
            case = _Case(row.name, start.value)
            event = machine.events[row.action.value]
            if start.value in event.transitions:
                moved = event.trigger(case)
                outcomes.append((moved, case.state))
        assert len(set(outcomes)) <= 1
        if start is row.source:
            assert outcomes == [(True, row.target.value)] * 2
    assert not _MACHINE.models, "the machine holds on to a case"


def test_a_unit_without_superior_skips_that_level_and_says_so() -> None:
    here = facts(State.REVIEW, 1, place=ALONE)
    outcome = step(person(Role.DEPT_HEAD), here, Request(Action.PASS))
    assert (outcome.level_after, outcome.skipped) == (3, (2,))
    assert [plan.department_id for plan in outcome.opens] == [OFFICE]


def test_nobody_reviews_what_they_filled_in_nor_decides_two_levels() -> None:
    both = Actor(1, "both", (Grant(Role.FILLER, UNIT), Grant(Role.DEPT_HEAD, UNIT)))
    here = facts(State.REVIEW, 1)
    with pytest.raises(NotAllowed, match="own_submission"):
        step(both, replace(here, prepared_by=frozenset({1})), Request(Action.PASS))
    twice = Actor(2, "twice", (Grant(Role.SUPERIOR_REVIEWER, SUPERIOR),))
    with pytest.raises(NotAllowed, match="decided_another_level"):
        step(twice, facts(State.REVIEW, 2, decisions=(Decision(1, 1, 2, Action.PASS),)), Request(Action.PASS))


def test_a_mark_of_secrecy_in_an_opinion_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="mark_in_words"):
        step(person(Role.DEPT_HEAD), facts(State.REVIEW, 1), Request(Action.PASS, comment="同意（密）"))


def test_withdraw_is_possible_until_somebody_decided() -> None:
    filler = person(Role.FILLER)
    assert step(filler, facts(State.REVIEW, 1), Request(Action.WITHDRAW)).target is State.DRAFT
    decided = facts(State.REVIEW, 2, decisions=(Decision(1, 1, 9, Action.PASS),))
    with pytest.raises(NotPossibleNow, match="already_decided"):
        step(filler, decided, Request(Action.WITHDRAW))


def test_undo_goes_back_to_ones_own_level_until_the_next_decided() -> None:
    head = person(Role.DEPT_HEAD)
    mine = Decision(1, 1, 1, Action.PASS)
    outcome = step(head, facts(State.REVIEW, 2, decisions=(mine,)), Request(Action.UNDO_PASS))
    assert (outcome.level_after, outcome.undoes) == (1, mine)
    assert [(plan.level, plan.role) for plan in outcome.opens] == [(1, Role.DEPT_HEAD)]
    later = (mine, Decision(2, 1, 5, Action.PASS))
    with pytest.raises(NotPossibleNow, match="next_level_decided"):
        step(head, facts(State.REVIEW, 3, decisions=later), Request(Action.UNDO_PASS))


def test_a_return_needs_words_and_an_earlier_level_that_the_unit_has() -> None:
    office = person(Role.FINANCE_BUSINESS_OFFICE)
    here = facts(State.REVIEW, 3, place=ALONE)
    with pytest.raises(CommentRequired):
        step(office, here, Request(Action.RETURN_FOR_REVISION, comment=" \u3000"))
    for level in (2, 3, 4, 0):  # 2 is skipped for a unit without superior
        with pytest.raises(InvalidRequest, match="no_such_level"):
            step(office, here, Request(Action.RETURN_FOR_REVISION, comment="补充依据", to_level=level))
    outcome = step(office, here, Request(Action.RETURN_FOR_REVISION, comment="补充依据", to_level=1))
    assert (outcome.target, outcome.level_after, outcome.voids_from_level) == (State.REVIEW, 1, 1)
    filler = step(office, here, Request(Action.RETURN_FOR_REVISION, comment="补充依据"))
    assert (filler.target, [plan.level for plan in filler.opens]) == (State.DRAFT, [0])


@pytest.mark.parametrize(
    ("grade", "comment", "raises"),
    [
        (None, "", InvalidRequest),
        ("fair", "x", InvalidRequest),
        ("poor", "x", InvalidRequest),
        ("best", "x", InvalidRequest),
        ("good", "", CommentRequired),
    ],
)
def test_the_grading_level_asks_for_a_grade_that_passes(
    grade: str | None, comment: str, raises: type[DomainError]
) -> None:
    office = person(Role.FINANCE_PERFORMANCE_OFFICE)
    with pytest.raises(raises):
        step(office, facts(State.REVIEW, 4), Request(Action.PASS, comment=comment, grade=grade))
    assert step(office, facts(State.REVIEW, 4), Request(Action.PASS, grade="excellent")).level_after == 5


def test_only_a_numbered_and_dated_reply_approves() -> None:
    budget = person(Role.FINANCE_BUDGET_OFFICE)
    with pytest.raises(InvalidRequest, match="reply_number_required"):
        step(budget, facts(State.REVIEW, 5), Request(Action.ISSUE_REPLY, reply_date=date(2022, 2, 10)))
    with pytest.raises(InvalidRequest, match="reply_date_required"):
        step(budget, facts(State.REVIEW, 5), Request(Action.ISSUE_REPLY, reply_number="5号"))
    with pytest.raises(NotPossibleNow, match="not_in_this_state"):
        step(budget, facts(State.REVIEW, 5), Request(Action.PASS))


def test_blocking_findings_stop_a_submission_and_travel_with_the_refusal() -> None:
    with pytest.raises(FormHasErrors) as refusal:
        step(person(Role.FILLER), facts(State.DRAFT, findings=(ERROR,)), Request(Action.SUBMIT))
    assert refusal.value.findings == (ERROR,)


def test_the_timer_takes_its_own_row_and_no_other() -> None:
    assert step(SYSTEM, facts(State.APPROVED), Request(Action.OPEN_EVALUATION)).target is State.YEAR_END_EVALUATION
    with pytest.raises(NotAllowed):
        step(SYSTEM, facts(State.REVIEW, 1), Request(Action.PASS))
    closed = facts(State.APPROVED, window_open=False, window_reason="evaluation_not_open")
    with pytest.raises(NotPossibleNow, match="evaluation_not_open"):
        step(SYSTEM, closed, Request(Action.OPEN_EVALUATION))


def countersigned(need: Need, k: int = 1) -> Route:
    signers = (
        (Role.FINANCE_BUSINESS_OFFICE, Desk.BUSINESS_OFFICE),
        (Role.DEPT_HEAD, Desk.OWN),
        (Role.SUPERIOR_REVIEWER, Desk.SUPERIOR),
    )
    seats = tuple(SeatRule(role, desk) for role, desk in signers)
    last = Level(2, (SeatRule(Role.FINANCE_BUDGET_OFFICE, Desk.FINANCE),), is_reply=True)
    return Route("countersigned", 1, RouteKind.TARGET, (Level(1, seats, need, k), last), "test")


@pytest.mark.parametrize(("need", "k", "passes"), [(Need.ALL, 1, 3), (Need.ANY, 1, 1), (Need.K, 2, 2)])
def test_a_level_moves_on_with_the_pass_that_meets_its_need(need: Need, k: int, passes: int) -> None:
    route = countersigned(need, k)
    people = [
        Actor(n, "signer", (Grant(rule.role, DESKS[rule.desk]),))
        for n, rule in enumerate(route.level(1).seats, start=1)
    ]
    seats = tuple(Seat(n, 1, n, r.role, DESKS[r.desk]) for n, r in enumerate(route.level(1).seats, start=1))
    decisions: tuple[Decision, ...] = ()
    for number, actor in enumerate(people[:passes], start=1):
        left = seats[number - 1 :]
        here = replace(facts(State.REVIEW, 1), route=route, seats=left, decisions=decisions)
        outcome = step(actor, here, Request(Action.PASS))
        assert outcome.level_after == (2 if number == passes else 1)
        assert outcome.closes_level is (number == passes)
        decisions += (Decision(1, number, number, Action.PASS),)


@pytest.mark.parametrize(
    "levels",
    [
        [],
        [{"seats": []}],
        [{"seats": [{"role": "filler", "desk": "own"}], "is_reply": True}],
        [{"seats": [{"role": "sys_admin", "desk": "finance"}], "is_reply": True}],
        [{"seats": [{"role": "dept_head", "desk": "own"}], "need": "k", "k": 2, "is_reply": True}],
        [
            {
                "seats": [{"role": "dept_head", "desk": "own"}, {"role": "observer", "desk": "own"}],
                "need": "all",
                "is_reply": True,
            }
        ],
        [{"seats": [{"role": "dept_head", "desk": "own"}]}],
        [{"seats": [{"role": "superior_reviewer", "desk": "superior"}], "is_reply": True}],
        [{"seats": [{"role": "dept_head", "desk": "own"}], "working_days": 0, "is_reply": True}],
        [{"seats": [{"role": "nobody", "desk": "own"}], "is_reply": True}],
    ],
)
def test_a_route_that_could_not_work_is_refused(levels: list[dict[str, object]]) -> None:
    with pytest.raises(RouteFault):
        read_route({"code": "x", "version": 1, "kind": "target", "source": "test", "levels": levels})


def test_a_step_carries_what_it_asks_for_and_nothing_else() -> None:
    filler, head = person(Role.FILLER), person(Role.DEPT_HEAD)
    steps = (
        (filler, facts(State.DRAFT), Action.SUBMIT),
        (filler, facts(State.YEAR_END_EVALUATION), Action.SUBMIT_EVALUATION),
        (filler, facts(State.YEAR_END_EVALUATION, 1), Action.WITHDRAW),
        (head, facts(State.REVIEW, 1), Action.PASS),
        (head, facts(State.YEAR_END_EVALUATION, 1), Action.PASS),
        (person(Role.FINANCE_PERFORMANCE_OFFICE), facts(State.YEAR_END_EVALUATION, 3), Action.CONFIRM),
    )
    for actor, here, action in steps:
        outcome = step(actor, here, replace(FULL, action=action))
        assert (outcome.grade, outcome.reply_number, outcome.reply_date) == (None, None, None), action


def test_a_reply_number_with_a_mark_of_secrecy_is_refused() -> None:
    budget = person(Role.FINANCE_BUDGET_OFFICE)
    with pytest.raises(InvalidRequest, match="mark_in_words"):
        step(budget, facts(State.REVIEW, 5), replace(FULL, action=Action.ISSUE_REPLY, reply_number="5号（机密）"))


def test_a_unit_that_lost_its_superior_meanwhile_goes_on_from_there() -> None:
    here = replace(facts(State.REVIEW, 2), place=ALONE)
    assert step(person(Role.SUPERIOR_REVIEWER), here, Request(Action.PASS)).level_after == 3


def test_after_a_return_from_above_a_pass_at_the_level_can_still_be_taken_back() -> None:
    seats = (SeatRule(Role.DEPT_HEAD, Desk.OWN), SeatRule(Role.FINANCE_BUSINESS_OFFICE, Desk.BUSINESS_OFFICE))
    reply = Level(3, (SeatRule(Role.FINANCE_BUDGET_OFFICE, Desk.FINANCE),), is_reply=True)
    route = Route("r", 1, RouteKind.TARGET, (Level(1, seats, Need.ALL), Level(2, seats[1:]), reply), "test")
    mine, returned = Decision(1, 1, 1, Action.PASS), Decision(3, 1, 9, Action.RETURN_FOR_REVISION)
    waits = Seat(102, 1, 2, Role.FINANCE_BUSINESS_OFFICE, OFFICE)
    here = replace(facts(State.REVIEW, 1), route=route, seats=(waits,), decisions=(mine, returned))
    outcome = step(person(Role.DEPT_HEAD), here, Request(Action.UNDO_PASS))
    assert (outcome.level_after, [plan.seat for plan in outcome.opens]) == (1, [1])


def test_a_pass_is_not_taken_back_by_somebody_who_lost_the_role() -> None:
    here = replace(facts(State.REVIEW, 2), decisions=(Decision(1, 1, 1, Action.PASS),))
    former = person(Role.EXTERNAL_EXPERT)
    with pytest.raises(NotAllowed, match="needs_role"):
        step(former, here, Request(Action.UNDO_PASS))


def test_nothing_is_reopened_that_could_not_be_handed_in_again() -> None:
    here = facts(State.CLOSED, window_open=False, window_reason="cycle_closed")
    with pytest.raises(NotPossibleNow, match="cycle_closed"):
        step(person(Role.FINANCE_PERFORMANCE_OFFICE), here, Request(Action.REOPEN, comment="复核"))
