"""Two people empty a body that the law forbids to keep: nobody alone, nothing else, and the verifier says withheld."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.evidence_database import Counted, RowFault, row_faults
from service.queries.evidence_names import evidence_names
from service.queries.evidence_rows import evidence_rows
from service.queries.withholdings import opinions_to_withhold, revisions_to_withhold, withholdings
from service.render.bundle import evidence_bundle
from service.render.evidence_pdf import evidence_pdf
from service.usecases.ask_withholding import Body, ask_withholding
from service.usecases.settle_withholding import confirm_withholding, refuse_withholding
from tests.factories import City, make_city, make_submitted
from tests.service.test_evidence_files import words
from tests.steps import Step, empty, step_taker
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.lifecycle import Action
from workflows.verifier import Judged, judged
from workflows.withheld import WITHHELD

SAID = "此处写有依法不得保存的内容"
REASON = "经定密机关确认属于国家秘密"


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    empty(engine)
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    return step_taker(factory, city)


@pytest.fixture
def form(factory: sessionmaker[Session], city: City, step: Step) -> int:
    with unit_of_work(factory) as session:
        made = make_submitted(session, city)
    step(made, "dept_head", Action.PASS, comment=SAID)
    return made


@pytest.fixture
def opinion(engine: Engine, form: int) -> str:
    with engine.connect() as connection:
        (found,) = opinions_to_withhold(connection, form)
    return found.id


def ask(factory: sessionmaker[Session], city: City, form: int, body: Body, *, who: str = "secrecy_reviewer") -> int:
    with unit_of_work(factory) as session:
        return ask_withholding(session, city[who], submission_id=form, body=body, reason=REASON)


def settle(factory: sessionmaker[Session], city: City, request: int, *, who: str = "audit_admin") -> int:
    with unit_of_work(factory) as session:
        return confirm_withholding(session, city[who], withholding_id=request)


def verified(engine: Engine, form: int) -> tuple[list[RowFault], Counted, Judged]:
    counted = Counted()
    with engine.connect() as connection:
        faults = list(row_faults(connection, counted))
        bundle = json.loads(evidence_bundle(evidence_rows(connection, form)))
    return faults, counted, judged(bundle, name="x")


def test_an_opinion_is_emptied_by_two_and_reported_as_withheld(
    engine: Engine, factory: sessionmaker[Session], city: City, form: int, opinion: str
) -> None:
    assert settle(factory, city, ask(factory, city, form, Body(opinion_id=opinion))) == form
    with engine.connect() as connection:
        assert connection.execute(text("select comment from opinion")).scalars().all() == [WITHHELD]
        everything = connection.execute(text("select string_agg(e::text, '') from event e")).scalar_one()
        chain = connection.execute(
            text("select action from event where subject_kind = 'withholding' and subject_id = :id order by seq"),
            {"id": form},
        )
        assert chain.scalars().all() == ["ask_withholding", "confirm_withholding"]
        assert SAID not in everything
        assert REASON not in everything, "events carry ids and codes"
        rows = evidence_rows(connection, form)
        assert WITHHELD in words(evidence_pdf(rows, evidence_names(connection, rows)))
        assert opinions_to_withhold(connection, form) == []
    faults, counted, verdict = verified(engine, form)
    assert faults == []
    assert counted.withheld == 1
    assert (verdict.fault, verdict.withheld) == (None, 1)


def test_a_revision_is_emptied_with_every_copy_of_its_text(
    engine: Engine, factory: sessionmaker[Session], city: City, form: int
) -> None:
    settle(factory, city, ask(factory, city, form, Body(revision=1)))
    with engine.connect() as connection:
        document = connection.execute(text("select document from revision")).scalar_one()
        assert document["overall_goal"] == WITHHELD
        assert document["department"] == "中共揭阳市委政法委员会"
        assert (document["key_tasks"], set(document["budget"].values())) == ([], {None})
        for table in ("revision_task", "revision_indicator"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar_one() == 0
        kept = connection.execute(
            text(
                "select string_agg(t, '') from (select r::text t from revision r union all select d::text from draft_section d) x"
            )
        ).scalar_one()
        assert "平安揭阳" not in kept
        rows = evidence_rows(connection, form)
        assert WITHHELD in words(evidence_pdf(rows, evidence_names(connection, rows)))
    faults, counted, verdict = verified(engine, form)
    assert faults == []
    assert (counted.withheld, verdict.fault, verdict.withheld) == (1, None, 1)


def test_a_form_goes_on_after_its_revision_was_emptied(
    engine: Engine, factory: sessionmaker[Session], city: City, form: int, step: Step
) -> None:
    settle(factory, city, ask(factory, city, form, Body(revision=1)))
    step(form, "finance_business_office", Action.RETURN_FOR_REVISION, comment="请重新填报")
    assert verified(engine, form)[0] == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update opinion set comment = '别的话'", "comment_changed"),
        ("update opinion set seat = 9", "opinion_moved"),
        ("update opinion set revision_id = null", "other_revision"),
        ("update opinion set id = 'O'", "comment_changed"),
        ("update revision set findings = '[1]'", "not_emptied"),
        ('update revision set document = document || \'{"overall_goal": "x"}\'', "not_emptied"),
        ("update revision set rules_version = 'x'", "record_changed"),
        ("delete from event where subject_kind = 'withholding' and seq = 3", "chain_gap"),
        ("delete from event where subject_kind = 'withholding'", "document_changed"),
        ("update event set action = 'x' where subject_kind = 'withholding'", "chain_content"),
    ],
)
def test_withheld_is_no_cover_for_other_changes(
    engine: Engine, factory: sessionmaker[Session], city: City, form: int, opinion: str, *, change: str, reason: str
) -> None:
    for body in (Body(opinion_id=opinion), Body(revision=1)):
        settle(factory, city, ask(factory, city, form, body))
    assert verified(engine, form)[0] == []
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text(change))
    assert [fault.reason for fault in verified(engine, form)[0]] == [reason]


def test_nobody_does_it_alone_and_nobody_else_at_all(
    engine: Engine, factory: sessionmaker[Session], city: City, form: int, opinion: str
) -> None:
    body = Body(opinion_id=opinion)
    for who in ("dept_head", "finance_performance_office"):
        with pytest.raises(NotAllowed, match="needs_role"):
            ask(factory, city, form, body, who=who)
    for who in ("filler2", "audit_admin", "sec_admin"):
        with pytest.raises(NotFound):
            ask(factory, city, form, body, who=who)
    request = ask(factory, city, form, body)
    for who in ("secrecy_reviewer", "sec_admin", "sys_admin", "filler", "dept_head"):
        with pytest.raises(NotAllowed, match="needs_role"):
            settle(factory, city, request, who=who)
    with engine.begin() as connection:  # were the same person both, by whatever way
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("update withholding set asked_by = :me"), {"me": city["audit_admin"].id})
    with pytest.raises(NotAllowed, match="withholding_takes_two"):
        settle(factory, city, request)
    with engine.connect() as connection:
        assert connection.execute(text("select comment from opinion")).scalar_one() == SAID


def test_what_may_be_asked(factory: sessionmaker[Session], city: City, form: int, opinion: str, step: Step) -> None:
    request = ask(factory, city, form, Body(opinion_id=opinion))
    with pytest.raises(NotPossibleNow, match="withholding_asked"):
        ask(factory, city, form, Body(opinion_id=opinion))
    with unit_of_work(factory) as session:
        refuse_withholding(session, city["audit_admin"], withholding_id=request)
    with pytest.raises(NotPossibleNow, match="withholding_settled"):
        settle(factory, city, request)
    settle(factory, city, ask(factory, city, form, Body(opinion_id=opinion)))
    with pytest.raises(NotPossibleNow, match="nothing_to_withhold"):
        ask(factory, city, form, Body(opinion_id=opinion))
    for body in (Body(), Body(opinion_id=opinion, revision=1)):
        with pytest.raises(InvalidRequest, match="withhold_what"):
            ask(factory, city, form, body)
    for missing in (Body(opinion_id="O"), Body(revision=9)):
        with pytest.raises(NotFound):
            ask(factory, city, form, missing)
    with pytest.raises(NotFound):
        settle(factory, city, 99)
    for reason in ("", " \n", "长" * 501, "甲\x00", "（密）项目"):
        with pytest.raises(InvalidRequest), unit_of_work(factory) as session:
            ask_withholding(session, city["secrecy_reviewer"], submission_id=form, body=Body(revision=1), reason=reason)
    with unit_of_work(factory) as session:
        assert [one.outcome for one in withholdings(session.connection())] == ["confirmed", "refused"]
        assert [one.number for one in revisions_to_withhold(session.connection(), form)] == [1]


def test_the_database_lets_nothing_else_through(
    engine: Engine, factory: sessionmaker[Session], city: City, form: int, opinion: str
) -> None:
    forbidden = [
        "update opinion set comment = '已依规移除'",
        "update revision set document = '{}'",
        "delete from revision_task",
        "update withholding set reason = 'x'",
        "delete from withholding",
        "truncate withholding",
        "update withholding set outcome = 'confirmed', settled_by = asked_by, settled_at = now()",
    ]
    ask(factory, city, form, Body(opinion_id=opinion))
    ask(factory, city, form, Body(revision=1))
    for statement in forbidden:
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(statement))
    with engine.connect() as connection:
        requests = [one.id for one in withholdings(connection)]
    for request in requests:
        settle(factory, city, request)
    for statement in (
        "update opinion set comment = '别的话'",
        "update opinion set comment = '已依规移除', grade = 'good'",
        "update revision set document = document, rules_version = 'x'",
        "update revision set findings = '[1]'",
        "delete from revision",
        "update withholding set outcome = 'refused'",
    ):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(statement))
