"""Sign-off in full: delegation, hand-over, added signers, seats in order, conditions, empty desks, named sections, criteria."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.workflows.test_engine import BUREAU, OFFICE, SUPERIOR, UNIT, facts, full, person
from workflows.engine import allowed, step
from workflows.errors import InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import FIRST_ADDED_SEAT, Actor, Decision, Grant, Position, Request, Seat
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.refusals import explained_error
from workflows.route import (
    Desk,
    IfNobody,
    Level,
    Need,
    Route,
    RouteFault,
    SeatRule,
    When,
    read_route,
    shipped_route,
)
from workflows.route_data import route_data

HEAD = Role.DEPT_HEAD
BUSINESS = Role.FINANCE_BUSINESS_OFFICE
PERFORMANCE = Role.FINANCE_PERFORMANCE_OFFICE
REPLY = Level(9, (SeatRule(Role.FINANCE_BUDGET_OFFICE, Desk.FINANCE),), is_reply=True)


def route(*levels: Level) -> Route:
    numbered = tuple(replace(level, number=n) for n, level in enumerate((*levels, REPLY), start=1))
    return Route("test", 1, RouteKind.TARGET, numbered, "test")


def level(*roles: Role, **settings: object) -> Level:
    desks = {HEAD: Desk.OWN, Role.SUPERIOR_REVIEWER: Desk.SUPERIOR, BUSINESS: Desk.BUSINESS_OFFICE}
    return Level(1, tuple(SeatRule(role, desks.get(role, Desk.FINANCE)) for role in roles), **settings)  # type: ignore[arg-type]


def seat(number: int, role: Role, department: int, *, at: int = 1, **settings: object) -> Seat:
    return Seat(100 * at + number, at, number, role, department, **settings)  # type: ignore[arg-type]


def delegate(role: Role, department: int, *, of: int, id_: int = 7) -> Actor:
    return Actor(id_, "delegate", (Grant(role, department, of),))


def test_a_delegate_decides_for_whom_they_stand_and_both_are_named() -> None:
    outcome = step(delegate(HEAD, UNIT, of=3), facts(State.REVIEW, 1), Request(Action.PASS))
    assert outcome.acting == Grant(HEAD, UNIT, 3)


def test_a_delegation_never_breaks_four_eyes() -> None:
    stands = delegate(HEAD, UNIT, of=3)
    with pytest.raises(NotAllowed, match="stands_for_own_submission"):
        step(stands, facts(State.REVIEW, 1, prepared_by=frozenset({3})), Request(Action.PASS))
    with pytest.raises(NotAllowed, match="own_submission"):
        step(stands, facts(State.REVIEW, 1, prepared_by=frozenset({7})), Request(Action.PASS))
    decided = (Decision(1, 1, 3, Action.PASS),)
    with pytest.raises(NotAllowed, match="stands_for_decided_another_level"):
        step(delegate(BUSINESS, OFFICE, of=3), facts(State.REVIEW, 3, decisions=decided), Request(Action.PASS))
    by_a_delegate = (Decision(1, 1, 8, Action.PASS, on_behalf_of=3),)
    with pytest.raises(NotAllowed, match="decided_another_level"):
        step(person(BUSINESS, id_=3), facts(State.REVIEW, 3, decisions=by_a_delegate), Request(Action.PASS))


def test_one_human_being_with_two_accounts_is_one_pair_of_eyes() -> None:
    head = replace(person(HEAD, id_=1), twins=((1, 21),))
    with pytest.raises(NotAllowed, match="own_submission"):
        step(head, facts(State.REVIEW, 1, prepared_by=frozenset({21})), Request(Action.PASS))
    stands = replace(delegate(HEAD, UNIT, of=3), twins=((3, 23),))
    with pytest.raises(NotAllowed, match="stands_for_own_submission"):
        step(stands, facts(State.REVIEW, 1, prepared_by=frozenset({23})), Request(Action.PASS))


def test_ones_own_authority_comes_before_a_delegated_one() -> None:
    both = Actor(7, "both", (Grant(HEAD, UNIT, 3), Grant(HEAD, UNIT)))
    assert step(both, facts(State.REVIEW, 1), Request(Action.PASS)).acting == Grant(HEAD, UNIT)


def test_a_seat_that_names_somebody_is_theirs_and_their_delegates() -> None:
    here = facts(State.REVIEW, 1, seats=(seat(1, HEAD, UNIT, person_id=3),))
    with pytest.raises(NotAllowed, match="needs_seat"):
        step(person(HEAD, id_=1), here, Request(Action.PASS))
    with pytest.raises(NotAllowed, match="needs_seat"):
        step(delegate(HEAD, UNIT, of=4), here, Request(Action.PASS))
    assert step(delegate(HEAD, UNIT, of=3), here, Request(Action.PASS)).acting == Grant(HEAD, UNIT, 3)
    assert step(person(HEAD, id_=3), here, Request(Action.PASS)).acts_on == here.seats[0]


def test_a_work_item_is_handed_to_somebody_of_the_same_post() -> None:
    colleague = person(HEAD, id_=50)
    outcome = step(person(HEAD), facts(State.REVIEW, 1, colleague=colleague), full(Action.HAND_OVER))
    assert (outcome.level_after, outcome.closes_level, outcome.to_person) == (1, False, 50)
    (plan,) = outcome.opens
    assert (plan.level, plan.seat, plan.role, plan.person_id, plan.added_by) == (1, 1, HEAD, 50, 1)
    assert outcome.acts_on is not None


def test_who_prepared_the_form_may_hand_it_over_and_never_to_another_who_did() -> None:
    here = facts(State.REVIEW, 1, prepared_by=frozenset({1, 50}), colleague=person(HEAD, id_=50))
    assert {button.action: button.reason for button in allowed(person(HEAD), here)}[Action.HAND_OVER] is None
    with pytest.raises(InvalidRequest, match="person_may_not_decide"):
        step(person(HEAD), here, full(Action.HAND_OVER))


@pytest.mark.parametrize(
    ("colleague", "reason"),
    [
        (None, "no_such_colleague"),
        (person(BUSINESS, id_=50), "person_lacks_role"),
        (Actor(50, "twin", (Grant(HEAD, UNIT),)), "person_is_yourself"),
    ],
)
def test_a_hand_over_to_nobody_to_a_stranger_or_to_oneself_is_refused(colleague: Actor | None, reason: str) -> None:
    me = replace(person(HEAD), twins=((1, 50),) if reason == "person_is_yourself" else ())
    with pytest.raises(InvalidRequest, match=reason):
        step(me, facts(State.REVIEW, 1, colleague=colleague), full(Action.HAND_OVER))


def test_who_asks_for_a_signature_before_theirs_waits_for_it() -> None:
    outcome = step(person(HEAD), facts(State.REVIEW, 1), full(Action.ADD_SIGNER, position=Position.BEFORE))
    assert outcome.acts_on is None, "the asker's own work item stays open"
    (plan,) = outcome.opens
    assert (plan.seat, plan.person_id, plan.holds_up) == (FIRST_ADDED_SEAT, 50, 1)
    asked = seat(FIRST_ADDED_SEAT, PERFORMANCE, BUREAU, person_id=50, holds_up=1)
    here = facts(State.REVIEW, 1, seats=(seat(1, HEAD, UNIT), asked))
    with pytest.raises(NotPossibleNow, match="waits_for_added_signer"):
        step(person(HEAD), here, Request(Action.PASS))
    signed = step(Actor(50, "asked", (Grant(PERFORMANCE, BUREAU),)), here, Request(Action.PASS))
    assert signed.level_after == 1, "an added signature alone leads nowhere"
    decided = replace(here, seats=here.seats[:1], decisions=(Decision(1, FIRST_ADDED_SEAT, 50, Action.PASS),))
    assert step(person(HEAD), decided, Request(Action.PASS)).level_after == 2


def test_a_level_waits_for_everybody_who_was_asked_beside_it() -> None:
    beside = seat(FIRST_ADDED_SEAT, PERFORMANCE, BUREAU, person_id=50)
    here = facts(State.REVIEW, 1, seats=(seat(1, HEAD, UNIT), beside))
    assert step(person(HEAD), here, Request(Action.PASS)).level_after == 1
    left = replace(here, seats=(beside,), decisions=(Decision(1, 1, 1, Action.PASS),))
    signer = Actor(50, "asked", (Grant(PERFORMANCE, BUREAU),))
    assert step(signer, left, Request(Action.PASS)).level_after == 2


def test_a_signature_after_mine_goes_with_my_pass() -> None:
    request = Request(Action.PASS, to_person=50, position=Position.AFTER)
    outcome = step(person(HEAD), facts(State.REVIEW, 1), request)
    assert outcome.level_after == 1
    assert outcome.acts_on is not None
    assert [plan.person_id for plan in outcome.opens] == [50]
    assert outcome.to_person == 50


def test_the_reply_waits_for_who_was_asked_and_they_pass_it() -> None:
    budget = person(Role.FINANCE_BUDGET_OFFICE)
    beside = seat(FIRST_ADDED_SEAT, PERFORMANCE, BUREAU, at=5, person_id=50)
    here = facts(State.REVIEW, 5, seats=(seat(1, Role.FINANCE_BUDGET_OFFICE, BUREAU, at=5), beside))
    with pytest.raises(NotPossibleNow, match="waits_for_added_signer"):
        step(budget, here, full(Action.ISSUE_REPLY))
    signer = Actor(50, "asked", (Grant(PERFORMANCE, BUREAU),))
    buttons = {button.action for button in allowed(signer, here)}
    assert Action.PASS in buttons
    assert not buttons & {Action.ISSUE_REPLY, Action.ADD_SIGNER, Action.REJECT}
    assert step(signer, here, Request(Action.PASS)).level_after == 5


def test_an_added_signer_asks_nobody_else_and_gives_no_grade() -> None:
    asked = seat(FIRST_ADDED_SEAT, BUSINESS, OFFICE, at=4, person_id=50)
    here = facts(State.REVIEW, 4, seats=(asked,))
    signer = Actor(50, "asked", (Grant(BUSINESS, OFFICE),))
    with pytest.raises(InvalidRequest, match="added_signer_adds_nobody"):
        step(signer, here, Request(Action.PASS, to_person=51, position=Position.AFTER))
    assert step(signer, here, Request(Action.PASS, grade="good", comment="可")).grade is None


def test_nobody_is_asked_twice_nor_without_authority_nor_without_end() -> None:
    taken = (seat(1, HEAD, UNIT), seat(FIRST_ADDED_SEAT, PERFORMANCE, BUREAU, person_id=50))
    with pytest.raises(InvalidRequest, match="person_signs_already"):
        step(person(HEAD), facts(State.REVIEW, 1, seats=taken), full(Action.ADD_SIGNER))
    observer = Actor(50, "observer", (Grant(Role.OBSERVER, BUREAU), Grant(Role.FILLER, UNIT), Grant(HEAD, SUPERIOR)))
    with pytest.raises(InvalidRequest, match="person_lacks_role"):
        step(person(HEAD), facts(State.REVIEW, 1, colleague=observer), full(Action.ADD_SIGNER))
    many = tuple(Decision(1, FIRST_ADDED_SEAT + n, 60 + n, Action.PASS) for n in range(9))
    with pytest.raises(NotPossibleNow, match="too_many_added"):
        step(person(HEAD), facts(State.REVIEW, 1, decisions=many), full(Action.ADD_SIGNER))


@pytest.mark.parametrize(
    ("action", "position"),
    [(Action.ADD_SIGNER, None), (Action.ADD_SIGNER, Position.AFTER), (Action.PASS, Position.BEFORE)],
)
def test_a_position_that_does_not_go_with_the_action_is_refused(action: Action, position: Position | None) -> None:
    with pytest.raises(InvalidRequest, match="position_not_here"):
        step(person(HEAD), facts(State.REVIEW, 1), Request(action, to_person=50, position=position))


def test_seats_that_sign_in_order_open_one_after_another() -> None:
    joint = route(level(HEAD, BUSINESS, PERFORMANCE, need=Need.ALL, in_order=True))
    here = facts(State.DRAFT, route=joint)
    first = step(person(Role.FILLER, id_=9), here, full(Action.SUBMIT)).opens
    assert [plan.seat for plan in first] == [1]
    here = facts(State.REVIEW, route=joint, level=1, seats=(seat(1, HEAD, UNIT),))
    passed = step(person(HEAD), here, Request(Action.PASS))
    assert (passed.level_after, [plan.seat for plan in passed.opens]) == (1, [2])
    last = replace(
        here,
        seats=(seat(3, PERFORMANCE, BUREAU),),
        decisions=(Decision(1, 1, 1, Action.PASS), Decision(1, 2, 2, Action.PASS)),
    )
    assert step(person(PERFORMANCE, id_=4), last, Request(Action.PASS)).level_after == 2


def test_a_level_is_for_the_forms_that_its_condition_names() -> None:
    large = level(BUSINESS, when=When(amount=Decimal(500)))
    project = level(PERFORMANCE, when=When(forms=frozenset({"project"})))
    chain = route(level(HEAD), large, project)
    here = facts(State.REVIEW, 1, route=chain)
    outcomes = [
        step(person(HEAD), replace(here, amount=amount), Request(Action.PASS))
        for amount in (None, Decimal(500), Decimal(499))
    ]
    assert [outcome.level_after for outcome in outcomes] == [2, 2, 4], "a blank amount is not a small one"
    assert outcomes[-1].skipped == (2, 3)
    assert When(forms=frozenset({"project"})).holds("project@2022", None)


def test_a_desk_without_anybody_waits_is_passed_over_or_escalates_as_the_route_says() -> None:
    def after(if_nobody: IfNobody, there: tuple[frozenset[int], ...]) -> tuple[int | None, tuple[int, ...], list[Role]]:
        boss = SeatRule(PERFORMANCE, Desk.FINANCE)
        chain = route(level(HEAD), level(BUSINESS, if_nobody=if_nobody, escalate_to=boss))
        staff = {Grant(BUSINESS, OFFICE): there}
        here = facts(State.REVIEW, 1, route=chain, staff=staff, prepared_by=frozenset({5}))
        outcome = step(person(HEAD), here, Request(Action.PASS))
        return outcome.level_after, outcome.skipped, [plan.role for plan in outcome.opens]

    nobody, preparer, me = (), (frozenset({5}),), (frozenset({1}),)
    somebody = (frozenset({1}), frozenset({6}))
    for there in (nobody, preparer, me):
        assert after(IfNobody.WAIT, there) == (2, (), [BUSINESS])
        assert after(IfNobody.SKIP, there) == (3, (2,), [Role.FINANCE_BUDGET_OFFICE])
        assert after(IfNobody.ESCALATE, there) == (2, (), [PERFORMANCE])
    assert after(IfNobody.SKIP, somebody) == (2, (), [BUSINESS])


def test_a_route_reads_back_from_what_it_is_written_as() -> None:
    rich = route(
        level(HEAD, BUSINESS, need=Need.ALL, in_order=True, working_days=3),
        level(
            BUSINESS,
            when=When(frozenset({"project"}), Decimal("500.5")),
            escalate_to=SeatRule(PERFORMANCE, Desk.FINANCE),
            if_nobody=IfNobody.ESCALATE,
        ),
        level(PERFORMANCE, asks_grade=True),
    )
    for one in (rich, shipped_route("city-standard"), shipped_route("city-evaluation")):
        assert read_route(route_data(one)) == one


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"in_order": True}, "in_order"),
        ({"if_nobody": "escalate"}, "escalate_missing"),
        ({"if_nobody": "skip", "asks_grade": True}, "never_skipped"),
        ({"when": {"amount": "-1"}}, "amount"),
        ({"when": {"amount": "many"}}, "amount"),
        ({"escalate_to": {"role": "sys_admin", "desk": "finance"}}, "reviewer"),
        ({"escalate_to": {"role": "nobody", "desk": "finance"}}, "seat"),
    ],
)
def test_a_route_that_contradicts_itself_is_refused(settings: dict[str, object], words: str) -> None:
    data = route_data(route(level(HEAD)))
    data["levels"][0] |= settings
    with pytest.raises(RouteFault, match=rf"^route\.{words}$") as refused:
        read_route(data)
    assert refused.value.level == 1
    assert all(explained_error(refused.value, lang=lang) for lang in ("zh", "en"))


def test_no_form_goes_past_the_last_level() -> None:
    data = route_data(route(level(HEAD)))
    data["levels"][1]["when"] = {"amount": "500"}
    with pytest.raises(RouteFault, match=r"route\.last_always"):
        read_route(data)


def test_a_return_may_unlock_named_sections_alone() -> None:
    back = step(person(HEAD), facts(State.REVIEW, 1), full(Action.RETURN_FOR_REVISION, sections=("key_tasks",)))
    assert back.unlocks == frozenset({"key_tasks"})
    whole = step(person(HEAD), facts(State.REVIEW, 1), full(Action.RETURN_FOR_REVISION))
    assert whole.unlocks is None
    draft = facts(State.DRAFT, unlocked_sections=back.unlocks)
    filler = person(Role.FILLER)
    assert step(filler, draft, Request(Action.EDIT, sections=("key_tasks",))).records is False
    with pytest.raises(NotPossibleNow, match="section_locked"):
        step(filler, draft, Request(Action.EDIT, sections=("key_tasks", "budget")))
    handed_in = step(filler, draft, full(Action.SUBMIT))
    assert handed_in.unlocks == back.unlocks, "a withdrawal afterwards takes no lock away"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (full(Action.RETURN_FOR_REVISION, sections=()), "no_section_named"),
        (full(Action.RETURN_FOR_REVISION, sections=("salaries",)), "no_section_named"),
        (full(Action.RETURN_FOR_REVISION, sections=("budget",), to_level=1), "sections_not_here"),
    ],
)
def test_sections_that_are_none_or_out_of_place_are_refused(request_: Request, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        step(person(BUSINESS), facts(State.REVIEW, 3), request_)


def test_a_return_from_the_level_that_grades_may_say_fair() -> None:
    office = person(PERFORMANCE)
    here = facts(State.REVIEW, 4)
    assert step(office, here, full(Action.RETURN_FOR_REVISION, grade="fair")).grade == "fair"
    assert step(office, here, full(Action.RETURN_FOR_REVISION, grade="excellent")).grade is None
    assert step(person(BUSINESS), facts(State.REVIEW, 3), full(Action.RETURN_FOR_REVISION, grade="fair")).grade is None


def test_the_criteria_are_graded_all_or_none() -> None:
    office, here = person(PERFORMANCE), facts(State.REVIEW, 4)
    four = {"completeness": "excellent", "relevance": "good", "adequacy": "good", "feasibility": "excellent"}
    assert step(office, here, full(Action.PASS, criteria=four)).criteria == four
    for wrong in ({"completeness": "good"}, four | {"relevance": "great"}, four | {"taste": "good"}):
        with pytest.raises(InvalidRequest, match="criteria_incomplete"):
            step(office, here, full(Action.PASS, criteria=wrong))
