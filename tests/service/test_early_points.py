"""Nobody gives themselves a reviewer's points by writing them into the target."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from service.db import session_factory, unit_of_work
from service.queries.drafts import draft
from service.queries.submissions import read
from service.usecases.decide import decide
from service.usecases.submit import submit
from tests.factories import make_city, make_draft, seed_document
from workflows.facts import Request
from workflows.lifecycle import Action


def test_points_of_a_reviewer_in_a_target_are_gone_when_actuals_are_entered(engine: Engine) -> None:
    factory = session_factory(engine)
    document = seed_document()
    document["indicators"][0]["audit_score"] = "50"
    with unit_of_work(factory) as session:
        city = make_city(session)
        form = make_draft(session, city, document=document)
    steps = (
        ("dept_head", Request(Action.PASS)),
        ("finance_business_office", Request(Action.PASS)),
        ("finance_performance_office", Request(Action.PASS, grade="excellent")),
        ("finance_budget_office", Request(Action.ISSUE_REPLY, reply_number="1号", reply_date=date(2022, 2, 10))),
        ("finance_performance_office", Request(Action.OPEN_EVALUATION)),
    )
    with unit_of_work(factory) as session:
        submit(session, city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=1)
    for who, request in steps:
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            decide(session.connection(), city[who], submission_id=form, request=request, version=version)
    with unit_of_work(factory) as session:
        connection = session.connection()
        row = draft(connection, read(connection, form)).document["indicators"][0]
    assert "audit_score" not in row
    assert row["level3"]
