"""Cells that stand as they were copied from last year: whoever hands in says of them that they are right, at every door."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from service.api.edge import Edge
from service.db import unit_of_work
from service.models.copied import Copied, tag
from tests.factories import City, make_draft
from tests.service.callers import Caller

_KEY_TASK = "select body -> 'value' -> 1 from draft_section where submission_id = :id and section = 'key_tasks'"
_CHECKED = "select count(*) from copied_cell where submission_id = :id and checked_at is not null"


@pytest.fixture(scope="module")
def form(edge: Edge, city: City) -> int:
    """A draft whose goal and one cell of whose second key task came from last year."""
    with unit_of_work(edge.factory) as session:
        made = make_draft(session, city)
        connection = session.connection()
        row: dict[str, Any] = connection.execute(text(_KEY_TASK), {"id": made}).scalar_one()
        tag(connection, made, section="key_tasks", cells=[Copied(row["id"], "name", row["name"])])
        tag(connection, made, section="overall_goal", cells=[Copied("", "overall_goal", "x")])
        return made


def checked(edge: Edge, form: int) -> int:
    with edge.engine.connect() as connection:
        return int(connection.execute(text(_CHECKED), {"id": form}).scalar_one())


def test_who_may_not_hand_in_is_told_that_and_no_list(caller: Caller, form: int) -> None:
    refused = caller.as_("dept_head").act(form, "submit")
    assert refused.status_code == 403
    assert "errors" not in refused.json  # type: ignore[operator]


@pytest.mark.parametrize("given", ["key_tasks", [""], ["x" * 41], [1], ["x"] * 51])
def test_a_confirmation_of_another_shape_is_refused(caller: Caller, form: int, given: object) -> None:
    refused = caller.as_("filler").act(form, "submit", confirm_copied=given)
    assert refused.status_code == 400


def test_a_submission_that_confirms_nothing_is_refused_with_the_list(caller: Caller, edge: Edge, form: int) -> None:
    filler = caller.as_("filler")
    for confirmed, left in (
        ([], ["key_tasks[1].name", "overall_goal"]),
        (["overall_goal", "indicators"], ["key_tasks[1].name"]),
    ):
        refused = filler.act(form, "submit", confirm_copied=confirmed)
        assert (refused.status_code, refused.json["code"]) == (422, "copied_unchecked")  # type: ignore[index]
        assert refused.json["field"] == "confirm_copied"  # type: ignore[index]
        assert sorted(one["field"] for one in refused.json["errors"]) == left  # type: ignore[index]
        assert checked(edge, form) == 0, "a refused submission leaves no confirmation behind"
    done = filler.act(form, "submit", confirm_copied=["key_tasks", "overall_goal"])
    assert (done.status_code, done.json["state"]) == (200, "review")  # type: ignore[index]
    assert checked(edge, form) == 2
