"""An installation that chose SM3: what begins from then on is hashed with it, what was there keeps its own, both verify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import make_engine, session_factory, unit_of_work
from service.queries.evidence_against_heads import head_faults
from service.queries.evidence_database import Counted, row_faults
from service.queries.evidence_heads import leaves_under
from service.queries.evidence_rows import evidence_rows
from service.queries.withholdings import opinions_to_withhold
from service.render.bundle import evidence_bundle
from service.usecases.ask_withholding import Body, ask_withholding
from service.usecases.settle_withholding import confirm_withholding
from service.usecases.write_head import write_head
from tests.factories import City, make_city, make_submitted
from tests.steps import step_taker
from workflows.canonical import SM3, algorithm_of
from workflows.lifecycle import Action
from workflows.verifier import judged

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def before(engine: Engine) -> tuple[City, int]:
    """A form in review from the time before."""
    with unit_of_work(session_factory(engine)) as session:
        city = make_city(session)
        return city, make_submitted(session, city)


@pytest.fixture(scope="module")
def factory(database_url: str, before: tuple[City, int]) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(database_url, pool_size=2, role="test", hash_algorithm=SM3)
    yield session_factory(engine)
    engine.dispose()


def test_both_kinds_live_side_by_side(factory: sessionmaker[Session], before: tuple[City, int]) -> None:
    city, old = before
    step = step_taker(factory, city)
    with unit_of_work(factory) as session:
        new = make_submitted(session, city, filler="filler2")
    step(new, "dept_head2", Action.PASS, comment="同意上报")
    step(old, "dept_head", Action.RETURN_FOR_REVISION, comment="请补充依据文号")
    step(old, "filler", Action.SUBMIT)
    step(old, "dept_head", Action.PASS)
    step(old, "finance_business_office", Action.PASS)
    step(old, "finance_performance_office", Action.PASS, grade="good", comment="建议细化")
    reply = {"reply_number": "5号", "reply_date": date(2022, 2, 10)}
    step(old, "finance_budget_office", Action.ISSUE_REPLY, **reply)
    with unit_of_work(factory) as session:
        connection = session.connection()
        chains = connection.execute(text("select subject_id, hash, body from event where subject_kind = 'submission'"))
        for row in chains:
            assert row.hash.startswith("sm3:") == (row.subject_id == new), "a chain keeps the hash that it began with"
            for name in ("comment_sha256", "opinion_sha256"):
                assert name not in row.body or row.body[name].startswith("sm3:") == (row.subject_id == new)
        hashes = connection.execute(text("select submission_id, number, sha256 from revision order by 1, 2")).all()
        assert [(row.submission_id, row.sha256.startswith("sm3:")) for row in hashes] == [
            (old, False),
            (old, True),
            (new, True),
        ]
        opinion = opinions_to_withhold(connection, new)[0].id
        body = Body(opinion_id=opinion)
        reviewer = city["secrecy_reviewer"]
        for grant in reviewer.grants:  # of the other unit; this one is asked for at the bureau
            connection.execute(
                text(
                    "update role_assignment set department_id = :bureau where person_id = :id and department_id = :at"
                ),
                {"bureau": city.bureau, "id": reviewer.id, "at": grant.department_id},
            )
    with unit_of_work(factory) as session:
        from service.queries.actor import by_username

        asking = by_username(session.connection(), "secrecy_reviewer")
        assert asking is not None
        for chosen in (body, Body(revision=1)):
            request = ask_withholding(session, asking, submission_id=new, body=chosen, reason="定密机关确认")
            confirm_withholding(session, city["audit_admin"], withholding_id=request)
        head = write_head(session, KEY)
        assert algorithm_of(head.root) == SM3
    with unit_of_work(factory) as session:
        connection = session.connection()
        counted = Counted()
        assert list(row_faults(connection, counted)) == []
        assert counted.withheld == 2
        exported = (head, list(leaves_under(connection, head.seq)))
        assert list(head_faults(connection, exported=exported)) == []
        for form in (old, new):
            verdict = judged(json.loads(evidence_bundle(evidence_rows(connection, form))), name="x")
            assert (verdict.fault, bool(verdict.heads)) == (None, True)
