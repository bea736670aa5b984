"""The task of an indicator stays its task when rows move or go, through every door that writes a draft."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.drafts import draft
from service.queries.submissions import read
from service.usecases.resolve_mark import resolve_mark
from service.usecases.save_section import save_section
from tests.factories import City, make_city, make_draft, seed_document
from workflows.facts import Request
from workflows.forms.base import Document
from workflows.lifecycle import Action


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture(scope="module")
def city(factory: sessionmaker[Session]) -> City:
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture(scope="module")
def form(factory: sessionmaker[Session], city: City) -> int:
    """From a file that names the task of its first indicator."""
    document = seed_document()
    document["indicators"][0]["task"] = "key_tasks[1]"
    with unit_of_work(factory) as session:
        return make_draft(session, city, document=document)


def opened(factory: sessionmaker[Session], form: int) -> tuple[dict[str, tuple[int, Any]], Document]:
    with unit_of_work(factory) as session:
        found = draft(session.connection(), read(session.connection(), form))
    return {name: (one.version, one.value) for name, one in found.sections.items()}, found.document


def save(factory: sessionmaker[Session], city: City, form: int, section: str, rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401
    version = opened(factory, form)[0][section][0]
    with unit_of_work(factory) as session:
        return save_section(
            session, city["filler"], submission_id=form, section=section, value=rows, base_version=version
        ).value


def linked(document: Document, index: int = 0) -> Any:  # noqa: ANN401
    return document["indicators"][index].get("task")


def test_the_link_follows_its_task(factory: sessionmaker[Session], city: City, form: int) -> None:
    sections, document = opened(factory, form)
    tasks, indicators = sections["key_tasks"][1], sections["indicators"][1]
    assert indicators[0]["task"] == tasks[1]["id"]
    assert linked(document) == "key_tasks[1]"

    save(factory, city, form, "key_tasks", [tasks[1], tasks[0], *tasks[2:]])
    assert linked(opened(factory, form)[1]) == "key_tasks[0]"

    save(factory, city, form, "key_tasks", [tasks[0], *tasks[2:]])
    assert linked(opened(factory, form)[1]) is None, "the task is gone, and no other takes its place"
    save(factory, city, form, "key_tasks", [*tasks[2:], tasks[0], tasks[1]])
    assert linked(opened(factory, form)[1]) == f"key_tasks[{len(tasks) - 1}]", "it came back"


def test_a_path_through_the_api_is_kept_as_the_row(factory: sessionmaker[Session], city: City, form: int) -> None:
    sections, _ = opened(factory, form)
    other, indicators = sections["other_tasks"][1], sections["indicators"][1]
    kept = save(factory, city, form, "indicators", [indicators[0], {**indicators[1], "task": "other_tasks[0]"}, *indicators[2:]])  # fmt: skip
    assert kept[1]["task"] == other[0]["id"]
    again = save(factory, city, form, "indicators", [indicators[0], {**indicators[1], "task": "other_tasks[0]"}, *indicators[2:]])  # fmt: skip
    assert again == kept


def test_resolving_a_hold_writes_no_path(factory: sessionmaker[Session], city: City, form: int) -> None:
    sections, document = opened(factory, form)
    (at,) = [
        index for index, row in enumerate(document["key_tasks"]) if row["id"] == sections["indicators"][1][0]["task"]
    ]
    save(factory, city, form, "key_tasks", [{**row, "name": f"{row['name']}（密）"} if index == at and "密" not in row["name"] else row for index, row in enumerate(document["key_tasks"])])  # fmt: skip
    with unit_of_work(factory) as session:
        resolve_mark(
            session, city["filler"], submission_id=form, version=1,
            request=Request(Action.REPLACE_WITH_PLACEHOLDER, comment="定密责任人意见"), path=f"key_tasks[{at}]",
        )  # fmt: skip
    sections, document = opened(factory, form)
    assert sections["indicators"][1][0]["task"] == sections["key_tasks"][1][at]["id"]
    assert sections["indicators"][1][0]["secrecy_tag"], "it is withheld with its task"
    assert linked(document) == f"key_tasks[{at}]"
