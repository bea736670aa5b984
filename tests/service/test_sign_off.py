"""Delegation, hand-over, added signers and named sections on a real database: who may, who is named, what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.actor import by_id
from service.queries.inbox import Tab, inbox
from service.queries.submissions import read
from service.queries.visible import visible_ids
from service.usecases.decide import decide
from service.usecases.delegate import delegate, take_back
from service.usecases.save_section import save_section
from tests.factories import City, make_city, make_person, make_submitted
from tests.steps import Step, empty, step_taker
from workers.outbox import drain_batch
from workflows.deadlines import beijing_date
from workflows.delegating import Lent
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor, Position, Request
from workflows.lifecycle import Action, Role, State

Lend = Callable[..., int]


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    empty(engine)
    with unit_of_work(factory) as session:
        made = make_city(session)
        made.people["deputy"] = make_person(session, "deputy", filler=made.unit)
        made.people["second_head"] = make_person(session, "second_head", dept_head=made.unit)
    return made


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    return step_taker(factory, city)


@pytest.fixture
def form(factory: sessionmaker[Session], city: City) -> int:
    with unit_of_work(factory) as session:
        return make_submitted(session, city)


@pytest.fixture
def lend(factory: sessionmaker[Session], city: City) -> Lend:
    """Lend the head's role from today for a week, as somebody."""

    def lend(by: str = "dept_head", to: str = "deputy", **changes: Any) -> int:  # noqa: ANN401 - the fields of Lent
        today = today_of(factory)
        usual: dict[str, Any] = {
            "role": Role.DEPT_HEAD,
            "department_id": city.unit,
            "starts_on": today,
            "ends_on": today,
        }
        lent = Lent(**(usual | changes))
        with unit_of_work(factory) as session:
            owner = city["dept_head"].id
            assert owner is not None
            who = city[to].id
            assert who is not None
            return delegate(session, city[by], person_id=owner, delegate_id=who, lent=lent, reason="出差")

    return lend


def today_of(factory: sessionmaker[Session]) -> date:
    with unit_of_work(factory) as session:
        return beijing_date(session.execute(text("select clock_timestamp()")).scalar_one())


def fresh(factory: sessionmaker[Session], actor: Actor) -> Actor:
    """The person with the grants of this moment."""
    assert actor.id is not None
    with unit_of_work(factory) as session:
        found = by_id(session.connection(), actor.id)
    assert found is not None
    return found


def act(factory: sessionmaker[Session], who: Actor, form: int, **request: Any) -> None:  # noqa: ANN401 - the fields of Request
    actor = fresh(factory, who)
    with unit_of_work(factory) as session:
        version = read(session.connection(), form).locked.version
        decide(session.connection(), actor, submission_id=form, request=Request(**request), version=version)


def todo(factory: sessionmaker[Session], who: Actor) -> list[int]:
    with unit_of_work(factory) as session:
        return [line.submission_id for line in inbox(session.connection(), fresh(factory, who), tab=Tab.TODO, limit=50)]


