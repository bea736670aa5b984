"""The application over a small committed city, one for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from flask_openapi.openapi import OpenAPI
from sqlalchemy import text

from service.api.edge import Edge
from service.app import create_app
from service.db import unit_of_work
from service.embedded import Servers
from service.security import hash_password
from service.settings import load_settings
from tests.factories import City, make_city
from tests.service.callers import PASSWORD, Caller
from workflows.deadlines import beijing_date


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture(scope="module")
def app(database_url: str, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAPI]:
    """The whole application, with secure cookies as in production."""
    application = create_app(
        load_settings(
            {
                "JIXIAO_HOME": str(tmp_path_factory.mktemp("edge")),
                "JIXIAO_DATABASE_URL": database_url,
                "JIXIAO_REDIS_URL": servers.redis_url,
                "JIXIAO_WEB_THREADS": "8",
            }
        )
    )
    yield application
    edge_of(application).close()


def edge_of(application: OpenAPI) -> Edge:
    found: Edge = application.extensions["jixiao"]
    return found


@pytest.fixture(scope="module")
def edge(app: OpenAPI) -> Edge:
    """What the application stands on."""
    return edge_of(app)


@pytest.fixture(scope="module")
def city(edge: Edge) -> City:
    """A committed city whose people all have the same password."""
    with unit_of_work(edge.factory) as session:
        made = make_city(session, today=beijing_date(datetime.now(UTC)))
        session.execute(text("update person set password_hash = :hash"), {"hash": _hash()})
    return made


@pytest.fixture
def caller(app: OpenAPI, city: City) -> Caller:
    """A client that signs in as whoever is named."""
    return Caller(app)
