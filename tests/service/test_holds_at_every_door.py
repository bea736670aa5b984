"""A held row stays held whoever writes its section: a file that comes in, a form that is opened from a document.

The third door, copying from last year, has its test in `tests/web/test_copying.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.importers import ReadResult
from service.queries.drafts import draft
from service.queries.submissions import read
from service.usecases.import_form import Imported, import_form
from service.usecases.save_section import save_section
from tests.factories import City, make_city, make_draft, seed_document
from tests.steps import empty
from workflows.holds import UNRESOLVED, WITHHELD

SECRET = "重点目标机房巡检"
HELD = {"name": "巡检项目", "content": f"（密）{SECRET}", "planned_amount": "1", "secrecy_tag": None}
OPEN = {"name": "信息化维护", "content": SECRET, "planned_amount": "1", "secrecy_tag": None}


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    empty(engine)
    with unit_of_work(factory) as session:
        return make_city(session)


def rows_of(factory: sessionmaker[Session], form: int, section: str = "key_tasks") -> list[dict[str, Any]]:
    with unit_of_work(factory) as session:
        found: list[dict[str, Any]] = (
            draft(session.connection(), read(session.connection(), form)).sections[section].value
        )
    return found


def opened(factory: sessionmaker[Session], city: City, *tasks: dict[str, Any]) -> int:
    document = seed_document()
    with unit_of_work(factory) as session:
        return make_draft(session, city, document={**document, "key_tasks": [*document["key_tasks"], *tasks]})


def imported(factory: sessionmaker[Session], city: City, *tasks: dict[str, Any], dry_run: bool = False) -> Imported:
    document = seed_document()
    result = ReadResult(
        {**document, "key_tasks": [*document["key_tasks"], *tasks]}, (), {"kind": "json", "encoding": "utf-8"}
    )
    with unit_of_work(factory) as session:
        return import_form(
            session,
            city["filler"],
            cycle_id=city.cycle,
            department_id=city.unit,
            read=result,
            dry_run=dry_run,
            prefer="mine",
        )


def typed(factory: sessionmaker[Session], city: City, form: int, *, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with unit_of_work(factory) as session:
        version = draft(session.connection(), read(session.connection(), form)).sections["key_tasks"].version
        kept: list[dict[str, Any]] = save_section(
            session, city["filler"], submission_id=form, section="key_tasks", value=rows, base_version=version
        ).value
    return kept


def test_a_file_does_not_write_a_held_row_anew(factory: sessionmaker[Session], city: City) -> None:
    form = opened(factory, city, HELD)
    would = imported(factory, city, OPEN, dry_run=True)
    assert [(one.rule, one.path) for one in would.findings if one.severity == "block"], "the preview says it"
    imported(factory, city, OPEN)
    rows = rows_of(factory, form)
    assert (rows[-1]["name"], rows[-1]["secrecy_tag"]) == (OPEN["name"], UNRESOLVED)
    assert UNRESOLVED not in [row.get("secrecy_tag") for row in rows[:-1]]


def test_what_a_file_took_away_is_held_when_it_is_typed_again(factory: sessionmaker[Session], city: City) -> None:
    form = opened(factory, city, HELD)
    imported(factory, city)
    rows = rows_of(factory, form)
    assert SECRET not in str(rows)
    assert typed(factory, city, form, rows=[*rows, {**OPEN, "id": None}])[-1]["secrecy_tag"] == UNRESOLVED
    imported(factory, city, {**OPEN, "name": "再次"})
    assert rows_of(factory, form)[-1]["secrecy_tag"] == UNRESOLVED


def test_a_form_that_is_opened_from_a_document_knows_its_holds(factory: sessionmaker[Session], city: City) -> None:
    claimed = {**HELD, "secrecy_tag": WITHHELD}
    form = opened(factory, city, claimed)
    rows = rows_of(factory, form)
    typed(factory, city, form, rows=rows[:-1])
    back = typed(factory, city, form, rows=[*rows[:-1], {**OPEN, "id": None}])
    assert back[-1]["secrecy_tag"] == UNRESOLVED, "a tag that comes along with a mark is no answer to it"
