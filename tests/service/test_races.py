"""Simultaneous decisions: the database decides who won, and the loser is told by whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.submissions import read
from service.usecases.decide import decide
from service.usecases.submit import submit
from tests.factories import City, make_city, make_person, make_submitted
from workflows.errors import StaleVersion
from workflows.facts import Request
from workflows.lifecycle import Action

PAIRS = 1000
PASS = Request(Action.PASS)
RETURN = Request(Action.RETURN_FOR_REVISION, comment="请补充依据")


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


def contend(factory: sessionmaker[Session], city: City, form: int, version: int, barrier: Barrier) -> list[str]:
    """Two people of one desk decide the same version at the same moment. Returns who won, and how the other was refused."""

    def one(who: str, request: Request) -> str:
        barrier.wait(timeout=10)
        try:
            with unit_of_work(factory) as session:
                decide(session, city[who], submission_id=form, request=request, version=version)
        except StaleVersion as refusal:
            return f"stale: {refusal.by_role}"
        return request.action.value

    with ThreadPoolExecutor(2) as pool:
        return [f.result() for f in (pool.submit(one, "dept_head", PASS), pool.submit(one, "dept_head_b", RETURN))]


@pytest.mark.slow
def test_of_each_pair_exactly_one_wins_and_the_other_learns_who(engine: Engine, factory: sessionmaker[Session]) -> None:
    with unit_of_work(factory) as session:
        city = make_city(session)
        city.people["dept_head_b"] = make_person(session, "dept_head_b", dept_head=city.unit)
        form = make_submitted(session, city)
    barrier, wins, version = Barrier(2), {"pass": 0, "return_for_revision": 0}, 2
    for _ in range(PAIRS):
        outcome = contend(factory, city, form, version, barrier)
        assert outcome.count("stale: dept_head") == 1, outcome
        won = next(one for one in outcome if not one.startswith("stale"))
        wins[won] += 1
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            if won == "pass":
                request = Request(Action.UNDO_PASS)
                version = decide(
                    session, city["dept_head"], submission_id=form, request=request, version=version
                ).version
            else:
                request = Request(Action.SUBMIT)
                version = submit(session, city["filler"], submission_id=form, request=request, version=version).version
    assert sum(wins.values()) == PAIRS
    assert min(wins.values()) > 0, f"one side always won, so nothing raced: {wins}"
    with engine.connect() as connection:
        decided = connection.execute(
            text("select count(*) from event where action in ('pass', 'return_for_revision') and subject_id = :id"),
            {"id": form},
        ).scalar_one()
    assert decided == PAIRS