class TestDelegation:
    def test_a_delegate_finds_the_work_decides_it_and_both_are_named(
        self, engine: Engine, factory: sessionmaker[Session], city: City, form: int, lend: Lend
    ) -> None:
        assert todo(factory, city["deputy"]) == []
        lend()
        assert todo(factory, city["deputy"]) == [form]
        act(factory, city["deputy"], form, action=Action.PASS, comment="同意")
        with engine.connect() as connection:
            said = connection.execute(text("select person_id, on_behalf_of_id, role from opinion")).one()
            body = connection.execute(text("select body from event where action = 'pass'")).scalar_one()
        assert tuple(said) == (city["deputy"].id, city["dept_head"].id, "dept_head")
        assert body["on_behalf_of"] == city["dept_head"].id

    def test_a_delegate_who_prepared_the_form_finds_nothing_and_decides_nothing(
        self, factory: sessionmaker[Session], city: City, form: int, lend: Lend
    ) -> None:
        lend(to="filler")
        with pytest.raises(NotAllowed, match="own_submission"):
            act(factory, city["filler"], form, action=Action.PASS)

    def test_what_its_owner_loses_the_delegate_loses(
        self, factory: sessionmaker[Session], city: City, form: int, lend: Lend
    ) -> None:
        lend()
        with unit_of_work(factory) as session:
            session.execute(text("delete from role_assignment where person_id = :id"), {"id": city["dept_head"].id})
        assert todo(factory, city["deputy"]) == []
        with pytest.raises(NotAllowed):
            act(factory, city["deputy"], form, action=Action.PASS)

    def test_it_ends_by_itself_and_by_hand(
        self, engine: Engine, factory: sessionmaker[Session], city: City, form: int, lend: Lend
    ) -> None:
        today = today_of(factory)
        lend(starts_on=today + timedelta(days=1), ends_on=today + timedelta(days=2))
        assert todo(factory, city["deputy"]) == [], "it has not begun"
        running = lend()
        with unit_of_work(factory) as session, pytest.raises(NotFound):
            take_back(session, city["filler2"], delegation_id=running)
        with unit_of_work(factory) as session:
            take_back(session, city["deputy"], delegation_id=running)
        assert todo(factory, city["deputy"]) == []
        with unit_of_work(factory) as session, pytest.raises(NotPossibleNow, match="delegation_ended"):
            take_back(session, city["dept_head"], delegation_id=running)
        with engine.begin() as connection:
            connection.execute(text("update delegation set starts_at = now() - interval '2 day', ends_at = now()"))
        assert todo(factory, city["deputy"]) == []

    def test_what_was_lent_is_not_lent_on_and_no_stranger_lends(
        self, factory: sessionmaker[Session], city: City, lend: Lend
    ) -> None:
        lend()
        deputy = fresh(factory, city["deputy"])
        today = today_of(factory)
        lent = Lent(Role.DEPT_HEAD, city.unit, today, today)
        with unit_of_work(factory) as session, pytest.raises(InvalidRequest, match="role_not_lent"):
            delegate(
                session, deputy, person_id=deputy.id or 0, delegate_id=city["filler"].id or 0, lent=lent, reason="x"
            )
        with pytest.raises(NotAllowed):
            lend(by="filler")
        lend(by="sec_admin", to="second_head")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"to": "filler2"}, "delegate_id"),
            ({"to": "dept_head"}, "delegate_id"),
            ({"to": "sys_admin"}, "delegate_id"),
            ({"role": Role.FINANCE_BUDGET_OFFICE}, "role"),
            ({"role": Role.FILLER}, "role"),
            ({"starts_on": date(2020, 1, 1)}, "starts_on"),
            ({"ends_on": date(2020, 1, 1)}, "ends_on"),
            ({"ends_on": date(2099, 1, 1)}, "ends_on"),
        ],
    )
    def test_what_can_not_be_lent_names_its_field(self, lend: Lend, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidRequest) as refused:
            lend(**changes)
        assert refused.value.field == field

    def test_both_are_told_and_the_chain_knows(
        self, engine: Engine, factory: sessionmaker[Session], city: City, lend: Lend
    ) -> None:
        lend(by="sec_admin")
        drain_batch(factory, host=None)
        with engine.connect() as connection:
            told = connection.execute(
                text("select person_id from notification where topic = 'delegation.lent'")
            ).scalars()
            assert set(told) == {city["deputy"].id, city["dept_head"].id}
            action = (
                "select action from event where subject_kind = 'person' and subject_id = :id order by seq desc limit 1"
            )
            assert connection.execute(text(action), {"id": city["dept_head"].id}).scalar_one() == "delegate"

    def test_a_second_account_of_the_filler_is_no_second_pair_of_eyes(
        self, engine: Engine, factory: sessionmaker[Session], city: City, form: int
    ) -> None:
        with engine.begin() as connection:
            pair = {"twin": city["second_head"].id, "one": city["filler"].id}
            connection.execute(text("update person set same_person_as_id = :one where id = :twin"), pair)
        with pytest.raises(NotAllowed, match="own_submission"):
            act(factory, city["second_head"], form, action=Action.PASS)
        act(factory, city["dept_head"], form, action=Action.PASS)


class TestHandOver:
    def test_it_lies_on_one_desk_and_comes_back_to_nobody_else(
        self, factory: sessionmaker[Session], city: City, form: int
    ) -> None:
        act(factory, city["dept_head"], form, action=Action.HAND_OVER, to_person=city["second_head"].id)
        assert todo(factory, city["dept_head"]) == []
        assert todo(factory, city["second_head"]) == [form]
        with pytest.raises(NotAllowed, match="needs_seat"):
            act(factory, city["dept_head"], form, action=Action.PASS)
        drain_batch(factory, host=None)
        with unit_of_work(factory) as session:
            told = session.execute(text("select person_id from notification where topic = 'submission.hand_over'"))
            assert city["second_head"].id in set(told.scalars())
        act(factory, city["second_head"], form, action=Action.PASS)
        assert todo(factory, city["finance_business_office"]) == [form]

    def test_nobody_outside_the_post_gets_it(self, factory: sessionmaker[Session], city: City, form: int) -> None:
        for who in ("filler", "finance_business_office", "dept_head2"):
            with pytest.raises(InvalidRequest, match=r"person_lacks_role|person_may_not_decide"):
                act(factory, city["dept_head"], form, action=Action.HAND_OVER, to_person=city[who].id)
        with pytest.raises(InvalidRequest, match="no_such_colleague"):
            act(factory, city["dept_head"], form, action=Action.HAND_OVER, to_person=999_999)


