"""Batches: every form is judged alone, what can't go is left out with its reason, and the whole is one answer to one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import count_round_trips, make_engine, session_factory, unit_of_work
from service.queries.actor import by_id
from service.queries.submissions import read, read_all
from service.usecases.decide import decide
from service.usecases.decide_many import Chosen, decide_many
from tests.bench import stock as stocks
from tests.bench.stock import Stock
from tests.factories import City, make_city, make_person, make_submitted
from tests.steps import empty
from workflows.errors import CommentRequired, DomainError, InvalidRequest
from workflows.facts import Actor, Request
from workflows.lifecycle import Action, State

PASS = Request(Action.PASS, comment="同意")


@dataclass(frozen=True)
class Desk:
    """Five hundred forms on the desk of one reviewer, with a colleague beside them."""

    engine: Engine
    factory: sessionmaker[Session]
    stock: Stock
    forms: list[int]

    @property
    def reviewer(self) -> Actor:
        return self.stock.reviewers[0].actor

    @property
    def colleague(self) -> Actor:
        return self.stock.reviewers[1].actor

    def chosen(self) -> list[Chosen]:
        return [Chosen(form, self.stock.version) for form in self.forms]

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - binds
        with unit_of_work(self.factory) as session:
            return [tuple(row) for row in session.execute(text(sql), values)]


@pytest.fixture
def desk(engine: Engine, database_url: str) -> Iterator[Desk]:
    empty(engine)
    stock = stocks.begin_stock(engine)
    stocks.add(stock, database_url, count=500)
    first = stock.take(500)
    yield Desk(engine, session_factory(engine), stock, list(range(first, first + 500)))
    empty(engine)


def moved_by_a_colleague(desk: Desk, forms: list[int]) -> None:
    for form in forms:
        with unit_of_work(desk.factory) as session:
            decide(
                session.connection(), desk.colleague, submission_id=form, request=PASS, version=desk.stock.version
            )  # fmt: skip


def withdrawn(desk: Desk, forms: list[int]) -> None:
    """Taken back by the filler of the unit: nobody has decided in the round that the pass was undone in."""
    with unit_of_work(desk.factory) as session:
        filler = make_person(session, "their-filler")
        for form in forms:
            session.execute(
                text(
                    "insert into role_assignment (person_id, role, department_id)"
                    " select :p, r, department_id from submission, unnest(array['filler', 'dept_head']) r where id = :f"
                ),
                {"p": filler.id, "f": form},
            )
    for form in forms:
        with unit_of_work(desk.factory) as session:
            connection = session.connection()
            actor = by_id(connection, filler.id or 0)
            assert actor is not None
            # The pass of level 1 stands in the way of a withdrawal, so that it is voided first.
            session.execute(
                text("update opinion set voided_by_event_id = event_id where submission_id = :f"), {"f": form}
            )
            decide(
                connection, actor, submission_id=form, request=Request(Action.WITHDRAW), version=desk.stock.version
            )  # fmt: skip


def test_of_five_hundred_the_changed_the_withdrawn_and_the_own_are_left_out_each_with_its_reason(desk: Desk) -> None:
    stale, taken_back, own = desk.forms[10:30], desk.forms[100:105], desk.forms[200:203]
    moved_by_a_colleague(desk, stale)
    withdrawn(desk, taken_back)
    with unit_of_work(desk.factory) as session:
        for form in own:
            session.execute(
                text("insert into draft_editor (submission_id, person_id, kind) values (:f, :p, 'target')"),
                {"f": form, "p": desk.reviewer.id},
            )
    versions = "select id, version, level, state from submission order by id"
    before = {row[0]: row for row in desk.rows(versions)}
    trips = count_round_trips(desk.engine)
    with unit_of_work(desk.factory) as session:
        batch = decide_many(session.connection(), desk.reviewer, chosen=desk.chosen(), request=PASS)
    assert len(trips) <= 8, "set-based: the number of statements does not grow with the batch"

    assert len(batch.done) == 472
    assert len(batch.skipped) == 28
    reasons = {one.id: one.reason for one in batch.skipped}
    assert set(reasons) == {*stale, *taken_back, *own}
    assert Counter(reason.reason for reason in reasons.values()) == {
        "stale_version": 20,
        "withdrawn_meanwhile": 5,
        "own_submission": 3,
    }
    assert {reasons[form].reason for form in own} == {"own_submission"}
    assert {reasons[form].reason for form in taken_back} == {"withdrawn_meanwhile"}
    told = reasons[stale[0]]
    assert (told.by_role, told.by_unit is not None, told.at is not None) == ("superior_reviewer", True, True)  # type: ignore[attr-defined]

    after = {row[0]: row for row in desk.rows(versions)}
    gone = {one.id for one in batch.done}
    assert {form: after[form] for form in after if form not in gone} == {
        form: row for form, row in before.items() if form not in gone
    }
    assert {after[form][2:] for form in gone} == {(3, "review")}
    counted = """select count(*), count(distinct e.body ->> 'batch_id') from event e
        where e.action = 'pass' and e.body ? 'batch_id'"""
    assert desk.rows(counted) == [(472, 1)]
    opened = "select count(*) from work_item where closed_at is null and level = 3 and submission_id = any(:ids)"
    assert desk.rows(opened, ids=list(gone)) == [(472,)]
    stocks.verify(desk.stock, desk.engine)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


@pytest.fixture
def town(session: Session) -> City:
    return make_city(session)


def chosen_of(session: Session, *forms: int) -> list[Chosen]:
    return [Chosen(case.locked.id, case.locked.version) for case in read_all(session.connection(), forms)]


def test_nothing_but_a_pass_and_a_reply_comes_in_batches(session: Session, town: City) -> None:
    form = make_submitted(session, town)
    for action in set(Action) - {Action.PASS, Action.ISSUE_REPLY}:
        with pytest.raises(InvalidRequest) as refused:
            decide_many(
                session.connection(),
                town["dept_head"],
                chosen=chosen_of(session, form),
                request=Request(action, comment="退回"),
            )
        assert refused.value.reason == "not_in_batches"


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ([], "batch_size"),
        ([Chosen(one, 1) for one in range(1, 502)], "batch_size"),
        ([Chosen(7, 1), Chosen(7, 2)], "batch_twice"),
    ],
)
def test_a_batch_that_is_none(session: Session, town: City, chosen: list[Chosen], reason: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decide_many(session.connection(), town["dept_head"], chosen=chosen, request=PASS)
    assert refused.value.reason == reason


def test_what_one_may_not_see_is_not_there(session: Session, town: City) -> None:
    mine, other = make_submitted(session, town), make_submitted(session, town, filler="filler2")
    batch = decide_many(
        session.connection(),
        town["dept_head"],
        chosen=[*chosen_of(session, mine, other), Chosen(10**12, 1)],
        request=PASS,
    )
    assert [one.id for one in batch.done] == [mine]
    assert [(one.id, one.reason.reason) for one in batch.skipped] == [(other, "not_found"), (10**12, "not_found")]


def test_two_stages_are_two_batches(session: Session, town: City) -> None:
    first, second = make_submitted(session, town), make_submitted(session, town, filler="filler2")
    connection = session.connection()
    decide(connection, town["dept_head2"], submission_id=second, request=PASS, version=2)
    person = make_person(session, "both", dept_head=town.unit, superior_reviewer=town.superior)
    with pytest.raises(InvalidRequest) as refused:
        decide_many(connection, person, chosen=chosen_of(session, first, second), request=PASS)
    assert refused.value.reason == "batch_of_one_stage"
    assert [case.locked.level for case in read_all(connection, [first, second])] == [1, 2]


def test_a_form_with_something_to_correct_is_opened_by_itself(session: Session, town: City) -> None:
    form = make_submitted(session, town)
    session.execute(text("set local session_replication_role = replica"))
    session.execute(
        text('update revision set findings = \'[{"severity": "error"}]\' where submission_id = :f'), {"f": form}
    )
    batch = decide_many(
        session.connection(), town["dept_head"], chosen=chosen_of(session, form), request=PASS
    )  # fmt: skip
    assert [(one.id, one.reason.reason, one.reason.params["count"]) for one in batch.skipped] == [
        (form, "batch_has_errors", "1")
    ]


def at_the_reply(session: Session, town: City) -> list[int]:
    forms = [make_submitted(session, town), make_submitted(session, town, filler="filler2")]
    connection = session.connection()
    for form, way in zip(forms, (("dept_head",), ("dept_head2", "superior_reviewer")), strict=True):
        for who in (*way, "finance_business_office"):
            decide(
                connection,
                town[who],
                submission_id=form,
                request=Request(Action.PASS),
                version=read(connection, form).locked.version,
            )
    return forms


def test_a_level_that_grades_asks_for_one_grade_for_all(session: Session, town: City) -> None:
    forms, office = at_the_reply(session, town), town["finance_performance_office"]
    connection = session.connection()
    cases: list[tuple[Request, type[DomainError]]] = [
        (Request(Action.PASS), InvalidRequest),
        (Request(Action.PASS, grade="fair", comment="中"), InvalidRequest),
        (Request(Action.PASS, grade="good"), CommentRequired),
    ]
    for request, refusal in cases:
        with pytest.raises(refusal):
            decide_many(connection, office, chosen=chosen_of(session, *forms), request=request)
    batch = decide_many(
        connection, office, chosen=chosen_of(session, *forms), request=Request(Action.PASS, grade="excellent")
    )
    assert [one.id for one in batch.done] == forms
    assert {case.locked.grade for case in read_all(connection, forms)} == {"excellent"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("揭市财预〔2022〕{n}号", ("揭市财预〔2022〕31号", "揭市财预〔2022〕32号")), ("5号", ("5号", "5号"))],
)
def test_replies_get_one_number_or_the_next_of_a_row(
    session: Session, town: City, pattern: str, expected: tuple[str, str]
) -> None:
    forms = at_the_reply(session, town)
    connection = session.connection()
    decide_many(
        connection,
        town["finance_performance_office"],
        chosen=chosen_of(session, *forms),
        request=Request(Action.PASS, grade="excellent"),
    )
    request = Request(Action.ISSUE_REPLY, reply_number=pattern, reply_date=date(2022, 2, 10))
    missing = chosen_of(session, *forms)
    batch = decide_many(
        connection,
        town["finance_budget_office"],
        chosen=[missing[0], Chosen(10**12, 1), missing[1]],
        request=request,
        first_number=31,
    )
    kept = [case.locked for case in read_all(connection, forms)]
    assert [one.reply_number for one in kept] == list(expected)
    assert batch.numbers == dict(zip(forms, expected, strict=True))
    assert {(one.state, one.reply_date) for one in kept} == {(State.APPROVED, date(2022, 2, 10))}


def test_the_reply_to_an_adjustment_is_given_by_itself(session: Session, town: City) -> None:
    """It takes the place of approved targets, which a batch would not show."""
    first, second = at_the_reply(session, town)
    connection = session.connection()
    graded = Request(Action.PASS, grade="excellent")
    office = town["finance_performance_office"]
    decide_many(connection, office, chosen=chosen_of(session, first, second), request=graded)
    session.execute(text("set local session_replication_role = replica"))
    session.execute(
        text("update submission set kind = 'adjustment', amends_id = :other where id = :form"),
        {"form": second, "other": first},
    )
    request = Request(Action.ISSUE_REPLY, reply_number="{n}号", reply_date=date(2022, 2, 10))
    batch = decide_many(
        connection, town["finance_budget_office"], chosen=chosen_of(session, second, first), request=request
    )
    assert [(one.id, one.reason.reason) for one in batch.skipped] == [(second, "adjustment_by_itself")]
    assert batch.numbers == {first: "1号"}


def test_two_batches_at_once_pass_each_form_once(desk: Desk, database_url: str) -> None:
    """The second waits for the rows of the first, and then finds every form as it then is."""
    from threading import Thread

    results: list[tuple[int, int]] = []

    def run(actor: Actor) -> None:
        engine = make_engine(database_url, pool_size=1, role="test", statement_timeout_ms=20_000)
        with unit_of_work(session_factory(engine)) as session:
            session.execute(text("set local lock_timeout = '20s'"))
            batch = decide_many(session.connection(), actor, chosen=desk.chosen(), request=PASS)
        results.append((len(batch.done), len(batch.skipped)))
        engine.dispose()

    threads = [Thread(target=run, args=(actor,)) for actor in (desk.reviewer, desk.colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(0, 500), (500, 0)]
    assert desk.rows("select count(*) from event where action = 'pass' and body ? 'batch_id'") == [(500,)]


def test_a_form_that_waits_for_somebody_else_stays(session: Session, town: City) -> None:
    form = make_submitted(session, town)
    batch = decide_many(session.connection(), town["filler"], chosen=chosen_of(session, form), request=PASS)
    assert [one.reason.reason for one in batch.skipped] == ["needs_seat"]
