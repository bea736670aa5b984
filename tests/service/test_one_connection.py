"""The pool has one connection for each thread, so no request may need a second one while it holds the first.

With a pool of one a request that does so waits for itself, and is answered 503 after five seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask_openapi.openapi import OpenAPI

from service.app import create_app
from service.db import unit_of_work
from service.embedded import Servers
from service.settings import load_settings
from tests.factories import City, make_draft, make_submitted
from tests.service.callers import Caller
from tests.service.conftest import edge_of
from tests.service.test_security import address, rules, say


@pytest.fixture(scope="module")
def narrow(
    database_url: str, servers: Servers, city: City, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenAPI]:
    """The application with one thread, over the city of this module."""
    values = {"JIXIAO_DATABASE_URL": database_url, "JIXIAO_REDIS_URL": servers.redis_url, "JIXIAO_WEB_THREADS": "1"}
    application = create_app(load_settings({"JIXIAO_HOME": str(tmp_path_factory.mktemp("narrow")), **values}))
    yield application
    edge_of(application).close()


@pytest.mark.parametrize("who", ["filler", "dept_head2", "finance_performance_office", "sys_admin"])
@pytest.mark.slow
def test_every_address_is_answered_over_one_connection(narrow: OpenAPI, city: City, who: str) -> None:
    with unit_of_work(edge_of(narrow).factory) as session:
        if session.connection().exec_driver_sql("select count(*) from submission").scalar_one() == 0:
            make_draft(session, city)
            make_submitted(session, city, filler="filler2")
    reader = Caller(narrow).as_(who)
    for form in (1, 2):
        for method in ("GET", "POST"):
            for rule in rules(narrow, method):
                if "sign" in rule.rule or "session" in rule.rule or "/end" in rule.rule:
                    continue  # these would end the session that asks
                data = {"csrf_token": reader.csrf, "version": "1"} if method == "POST" else None
                reply = reader.send(method, address(rule, form), data=data)
                assert reply.status_code < 500, say(reply)
