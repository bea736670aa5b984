"""A draft as it was seeded, and a filler in front of it, for the checks of the editor by their numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.usecases.open_draft import open_draft
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from tests.factories import seed_document

Opened = Callable[[], Page]
_SEED = text("update draft_section set body = :body, version = version + 1 where submission_id = :id and section = :s")


@pytest.fixture(scope="module")
def form(site: Site) -> int:
    """A draft of the first unit."""
    with unit_of_work(session_factory(site.engine)) as session:
        connection = session.connection()
        actor = by_username(connection, "filler")
        assert actor is not None
        cycle = connection.execute(text("select id from cycle")).scalar_one()
        department = actor.grants[0].department_id
        return open_draft(session, actor, department_id=department, cycle_id=cycle, document=seed_document()).id


@pytest.fixture
def seeded(site: Site, form: int) -> int:
    """The draft as the seed has it, whatever the tests before did to it."""
    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(text("delete from presence"))
        for at, (name, value) in enumerate(seed_document().items()):
            rows = isinstance(value, list)
            held = (
                [{**row, "id": f"01J000000000000000000{at:02d}{n:03d}"} for n, row in enumerate(value)]
                if rows
                else value
            )
            session.execute(_SEED, {"body": json.dumps({"value": held}), "id": form, "s": name})
    return form


@pytest.fixture
def opened(browser: Browser, site: Site, seeded: int, artefacts: Path) -> Iterator[Opened]:
    """Opens the form in a browser of its own, signed in as the filler; every fault of a page fails the test."""
    visitors: list[Visitor] = []

    def open_one() -> Page:
        visitor = Visitor(browser, site.url, password=site.password, pictures=artefacts / "checks")
        visitors.append(visitor)
        visitor.sign_in("filler").page.goto(f"/submissions/{seeded}")
        return visitor.page

    yield open_one
    for visitor in visitors:
        visitor.context.close()


@pytest.fixture
def window(opened: Opened) -> Page:
    """The filler in front of the form."""
    return opened()
