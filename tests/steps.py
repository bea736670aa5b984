"""A database without rows, and steps taken through the use cases, for tests that commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.record import Recorded
from service.queries.submissions import read
from service.usecases.decide import decide
from service.usecases.submit import submit
from tests.factories import City
from workflows.facts import SYSTEM, Request
from workflows.lifecycle import Action

Step = Callable[..., Recorded]


def empty(engine: Engine) -> None:
    """Take every row out of every table, past the triggers that keep history."""
    with engine.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        tables = connection.execute(
            text("select string_agg(format('%I', tablename), ', ') from pg_tables where schemaname = 'public'")
        ).scalar_one()
        connection.execute(text(f"truncate {tables} restart identity cascade"))
        connection.execute(text("set session_replication_role = origin"))


def step_taker(factory: sessionmaker[Session], city: City) -> Step:
    """Takes one step as somebody, in a transaction of its own, on the version that stands: `step(form, who, action, …)`."""

    def take(form: int, who: str, action: Action, **fields: Any) -> Recorded:  # noqa: ANN401 - the fields of Request
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            actor = SYSTEM if who == "system" else city[who]
            given: dict[str, Any] = {"submission_id": form, "request": Request(action, **fields), "version": version}
            if action in (Action.SUBMIT, Action.SUBMIT_EVALUATION):
                return submit(session, actor, **given)
            return decide(session.connection(), actor, **given)

    return take
