"""催办 and 抄送: who may, once in 24 hours, to whom it is told, and what the copy's reader has in their box."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.db import make_engine, session_factory, unit_of_work
from service.queries.courtesies import copies_of, readers_of, urges_of
from service.usecases.circulate import circulate, read_copy
from service.usecases.decide import decide
from service.usecases.urge import NotUrged, Urged, urge, urge_many
from tests.factories import City, make_city, make_submitted
from tests.steps import empty
from workers.outbox import drain_batch
from workflows.deadlines import BEIJING
from workflows.errors import DomainError, InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Request
from workflows.lifecycle import Action, Role


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


@pytest.fixture
def city(session: Session) -> City:
    return make_city(session)


def test_a_second_urge_within_a_day_is_refused_with_the_time_when_it_is_possible(session: Session, city: City) -> None:
    form, connection = make_submitted(session, city), session.connection()
    first = urge(connection, city["filler"], submission_id=form)
    for later in (timedelta(0), timedelta(hours=23, minutes=59)):
        with pytest.raises(NotPossibleNow) as refused:
            urge(connection, city["filler"], submission_id=form, now=first.at + later)
        assert refused.value.reason == "urged_lately"
        assert refused.value.params["until"] == first.again_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    # Somebody else has a turn of their own, and so has the same person a day later.
    urge(connection, city["finance_performance_office"], submission_id=form, now=first.at)
    urge(connection, city["filler"], submission_id=form, now=first.again_at)
    assert [(one.person, one.role, one.waited_for) for one in urges_of(connection, form)] == [
        ("filler", Role.FILLER, (Role.DEPT_HEAD,)),
        ("finance_performance_office", Role.FINANCE_PERFORMANCE_OFFICE, (Role.DEPT_HEAD,)),
        ("filler", Role.FILLER, (Role.DEPT_HEAD,)),
    ]


def test_who_only_reads_hurries_nobody(session: Session, city: City) -> None:
    form, connection = make_submitted(session, city), session.connection()
    refusals: dict[str, tuple[type[DomainError], str]] = {
        "secrecy_reviewer": (NotAllowed, "takes_no_part"),
        "external_expert": (NotAllowed, "takes_no_part"),
        "observer": (NotFound, "not_found"),
        "sys_admin": (NotFound, "not_found"),
        "filler2": (NotFound, "not_found"),
    }
    reader = city["finance_performance_office"].id or 0
    for who, (kind, reason) in refusals.items():
        with pytest.raises(kind) as refused:
            urge(connection, city[who], submission_id=form)
        assert refused.value.reason == reason, who
        with pytest.raises(kind) as refused:
            circulate(connection, city[who], submission_id=form, people=[reader])
        assert refused.value.reason == reason, who
    with pytest.raises(NotPossibleNow) as oneself:
        urge(connection, city["dept_head"], submission_id=form)
    assert oneself.value.reason == "waits_for_you"
    assert urges_of(connection, form) == []
    assert copies_of(connection, form) == []


def test_nobody_is_hurried_where_nobody_is_waited_for(session: Session, city: City) -> None:
    form, connection = make_submitted(session, city), session.connection()
    session.execute(
        text("update work_item set closed_at = now(), outcome = 'pass' where submission_id = :f"), {"f": form}
    )
    with pytest.raises(NotPossibleNow) as refused:
        urge(connection, city["filler"], submission_id=form)
    assert refused.value.reason == "nobody_to_urge"


def test_many_are_hurried_each_judged_alone(session: Session, city: City) -> None:
    mine, other = make_submitted(session, city), make_submitted(session, city, filler="filler2")
    connection, office = session.connection(), city["finance_performance_office"]
    urge(connection, office, submission_id=mine)
    results = urge_many(connection, office, ids=[mine, other, 10**12])
    assert [type(one) for one in results] == [NotUrged, Urged, NotUrged]
    assert [one.reason.reason for one in results if isinstance(one, NotUrged)] == ["urged_lately", "not_found"]
    with pytest.raises(InvalidRequest):
        urge_many(connection, office, ids=list(range(1, 502)))


def test_of_two_presses_at_once_one_goes_through(engine: Engine, database_url: str) -> None:
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        city = make_city(session)
        form = make_submitted(session, city)
    barrier, results = Barrier(4), []

    def press() -> None:
        own = make_engine(database_url, pool_size=1, role="test")
        with unit_of_work(session_factory(own)) as session:
            connection = session.connection()
            barrier.wait()
            results.append(type(urge_many(connection, city["filler"], ids=[form])[0]))
        own.dispose()

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.__name__ for one in results) == ["NotUrged", "NotUrged", "NotUrged", "Urged"]
    while drain_batch(factory, host=None):
        pass
    with unit_of_work(factory) as session:
        told = "select p.name from notification n join person p on p.id = n.person_id where n.topic = 'urge'"
        assert session.execute(text(told)).scalars().all() == ["dept_head"]
    empty(engine)


def test_a_copy_goes_to_who_may_see_the_form_and_is_told_once(engine: Engine) -> None:
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        city = make_city(session)
        form, connection = make_submitted(session, city), session.connection()
        names = {one.name for one in readers_of(connection, form)}
        assert {"finance_performance_office", "secrecy_reviewer", "external_expert", "dept_head"} <= names
        assert names.isdisjoint({"observer", "filler2", "dept_head2", "superior_reviewer", "sys_admin", "audit_admin"})
        assert [one.name for one in readers_of(connection, form, text_="PERFORMANCE")] == ["finance_performance_office"]
        for people in ([], [city["filler2"].id], [city["filler"].id], [10**12], list(range(1, 60))):
            with pytest.raises(InvalidRequest):
                circulate(connection, city["filler"], submission_id=form, people=[one or 0 for one in people])
        reader = city["finance_performance_office"]
        given = [reader.id or 0, city["secrecy_reviewer"].id or 0]
        assert circulate(connection, city["filler"], submission_id=form, people=given) == 2
        assert circulate(connection, city["dept_head"], submission_id=form, people=given) == 0
        assert {(one.reader, one.person, one.read_at) for one in copies_of(connection, form)} == {
            ("finance_performance_office", "filler", None),
            ("secrecy_reviewer", "filler", None),
        }
        read_copy(connection, city["dept_head"], submission_id=form)
        read_copy(connection, reader, submission_id=form)
        assert {one.reader for one in copies_of(connection, form) if one.read_at} == {"finance_performance_office"}
    while drain_batch(factory, host=None):
        pass
    with unit_of_work(factory) as session:
        told = "select p.name from notification n join person p on p.id = n.person_id where n.topic = 'circulation' order by 1"
        assert session.execute(text(told)).scalars().all() == ["finance_performance_office", "secrecy_reviewer"]
    empty(engine)


def test_an_urge_moves_no_version(session: Session, city: City) -> None:
    """Who has the form open decides on what they see, whoever hurries them."""
    form, connection = make_submitted(session, city), session.connection()
    urge(connection, city["filler"], submission_id=form)
    circulate(connection, city["filler"], submission_id=form, people=[city["secrecy_reviewer"].id or 0])
    decide(
        connection,
        city["dept_head"],
        submission_id=form,
        request=Request(Action.PASS),
        version=2,
        now=datetime.now(UTC),
    )
