"""Two people at one table, in random interleavings of edits, additions, deletions and moves: nothing is lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.web import editor
from tests.factories import seed_document
from tests.web.conftest import Town
from tests.web.filling import new_draft, saved
from tests.web.two_editors import BOTH_MOVED, SECTION, Editor, opened, reset, run
from tests.web.visitor import sign_in

YEAR = 2031


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door answers without drawing the page, which is most of the time and no part of what is asked here."""
    monkeypatch.setattr(editor, "screen", lambda *_: {})
    monkeypatch.setattr(editor, "state_answer", lambda _: {})
    monkeypatch.setattr(editor, "section_answer", lambda *_, **__: {"values": {}})


@pytest.fixture(scope="module")
def editors(town: Town) -> tuple[Editor, Editor]:
    """Two windows on one draft."""
    form = new_draft(town, YEAR, seed_document())
    one, other = (opened(sign_in(town.app.test_client(), "filler"), form, name) for name in ("one", "other"))
    return one, other


def _many(town: Town, editors: tuple[Editor, Editor], *, first: int, count: int) -> None:
    clashes, faults = 0, []
    for seed in range(first, first + count):
        record = run(town, editors, seed=seed, steps=6)
        clashes += record.clashes
        faults += [f"{seed}: {fault}" for fault in record.faults]
    assert faults == []
    assert clashes > count // 20, "the interleavings make people meet in one cell"


@pytest.mark.slow
def test_nothing_is_lost_in_a_thousand_interleavings(town: Town, editors: tuple[Editor, Editor]) -> None:
    _many(town, editors, first=0, count=1_000)


@pytest.mark.nightly
def test_nothing_is_lost_in_ten_thousand_interleavings(town: Town, editors: tuple[Editor, Editor]) -> None:
    _many(town, editors, first=1_000, count=10_000)


def test_a_row_moved_by_one_stays_moved_when_the_other_saves(town: Town, editors: tuple[Editor, Editor]) -> None:
    one, other = editors
    rows = reset(town, editors)
    one.saves("down:0")
    other.edits[rows[3]["id"], "name"] = "改"
    other.saves()
    order = [row["id"] for row in saved(town, one.form, SECTION)]
    assert order == [rows[index]["id"] for index in (1, 0, 2, 3)]


def test_where_both_moved_rows_the_second_is_told(town: Town, editors: tuple[Editor, Editor]) -> None:
    one, other = editors
    rows = reset(town, editors)
    one.saves("down:0")
    other.saves("down:2")
    assert BOTH_MOVED in other.said
    order = [row["id"] for row in saved(town, one.form, SECTION)]
    assert order == [rows[index]["id"] for index in (0, 1, 3, 2)]


def test_an_edit_on_a_row_that_the_other_deleted_is_put_before_somebody(
    town: Town, editors: tuple[Editor, Editor]
) -> None:
    one, other = editors
    rows = reset(town, editors)
    one.saves("delete:1")
    other.edits[rows[1]["id"], "name"] = "仍在写"
    reply: Any = other.client.post(
        f"/submissions/{other.form}/sections/{SECTION}",
        data={"csrf_token": other.token, "patch": "yes", "do": "save", "base": other.base,
              "base_version": str(other.version), f"cell.{rows[1]['id']}.name": "仍在写"},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert reply.status_code == 409
    assert "仍在写" in reply.get_json()["clash"]
    assert json.dumps(saved(town, one.form, SECTION)).count(rows[1]["id"]) == 0, "nothing is kept before the choice"
