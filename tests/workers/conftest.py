"""A city of its own for each test of the workers, and a mail server on loopback."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.models.record import Recorded
from service.queries.submissions import read
from service.settings import Settings
from service.usecases.decide import decide
from service.usecases.submit import submit
from tests.factories import City, make_city, make_submitted
from tests.workers.sink import Sink, running
from workflows.facts import SYSTEM, Request
from workflows.lifecycle import Action

Step = Callable[..., Recorded]
REPLY = {"reply_number": "揭市财预〔2022〕5号", "reply_date": date(2022, 2, 10)}


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    """Everything is emptied first, past the triggers that keep history."""
    with engine.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        tables = connection.execute(
            text("select string_agg(format('%I', tablename), ', ') from pg_tables where schemaname = 'public'")
        ).scalar_one()
        connection.execute(text(f"truncate {tables} restart identity cascade"))
        connection.execute(text("set session_replication_role = origin"))
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    """Take one step as somebody, in a transaction of its own, on the version that stands."""

    def take(form: int, who: str, action: Action, **fields: Any) -> Recorded:  # noqa: ANN401 - the fields of Request
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            actor = SYSTEM if who == "system" else city[who]
            door = submit if action in (Action.SUBMIT, Action.SUBMIT_EVALUATION) else decide
            return door(session, actor, submission_id=form, request=Request(action, **fields), version=version)

    return take


@pytest.fixture
def submitted(factory: sessionmaker[Session], city: City) -> int:
    """The seed form in review at level 1."""
    with unit_of_work(factory) as session:
        return make_submitted(session, city)


@pytest.fixture
def approved(submitted: int, step: Step) -> int:
    """The seed form with its reply."""
    step(submitted, "dept_head", Action.PASS)
    step(submitted, "finance_business_office", Action.PASS)
    step(submitted, "finance_performance_office", Action.PASS, grade="excellent")
    step(submitted, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
    return submitted


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running(Sink()) as started:
        yield started


@pytest.fixture
def mailing(settings: Settings, sink: Sink) -> Settings:
    """Settings that send mail to the sink."""
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": sink.port,
            "smtp_starttls": False,
            "smtp_from": "jixiao@city.invalid",
        }
    )


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:  # noqa: ANN401 - whatever the statement binds
    """What a statement gives, for looking behind the curtain."""
    with engine.begin() as connection:
        result = connection.execute(text(statement), values)
        return list(result) if result.returns_rows else []
