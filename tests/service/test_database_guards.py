"""What the database refuses, whoever asks: changed history, a state without its event, an administrator's second right."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from service.db import session_factory, unit_of_work
from service.usecases.decide import decide
from tests.factories import City, make_city, make_person, make_submitted
from workflows.errors import NotPossibleNow
from workflows.facts import Request
from workflows.lifecycle import Action


@pytest.fixture(scope="module")
def city(engine: Engine) -> tuple[City, int]:
    with unit_of_work(session_factory(engine)) as session:
        made = make_city(session)
        form = make_submitted(session, made)
        decide(
            session.connection(),
            made["dept_head"],
            submission_id=form,
            request=Request(Action.PASS, comment="同意"),
            version=2,
        )
    return made, form


@pytest.mark.parametrize("table", ["event", "revision", "revision_task", "revision_indicator", "opinion"])
@pytest.mark.parametrize("statement", ["update {} set {}", "delete from {}", "truncate {} cascade"])
@pytest.mark.usefixtures("city")
def test_history_is_never_changed(engine: Engine, table: str, statement: str) -> None:
    change = {"event": "action = 'x'", "opinion": "comment = 'x'", "revision": "sha256 = 'x'"}.get(
        table, "position = 99"
    )
    with engine.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
        connection.execute(text(statement.format(table, change)))


@pytest.mark.parametrize(
    "change", ["state = 'draft', level = null", "level = 5", "version = version + 1", "head_hash = 'x'"]
)
def test_a_state_without_its_event_is_refused_at_commit(engine: Engine, city: tuple[City, int], change: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(f"update submission set {change} where id = :id"), {"id": city[1]})
        with pytest.raises(IntegrityError, match="not where its last event left it"):
            connection.execute(text("set constraints all immediate"))


def test_an_administrator_holds_one_power_and_no_business_right(engine: Engine, city: tuple[City, int]) -> None:
    made, _ = city
    factory = session_factory(engine)
    for roles in (
        {"sys_admin": made.bureau, "audit_admin": made.bureau},
        {"sec_admin": made.bureau, "filler": made.unit},
    ):
        with pytest.raises(NotPossibleNow, match="administrator_holds_one_power"), unit_of_work(factory) as session:
            make_person(session, f"two.{'.'.join(roles)}", **roles)


def test_one_form_of_a_unit_and_year_at_a_time(engine: Engine, city: tuple[City, int]) -> None:
    made, _ = city
    with pytest.raises(NotPossibleNow, match="submission_exists"), unit_of_work(session_factory(engine)) as session:
        make_submitted(session, made)


def test_only_an_approved_form_may_say_so(engine: Engine, city: tuple[City, int]) -> None:
    with Session(engine) as session, pytest.raises(IntegrityError, match="approved_evidence"):
        session.execute(
            text("update submission set approved_at = now(), reply_number = 'x' where id = :id"), {"id": city[1]}
        )
