"""Health, metrics, logs, and a database that goes away: what is told, to whom, and that nothing hangs or leaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask_openapi.openapi import OpenAPI
from psycopg import sql
from sqlalchemy import text
from structlog.testing import capture_logs

from service.api.edge import Edge
from service.api.health import broker_answers
from service.app import create_app
from service.db import unit_of_work
from service.embedded import Servers
from service.settings import Settings, load_settings
from tests.factories import City, make_draft
from tests.service.callers import Caller

NOWHERE = "postgresql://jixiao:x@127.0.0.1:1/jixiao"


def tick(edge: Edge, ago: str) -> None:
    with unit_of_work(edge.factory) as session:
        session.execute(text("delete from schedule_slot"))
        session.execute(
            text("insert into schedule_slot (name, slot_utc) values ('tick', now() - cast(:ago as interval))"),
            {"ago": ago},
        )


def ready(caller: Caller) -> tuple[int, dict[str, object]]:
    reply = caller.get("/health/ready")
    body: dict[str, object] = reply.json  # type: ignore[assignment]
    return reply.status_code, body


def test_ready_names_what_is_degraded_and_stays_200(caller: Caller, edge: Edge) -> None:
    tick(edge, "1 second")
    assert ready(caller) == (200, {"status": "ok", "degraded": []})
    tick(edge, "181 seconds")
    assert ready(caller) == (200, {"status": "degraded", "degraded": ["scheduler"]})
    tick(edge, "1 second")
    with unit_of_work(edge.factory) as session:
        session.execute(
            text(
                "insert into notification (person_id, topic, dedupe_key, params) select id, 'reminder', 'x', '{}' from person limit 1"
            )
        )
        session.execute(
            text(
                "insert into delivery (notification_id, channel, message_id, state, finished_at) select id, 'email', 'x', 'dead', now() from notification"
            )
        )
    assert ready(caller) == (200, {"status": "degraded", "degraded": ["mail"]})
    with unit_of_work(edge.factory) as session:
        session.execute(text("delete from delivery"))
        session.execute(text("delete from notification"))


def test_an_old_schema_is_503(caller: Caller, edge: Edge) -> None:
    def rename(revision: str) -> None:
        with unit_of_work(edge.factory) as session:
            session.execute(text("update alembic_version set version_num = :name"), {"name": revision})

    rename("0001_foundation")
    try:
        assert ready(caller) == (503, {"status": "unavailable", "cause": "schema"})
    finally:
        rename(edge.schema or "")
    assert ready(caller)[0] == 200


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[OpenAPI]:
    """An application whose database and broker are not there."""
    given = {"JIXIAO_HOME": str(tmp_path), "JIXIAO_DATABASE_URL": NOWHERE, "JIXIAO_REDIS_URL": "redis://127.0.0.1:1/0"}
    app = create_app(load_settings(given))
    yield app
    app.extensions["jixiao"].close()


def test_without_a_database_it_lives_but_is_not_ready(lonely: OpenAPI) -> None:
    caller = Caller(lonely)
    assert caller.get("/health/live").status_code == 200
    assert ready(caller) == (503, {"status": "unavailable", "cause": "database"})
    assert "jixiao_database_up 0.0" in caller.get("/metrics").text


def test_without_a_database_people_and_programs_get_503_and_when_to_come_back(lonely: OpenAPI) -> None:
    caller = Caller(lonely)
    caller.client.set_cookie("__Host-jixiao_session", "a" * 43, domain="jixiao.example")
    program = caller.get("/api/v1/inbox")
    assert (program.status_code, program.json["code"]) == (503, "unavailable")  # type: ignore[index]
    assert program.headers["Retry-After"] == "5"
    page = caller.get("/inbox")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "Traceback" not in page.text
    assert "127.0.0.1:1" not in page.text + program.text


def test_a_broker_that_is_away_takes_no_time(settings: Settings) -> None:
    away = settings.model_copy(update={"redis_url": type(settings.redis_url)("redis://127.0.0.1:1/0")})  # type: ignore[misc]
    assert not broker_answers(away)
    assert broker_answers(settings)


def test_a_connection_that_the_server_cut_is_503_once_and_then_works(
    caller: Caller, edge: Edge, servers: Servers
) -> None:
    """The server closes every connection of the application, as a restart does."""
    caller.as_("filler")
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jixiao-web' and datname = {}"
    )
    name = edge.engine.url.database or ""
    with psycopg.connect(servers.database_url.rpartition("/")[0] + "/postgres", autocommit=True) as admin:
        admin.execute(sql.SQL(cut).format(sql.Literal(name)))
    codes = [caller.get("/api/v1/inbox").status_code for _ in range(10)]
    assert set(codes[:-1]) <= {200, 503}, codes
    assert codes[-1] == 200


def test_metrics_are_for_this_machine_or_the_token(caller: Caller, tmp_path: Path, database_url: str) -> None:
    caller.get("/api/v1/inbox")
    reply = caller.get("/metrics")
    assert reply.status_code == 200
    for line in (
        "jixiao_requests_total{",
        "jixiao_request_seconds_bucket{",
        "jixiao_outbox_waiting 0",
        "jixiao_database_up 1.0",
    ):
        assert line in reply.text, line
    assert 'route="/api/v1/inbox",status="401"' in reply.text
    assert caller.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    assert caller.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    guarded = create_app(
        load_settings(
            {"JIXIAO_HOME": str(tmp_path), "JIXIAO_DATABASE_URL": database_url, "JIXIAO_METRICS_TOKEN": "t" * 16}
        )
    )
    scraper = Caller(guarded)
    assert scraper.get("/metrics").status_code == 404
    scraper.token = "t" * 16
    assert scraper.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
    guarded.extensions["jixiao"].close()


def test_a_line_in_the_log_has_ids_and_no_text(caller: Caller, edge: Edge, city: City) -> None:
    with unit_of_work(edge.factory) as session:
        form = make_draft(session, city)
    canary = "涉密-canary-5521"
    caller.as_("filler")
    with capture_logs(processors=[]) as lines:
        caller.get(f"/api/v1/submissions?text={canary}")
        caller.patch(f"/api/v1/submissions/{form}", {"section": "overall_goal", "value": canary, "base_version": 1})
        caller.patch(f"/api/v1/submissions/{form}", {"section": canary, "value": canary, "base_version": 1})
        caller.post(f"/api/v1/submissions/{form}/actions", {"action": "pass", "version": 1, "comment": canary})
        caller.get(f"/{canary}")
    assert len(lines) == 5
    assert canary not in json.dumps(lines, ensure_ascii=False, default=str)
    assert all({"method", "route", "status", "ms"} <= set(line) for line in lines)


def test_a_fault_of_ours_is_told_by_number_and_logged_with_its_trace(caller: Caller, app: OpenAPI) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    view = app.view_functions["api_inbox.show_inbox"]
    app.view_functions["api_inbox.show_inbox"] = lambda **_: broken()
    try:
        caller.as_("filler")
        with capture_logs() as lines:
            reply = caller.get("/api/v1/inbox")
    finally:
        app.view_functions["api_inbox.show_inbox"] = view
    assert (reply.status_code, reply.json["code"]) == (500, "server_error")  # type: ignore[index]
    assert "secret" not in reply.text
    assert reply.json["request_id"] in reply.json["detail"]  # type: ignore[index]
    assert any(line["event"] == "unhandled" and line["error"] == "RuntimeError" for line in lines)
