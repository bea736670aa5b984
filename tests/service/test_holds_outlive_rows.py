"""A held row that is deleted and comes back, by its id or by its words, is held: the server remembers, not the browser."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.usecases.resolve_mark import resolve_mark
from service.usecases.save_section import save_section
from tests.factories import City, make_city, make_draft
from workflows.facts import Request
from workflows.holds import UNRESOLVED, WITHHELD
from workflows.lifecycle import Action

SECRET = "重点目标机房巡检"
_SECTION = (
    "select version, body -> 'value' as value from draft_section where submission_id = :id and section = :section"
)


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture(scope="module")
def city(factory: sessionmaker[Session]) -> City:
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture(scope="module")
def form(factory: sessionmaker[Session], city: City) -> int:
    with unit_of_work(factory) as session:
        return make_draft(session, city)


def stored(factory: sessionmaker[Session], form: int, section: str) -> tuple[int, list[dict[str, Any]]]:
    with unit_of_work(factory) as session:
        found = session.execute(text(_SECTION), {"id": form, "section": section}).one()
    return found.version, found.value


def save(
    factory: sessionmaker[Session], city: City, form: int, *, rows: list[dict[str, Any]], section: str = "key_tasks"
) -> list[dict[str, Any]]:
    version, _ = stored(factory, form, section)
    with unit_of_work(factory) as session:
        kept = save_section(
            session, city["filler"], submission_id=form, section=section, value=rows, base_version=version
        )
    found: list[dict[str, Any]] = kept.value
    return found


def test_a_hold_outlives_its_row(factory: sessionmaker[Session], city: City, form: int) -> None:
    _, before = stored(factory, form, "key_tasks")
    marked = save(factory, city, form, rows=[{**before[0], "content": f"（密）{SECRET}"}, *before[1:]])
    save(factory, city, form, rows=marked[1:])
    claimed = {**marked[0], "content": "无关内容", "secrecy_tag": WITHHELD}
    back = save(factory, city, form, rows=[claimed, *marked[1:]])
    assert back[0]["secrecy_tag"] == UNRESOLVED, "undo brings its tag from here, whatever the browser says"
    new = {**marked[0], "id": None, "name": "日常维护", "content": f"{SECRET[:4]} {SECRET[4:]}"}
    _, others = stored(factory, form, "other_tasks")
    typed = save(factory, city, form, rows=[*others, new], section="other_tasks")
    assert typed[-1]["secrecy_tag"] == UNRESOLVED, "the same words in another table"
    assert all(row.get("secrecy_tag") != UNRESOLVED for row in typed[:-1])


def test_words_that_a_placeholder_replaced_are_held_when_they_are_typed_again(
    factory: sessionmaker[Session], city: City, form: int
) -> None:
    _, rows = stored(factory, form, "other_tasks")
    rows = save(
        factory, city, form, section="other_tasks", rows=[*rows, {**rows[0], "id": None, "name": "密级：机密 代号七一"}]
    )
    request = Request(Action.REPLACE_WITH_PLACEHOLDER, comment="涉密内容线下报送")
    with unit_of_work(factory) as session:
        version = session.execute(text("select version from submission where id = :id"), {"id": form}).scalar_one()
        path = f"other_tasks[{len(rows) - 1}]"
        resolve_mark(session, city["filler"], submission_id=form, version=version, request=request, path=path)
    _, rows = stored(factory, form, "other_tasks")
    assert rows[-1]["secrecy_tag"] == WITHHELD
    gone = save(factory, city, form, section="other_tasks", rows=rows[:-1])
    back = save(factory, city, form, section="other_tasks", rows=[*gone, {**rows[-1], "secrecy_tag": None}])
    assert back[-1]["secrecy_tag"] == WITHHELD
    again = {**rows[-1], "id": None, "name": "代号七一", "secrecy_tag": None, "content": "另写"}
    assert save(factory, city, form, section="other_tasks", rows=[*back, again])[-1]["secrecy_tag"] == UNRESOLVED
