"""The pages over a small city of a real database: forms at several stages, everybody with a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.app import create_app
from service.db import session_factory, unit_of_work
from service.importers import read_form
from service.queries.submissions import read
from service.security import hash_password
from service.settings import load_settings
from service.usecases.decide import decide
from service.usecases.submit import submit
from tests.factories import City, make_city, make_submitted, seed_document
from tests.web.filling import SEED, new_draft
from tests.web.visitor import PASSWORD, sign_in
from workflows.facts import Request
from workflows.lifecycle import Action

Browse = Callable[..., FlaskClient]


@dataclass
class Town:
    """The application, its city, and the forms by name."""

    app: OpenAPI
    city: City
    factory: sessionmaker[Session]
    forms: dict[str, int] = field(default_factory=dict)

    def act(self, who: str, form: int, **request: object) -> None:
        """One step by a person, through the use case."""
        with unit_of_work(self.factory) as session:
            version = read(session.connection(), form).locked.version
            asked = Request(**request)  # type: ignore[arg-type]
            decide(session.connection(), self.city[who], submission_id=form, request=asked, version=version)

    def act_again(self, form: int) -> None:
        """The unit below submits its returned form once more."""
        with unit_of_work(self.factory) as session:
            version = read(session.connection(), form).locked.version
            asked = Request(Action.SUBMIT)
            submit(session, self.city["filler2"], submission_id=form, request=asked, version=version)

    def version(self, form: int) -> int:
        """The version of a form as it stands."""
        with unit_of_work(self.factory) as session:
            return read(session.connection(), form).locked.version

    def rows(self, sql: str, **values: object) -> list[tuple[object, ...]]:
        """What a query finds."""
        with unit_of_work(self.factory) as session:
            return [tuple(row) for row in session.execute(text(sql), values)]


@pytest.fixture(scope="module")
def town(engine: Engine, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`mine` of the unit without superior, `below` of the one with; both submitted, nothing decided."""
    settings = load_settings(
        {
            "JIXIAO_HOME": str(tmp_path_factory.mktemp("pages")),
            "JIXIAO_DATABASE_URL": database_url,
            "JIXIAO_LOG_FORMAT": "console",
            "JIXIAO_DEMO": "1",
        }
    )
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        city = make_city(session)
        session.execute(text("update person set password_hash = :hash"), {"hash": hash_password(PASSWORD)})
        named = {city.unit: "Political and Legal Affairs Commission", city.below: "No. 1 Middle School"}
        for department, name in named.items():
            session.execute(text("update department set name_en = :n where id = :id"), {"n": name, "id": department})
    town = Town(create_app(settings), city, factory)
    with unit_of_work(factory) as session:
        town.forms = {
            "mine": make_submitted(session, city),
            "below": make_submitted(session, city, filler="filler2"),
        }
    yield town
    town.app.extensions["jixiao"].close()


@pytest.fixture
def browse(town: Town) -> Browse:
    """A browser in which somebody is signed in, in one language; without a name, a visitor."""

    def opened(username: str | None = None, *, language: str = "zh") -> FlaskClient:
        client = town.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        if username:
            with unit_of_work(town.factory) as session:
                session.execute(
                    text("update person set language = :language where username = :username"),
                    {"language": language, "username": username},
                )
            sign_in(client, username)
        return client

    return opened


@pytest.fixture(scope="module")
def approved(town: Town) -> int:
    """The form of the unit below, taken to its reply; returns its id."""
    form = town.forms["below"]
    for who in ("dept_head2", "superior_reviewer", "finance_business_office"):
        town.act(who, form, action=Action.PASS)
    town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    town.act(
        "finance_budget_office", form, action=Action.ISSUE_REPLY, reply_number="揭市财预〔2022〕5号",
        reply_date=date(2022, 2, 10),
    )  # fmt: skip
    return form


@pytest.fixture(scope="module")
def seed(town: Town) -> int:
    """A draft of the unit with all of the seed, marks included."""
    return new_draft(town, 2031, read_form(SEED.read_bytes(), SEED.name).document)


@pytest.fixture(scope="module")
def untouched(town: Town, seed: int) -> list[tuple[object, ...]]:
    return town.rows("select section, body::text from draft_section where submission_id = :id", id=seed)


@pytest.fixture
def draft(town: Town, seed: int, untouched: list[tuple[object, ...]]) -> int:
    """The same draft as if nobody had touched it."""
    with unit_of_work(town.factory) as session:
        for section, body in untouched:
            session.execute(
                text(
                    "update draft_section set version = 1, body = cast(:body as jsonb) where submission_id = :id and section = :s"
                ),
                {"id": seed, "s": section, "body": body},
            )
    return seed


@pytest.fixture(scope="module")
def entering(town: Town) -> int:
    """A form of the first unit, taken to its evaluation."""
    document = seed_document()
    said = {"level1": "benefit", "level2": "social_benefit", "level3": "群众法治意识", "interpretation": "问卷与座谈"}
    document["indicators"].append({**said, "comparator": "qual", "target_value": "持续提高", "unit": None})
    form = new_draft(town, 2032, document)
    with unit_of_work(town.factory) as session:
        submit(session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=1)
    for who in ("dept_head", "finance_business_office"):
        town.act(who, form, action=Action.PASS)
    town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    town.act("finance_budget_office", form, action=Action.ISSUE_REPLY, reply_number="1号", reply_date=date(2022, 2, 10))
    town.act("finance_performance_office", form, action=Action.OPEN_EVALUATION)
    return form
