"""A batch of 500 passes against 500 single ones, per form: the use cases side by side, and whole requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import orjson
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import make_engine, session_factory, unit_of_work
from service.usecases.decide import decide
from service.usecases.decide_many import LARGEST, Chosen, decide_many
from tests.bench import servers, stock
from tests.bench.figures import Line, Spread, show
from tests.bench.in_process import action_body, action_headers, action_path, application, call
from tests.bench.stock import Reviewer, Stock
from workflows.facts import Request
from workflows.lifecycle import Action
from workflows.ulid import new_ulid

CYCLES: Final = 5
FLOOR: Final = 3.0
GOAL: Final = 6.0
_PASS: Final = Request(Action.PASS, comment="同意")


def run() -> list[Line]:
    """Measure and print. Each cycle passes forms of its own, in both ways and in turn."""
    with servers.postgres() as postgres:
        servers.promises(postgres.url)
        statements = make_engine(postgres.url, pool_size=1, role="bench", single_statements=True)
        engine = make_engine(postgres.url, pool_size=1, role="bench", statement_timeout_ms=30_000)
        made = stock.begin_stock(engine)
        stock.add(made, postgres.url, count=(CYCLES + 1) * 4 * LARGEST)
        factory, reviewer = session_factory(engine), made.reviewers[0]
        with application(servers.settings_of(postgres.url, port=1)) as app:
            ways: dict[str, Callable[[int], None]] = {
                "one by one": lambda first: _singles(statements, made, reviewer, first),
                "batch": lambda first: _batch(factory, made, reviewer, first),
                "one by one, requests": lambda first: _requests(app, postgres.url, made, reviewer, first),
                "batch, one request": lambda first: _one_request(app, postgres.url, made, reviewer, first),
            }
            figures = {name: Spread(tuple(_timed(way, made))) for name, way in ways.items()}
        stock.verify(made, engine)
        engine.dispose()
        statements.dispose()
    show("Batch of 500", ("way", "ms a form"), [(name, spread.text()) for name, spread in figures.items()])
    return [
        _line("batch of 500 ÷ single approvals, per form", figures["one by one"], figures["batch"]),
        _line("the same as requests", figures["one by one, requests"], figures["batch, one request"]),
    ]


def _timed(way: Callable[[int], None], made: Stock) -> list[float]:
    """Milliseconds a form of each cycle; the first one warms up."""
    taken = []
    for _ in range(CYCLES + 1):
        first = made.take(LARGEST)
        began = time.perf_counter()
        way(first)
        taken.append((time.perf_counter() - began) * 1000 / LARGEST)
    return taken[1:]


def _singles(statements: Engine, made: Stock, reviewer: Reviewer, first: int) -> None:
    for form in range(first, first + LARGEST):
        with statements.connect() as connection:
            decide(connection, reviewer.actor, submission_id=form, request=_PASS, version=made.version)


def _batch(factory: sessionmaker[Session], made: Stock, reviewer: Reviewer, first: int) -> None:
    chosen = [Chosen(form, made.version) for form in range(first, first + LARGEST)]
    with unit_of_work(factory) as session:
        done = decide_many(session.connection(), reviewer.actor, chosen=chosen, request=_PASS)
    assert len(done.done) == LARGEST, "every form goes"


def _requests(app: Flask, url: str, made: Stock, reviewer: Reviewer, first: int) -> None:
    settings = servers.settings_of(url, port=1)
    for form in range(first, first + LARGEST):
        headers = action_headers(settings, reviewer, new_ulid())
        call(app, action_path(form), headers=headers, body=action_body(made.version))


def _one_request(app: Flask, url: str, made: Stock, reviewer: Reviewer, first: int) -> None:
    items = [{"id": form, "version": made.version} for form in range(first, first + LARGEST)]
    body = orjson.dumps({"action": "pass", "items": items})
    headers = action_headers(servers.settings_of(url, port=1), reviewer, new_ulid())
    answer = orjson.loads(call(app, "/api/v1/submissions/actions", headers=headers, body=body))
    assert len(answer["done"]) == LARGEST, "every form goes"


def _line(work: str, single: Spread, batch: Spread) -> Line:
    ratio = single.median / batch.median
    figure = f"{ratio:.1f} × faster ({single.median:.2f} ms, {batch.median:.2f} ms)"
    return Line(work, figure, f"floor {FLOOR:.0f}, goal {GOAL:.0f}", ratio >= FLOOR)