class TestAddedSigner:
    def ask(self, factory: sessionmaker[Session], city: City, form: int, position: Position) -> None:
        asked = {"to_person": city["finance_performance_office"].id, "position": position}
        act(factory, city["dept_head"], form, action=Action.ADD_SIGNER, **asked)

    def test_before_waits_and_the_form_goes_on_after_both(
        self, factory: sessionmaker[Session], city: City, form: int
    ) -> None:
        self.ask(factory, city, form, Position.BEFORE)
        assert todo(factory, city["finance_performance_office"]) == [form]
        with pytest.raises(NotPossibleNow, match="waits_for_added_signer"):
            act(factory, city["dept_head"], form, action=Action.PASS)
        act(factory, city["finance_performance_office"], form, action=Action.PASS, comment="目标明确")
        act(factory, city["dept_head"], form, action=Action.PASS)
        assert todo(factory, city["finance_business_office"]) == [form]

    def test_a_return_by_who_was_asked_closes_everything(
        self, engine: Engine, factory: sessionmaker[Session], city: City, form: int
    ) -> None:
        self.ask(factory, city, form, Position.BESIDE)
        act(factory, city["finance_performance_office"], form, action=Action.RETURN_FOR_REVISION, comment="请补充")
        with engine.connect() as connection:
            open_ = connection.execute(text("select level, role from work_item where closed_at is null")).all()
        assert [tuple(row) for row in open_] == [(0, "filler")]

    def test_after_goes_with_the_pass(self, factory: sessionmaker[Session], city: City, form: int) -> None:
        asked = {"to_person": city["finance_performance_office"].id, "position": Position.AFTER}
        act(factory, city["dept_head"], form, action=Action.PASS, **asked)
        assert todo(factory, city["finance_business_office"]) == []
        act(factory, city["finance_performance_office"], form, action=Action.PASS)
        assert todo(factory, city["finance_business_office"]) == [form]

    def test_who_signed_beside_one_level_does_not_decide_another(
        self, factory: sessionmaker[Session], city: City, form: int
    ) -> None:
        self.ask(factory, city, form, Position.BESIDE)
        act(factory, city["finance_performance_office"], form, action=Action.PASS)
        act(factory, city["dept_head"], form, action=Action.PASS)
        act(factory, city["finance_business_office"], form, action=Action.PASS)
        with pytest.raises(NotAllowed, match="decided_another_level"):
            act(factory, city["finance_performance_office"], form, action=Action.PASS, grade="excellent")

    def test_who_is_asked_sees_the_form_though_their_roles_would_not_show_it(
        self, factory: sessionmaker[Session], city: City, form: int
    ) -> None:
        self.ask(factory, city, form, Position.BESIDE)
        signer = fresh(factory, city["finance_performance_office"])
        with unit_of_work(factory) as session:
            assert visible_ids(session.connection(), signer, ids=[form]) == {form}


class TestNamedSections:
    def test_only_what_was_returned_can_be_changed(
        self, factory: sessionmaker[Session], city: City, form: int, step: Step
    ) -> None:
        back = {"comment": "请细化任务", "sections": ("key_tasks",)}
        act(factory, city["dept_head"], form, action=Action.RETURN_FOR_REVISION, **back)
        with unit_of_work(factory) as session:
            case = read(session.connection(), form)
            assert (case.locked.state, case.locked.unlocked_sections) == (State.DRAFT, ["key_tasks"])
            rows = session.execute(
                text("select section, version, body -> 'value' as value from draft_section where submission_id = :id"),
                {"id": form},
            ).all()
        stood = {row.section: (row.version, row.value) for row in rows}

        def save(section: str, value: object) -> None:
            with unit_of_work(factory) as session:
                save_section(
                    session,
                    city["filler"],
                    submission_id=form,
                    section=section,
                    value=value,
                    base_version=stood[section][0],
                )

        with pytest.raises(NotPossibleNow, match="section_locked"):
            save("overall_goal", "另一个目标")
        tasks = [dict(row) for row in stood["key_tasks"][1]]
        tasks[0]["content"] = "更具体的内容"
        save("key_tasks", tasks)
        step(form, "filler", Action.SUBMIT)
        step(form, "filler", Action.WITHDRAW)
        with pytest.raises(NotPossibleNow, match="section_locked"):
            save("overall_goal", "另一个目标")
