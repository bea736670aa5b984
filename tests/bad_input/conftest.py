"""One town for all kinds: a filler signed in at the pages and at the API, over a draft that is made whole each time."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from service.db import unit_of_work
from tests.bad_input.doors import House
from tests.service.callers import Caller
from tests.web.conftest import Browse, Town, browse, seed, town, untouched
from tests.web.visitor import PASSWORD

__all__ = ["browse", "house", "seed", "town", "untouched"]


@pytest.fixture(scope="module")
def _caller(town: Town) -> Caller:
    return Caller(town.app).as_("filler", PASSWORD)


@pytest.fixture
def house(town: Town, browse: Browse, _caller: Caller, seed: int, untouched: list[tuple[object, ...]]) -> House:
    """The draft holds the seed at the start of each test, and again whenever a test asks."""

    def restore() -> None:
        with unit_of_work(town.factory) as session:
            for section, body in untouched:
                session.execute(
                    text(
                        "update draft_section set version = version + 1, body = cast(:body as jsonb)"
                        " where submission_id = :id and section = :section"
                    ),
                    {"id": seed, "section": section, "body": body},
                )

    restore()
    ((cycle,),) = town.rows("select cycle_id from submission where id = :id", id=seed)
    return House(town, browse("filler"), _caller, seed, int(str(cycle)), restore)
