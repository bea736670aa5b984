"""A city in a database of its own, and the command line pointed at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.cli import main
from service.db import session_factory, unit_of_work
from service.queries.submissions import read
from service.settings import Settings
from service.usecases.decide import decide
from tests.factories import City, make_city, make_submitted
from workflows.facts import Request
from workflows.lifecycle import Action

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


# Deleting a handful of rows is ten times faster than truncating forty tables, whose files are made anew each time.
EMPTY = text("""
do $$ declare one record; begin
    set local session_replication_role = replica;
    for one in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
        execute format('delete from %I', one.tablename);
    end loop;
    for one in select sequencename from pg_sequences where schemaname = 'public' loop
        perform setval(one.sequencename::regclass, 1, false);
    end loop;
end $$
""")


@pytest.fixture
def empty(engine: Engine) -> Engine:
    """Everything is emptied first, past the triggers that keep history."""
    with engine.begin() as connection:
        connection.execute(EMPTY)
    return engine


@pytest.fixture
def city(empty: Engine, factory: sessionmaker[Session]) -> City:
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture
def jixiao(settings: Settings) -> Run:
    """Run the command line in this process, on the servers of the tests."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    environ = {
        "JIXIAO_HOME": str(settings.home),
        "JIXIAO_DATABASE_URL": settings.database_url.get_secret_value(),
        "JIXIAO_REDIS_URL": settings.redis_url.get_secret_value(),
    }

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(one) for one in arguments], env=environ)

    return run


@pytest.fixture
def approved(city: City, factory: sessionmaker[Session]) -> int:
    """The seed form with its reply."""
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    fields: dict[str, dict[str, Any]] = {
        "dept_head": {"action": Action.PASS, "comment": "情况属实"},
        "finance_business_office": {"action": Action.PASS},
        "finance_performance_office": {"action": Action.PASS, "grade": "good", "comment": "请细化时效指标"},
        "finance_budget_office": {
            "action": Action.ISSUE_REPLY, "reply_number": "揭市财预〔2022〕5号", "reply_date": date(2022, 2, 10)
        },
    }  # fmt: skip
    for who, asked in fields.items():
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            decide(session.connection(), city[who], submission_id=form, request=Request(**asked), version=version)
    return form
