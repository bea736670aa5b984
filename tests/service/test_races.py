"""Simultaneous decisions: the database decides who won, and the loser is told by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import make_engine, session_factory, unit_of_work
from service.queries.submissions import read
from service.usecases.decide import decide
from service.usecases.submit import submit
from tests.factories import City, make_city, make_person, make_submitted
from workflows.errors import StaleVersion
from workflows.facts import Request
from workflows.lifecycle import Action

PAIRS = 1000
WRITTEN = """
select (select count(*) from event where action in ('pass', 'return_for_revision') and subject_id = :id),
    (select count(*) from opinion where action in ('pass', 'return_for_revision') and submission_id = :id),
    (select count(*) from outbox where topic in ('submission.pass', 'submission.return_for_revision')
        and payload ->> 'submission_id' = cast(:id as text))
"""
PASS = Request(Action.PASS)
RETURN = Request(Action.RETURN_FOR_REVISION, comment="请补充依据")


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


Way = Callable[[], AbstractContextManager[Connection]]


def in_a_transaction(factory: sessionmaker[Session]) -> Way:
    """As pages decide."""

    @contextmanager
    def way() -> Iterator[Connection]:
        with unit_of_work(factory) as session:
            yield session.connection()

    return way


def contend(way: Way, city: City, form: int, version: int, barrier: Barrier) -> list[str]:
    """Two people of one desk decide the same version at the same moment. Returns who won, and how the other was refused."""

    def one(who: str, request: Request) -> str:
        barrier.wait(timeout=10)
        try:
            with way() as connection:
                decide(connection, city[who], submission_id=form, request=request, version=version)
        except StaleVersion as refusal:
            return f"stale: {refusal.by_role}"
        return request.action.value

    with ThreadPoolExecutor(2) as pool:
        return [f.result() for f in (pool.submit(one, "dept_head", PASS), pool.submit(one, "dept_head_b", RETURN))]


@pytest.mark.slow
def test_of_each_pair_exactly_one_wins_and_the_other_learns_who(
    database_url: str, engine: Engine, factory: sessionmaker[Session]
) -> None:
    with unit_of_work(factory) as session:
        city = make_city(session)
        city.people["dept_head_b"] = make_person(session, "dept_head_b", dept_head=city.unit)
        form = make_submitted(session, city)
    statements = make_engine(database_url, single_statements=True)  # as the API decides
    ways = (in_a_transaction(factory), statements.connect)
    barrier, wins, version = Barrier(2), {"pass": 0, "return_for_revision": 0}, 2
    for pair in range(PAIRS):
        outcome = contend(ways[pair % 2], city, form, version, barrier)
        assert outcome.count("stale: dept_head") == 1, outcome
        won = next(one for one in outcome if not one.startswith("stale"))
        wins[won] += 1
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            if won == "pass":
                request = Request(Action.UNDO_PASS)
                version = decide(
                    session.connection(), city["dept_head"], submission_id=form, request=request, version=version
                ).version
            else:
                request = Request(Action.SUBMIT)
                version = submit(session, city["filler"], submission_id=form, request=request, version=version).version
    assert sum(wins.values()) == PAIRS
    assert min(wins.values()) > 0, f"one side always won, so nothing raced: {wins}"
    statements.dispose()
    with engine.connect() as connection:
        rows = connection.execute(text(WRITTEN), {"id": form}).one()
    assert rows == (PAIRS, PAIRS, PAIRS), "whoever was second wrote nothing at all"
