"""What a step is said to do, against what it then does: the same seats, limits and messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.foresight import foresee, foresee_all
from service.queries.submissions import read
from service.queries.waiting import open_items
from service.usecases.decide import decide
from tests.factories import make_city, make_draft, make_person, make_submitted
from tests.steps import empty
from workers.outbox import drain_batch
from workflows.deadlines import beijing_date
from workflows.errors import NotAllowed, NotPossibleNow
from workflows.facts import Request
from workflows.lifecycle import Action, Role, State

WAY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("dept_head2", {"action": Action.PASS}),
    ("superior_reviewer", {"action": Action.PASS}),
    ("finance_business_office", {"action": Action.RETURN_FOR_REVISION, "comment": "请核对", "to_level": 1}),
    ("dept_head2", {"action": Action.PASS}),
    ("dept_head2", {"action": Action.UNDO_PASS}),
    ("dept_head2", {"action": Action.PASS}),
    ("superior_reviewer", {"action": Action.PASS}),
    ("finance_business_office", {"action": Action.PASS}),
    ("finance_performance_office", {"action": Action.PASS, "grade": "good", "comment": "较好"}),
    ("finance_budget_office", {"action": Action.ISSUE_REPLY, "reply_number": "1号", "reply_date": date(2022, 2, 1)}),
)


@pytest.fixture
def factory(engine: Engine) -> Iterator[sessionmaker[Session]]:
    yield session_factory(engine)
    empty(engine)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


def test_what_is_foreseen_is_what_comes(factory: sessionmaker[Session]) -> None:
    with unit_of_work(factory) as session:
        city = make_city(session, today=beijing_date(datetime.now(UTC)))
        make_person(session, "second-head", dept_head=city.below)
        form = make_submitted(session, city, filler="filler2")
    while drain_batch(factory, host=None):
        pass
    for who, fields in WAY:
        with unit_of_work(factory) as session:
            session.execute(text("delete from notification"))
            case = read(session.connection(), form)
            untyped = Request(fields["action"], to_level=fields.get("to_level"))
            foreseen = foresee(session.connection(), city[who], case, untyped)
            decide(
                session.connection(),
                city[who],
                submission_id=form,
                request=Request(**fields),
                version=case.locked.version,
                now=case.now,
            )
        while drain_batch(factory, host=None):
            pass
        with unit_of_work(factory) as session:
            connection = session.connection()
            now = read(connection, form)
            assert (foreseen.state, foreseen.level) == (now.locked.state, now.locked.level), who
            assert [(seat.level, seat.role, seat.place.id, seat.due_at) for seat in foreseen.seats] == [
                (item.level, item.role, item.department_id, item.due_at) for item in open_items(connection, form)
            ], who
            told = "select distinct p.name from notification n join person p on p.id = n.person_id order by p.name"
            assert list(foreseen.told) == list(session.execute(text(told)).scalars()), (who, fields)


def test_the_people_of_a_seat_are_those_who_may_take_it(session: Session) -> None:
    city = make_city(session, today=beijing_date(datetime.now(UTC)))
    make_person(session, "colleague", finance_business_office=city.office)
    make_person(session, "gone", finance_business_office=city.office)
    session.execute(text("update person set active = false where username = 'gone'"))
    form, connection = make_submitted(session, city), session.connection()
    # Who passed a level holds the next desk too, and may not sit there.
    session.execute(
        text("insert into role_assignment (person_id, role, department_id) values (:p, 'finance_business_office', :d)"),
        {"p": city["dept_head"].id, "d": city.office},
    )
    foreseen = foresee(connection, city["dept_head"], read(connection, form), Request(Action.PASS))
    [seat] = foreseen.seats
    assert (seat.role, seat.people) == (Role.FINANCE_BUSINESS_OFFICE, ("colleague", "finance_business_office"))
    assert foreseen.skipped == (2,)
    session.execute(
        text(
            "insert into draft_editor (submission_id, person_id, kind) select :s, id, 'target' from person where username = 'colleague'"
        ),
        {"s": form},
    )
    again = foresee(connection, city["dept_head"], read(connection, form), Request(Action.PASS))
    assert again.seats[0].people == ("finance_business_office",)


def test_a_return_leads_to_the_filler_whose_limit_it_names(session: Session) -> None:
    city = make_city(session, today=beijing_date(datetime.now(UTC)))
    form, connection = make_submitted(session, city), session.connection()
    foreseen = foresee(connection, city["dept_head"], read(connection, form), Request(Action.RETURN_FOR_REVISION))
    [seat] = foreseen.seats
    assert (foreseen.state, seat.level, seat.people) == (State.DRAFT, 0, ("filler",))
    assert foreseen.told == ("filler",)


def test_a_step_that_is_refused_says_why(session: Session) -> None:
    city = make_city(session, today=beijing_date(datetime.now(UTC)))
    form, connection = make_submitted(session, city), session.connection()
    draft = make_draft(session, city, filler="filler2")
    cases = [read(connection, one) for one in (form, draft)]
    passed = foresee_all(connection, city["filler"], cases, Request(Action.PASS))
    assert [type(one.refusal) for one in passed] == [NotAllowed, NotPossibleNow]
    assert all(not one.seats and not one.told for one in passed)


def test_who_stands_in_is_among_those_who_can_act_and_shares_the_eyes(session: Session) -> None:
    city = make_city(session, today=beijing_date(datetime.now(UTC)))
    form, connection = make_submitted(session, city), session.connection()
    stands_in = make_person(session, "stands-in")
    for delegate in (stands_in, city["filler"]):  # the filler prepared the form
        session.execute(
            text(
                "insert into delegation (person_id, delegate_id, role, department_id, starts_at, ends_at, reason, set_by)"
                " values (:p, :d, 'finance_business_office', :o, now() - interval '1 day', now() + interval '1 day', 'x', :p)"
            ),
            {"p": city["finance_business_office"].id, "d": delegate.id, "o": city.office},
        )
    foreseen = foresee(connection, city["dept_head"], read(connection, form), Request(Action.PASS))
    assert foreseen.seats[0].people == ("finance_business_office", "stands-in")
