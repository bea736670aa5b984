"""A city of its own for each test of the workers, and a mail server on loopback."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.settings import Settings
from tests.factories import City, make_city, make_submitted
from tests.steps import Step, empty, step_taker
from tests.workers.sink import Sink, running
from workflows.lifecycle import Action

REPLY = {"reply_number": "揭市财预〔2022〕5号", "reply_date": date(2022, 2, 10)}


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    """Everything is emptied first, past the triggers that keep history."""
    empty(engine)
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    """Take one step as somebody, in a transaction of its own, on the version that stands."""
    return step_taker(factory, city)


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
