"""The offline workbook over the API: fetched, filled in, tried, and brought back beside a colleague's save."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import QueuePool

from service.api.edge import Edge
from service.db import unit_of_work
from service.importers import ReadResult, read_form
from service.usecases import import_form
from tests.factories import City, make_draft
from tests.service.callers import Caller
from workflows.catalogue import label

AMOUNT = (6, 5)  # of the first task, line and column from 1


@pytest.fixture(scope="module")
def draft(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        return make_draft(session, city)


def test_a_workbook_is_tried_then_merged_and_a_disagreement_needs_a_side(
    caller: Caller, city: City, draft: int
) -> None:
    caller.as_("filler")
    reply = caller.get(f"/api/v1/submissions/{draft}/workbook")
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "no-store")
    book = openpyxl.load_workbook(io.BytesIO(reply.data))
    tasks = caller.get(f"/api/v1/submissions/{draft}").json["sections"]["key_tasks"]  # type: ignore[index]
    book[label("section", "key_tasks", "zh")].cell(*AMOUNT).value = 111.5
    out = io.BytesIO()
    book.save(out)
    rows = [{**tasks["value"][0], "planned_amount": "95"}, *tasks["value"][1:]]
    saved = caller.patch(
        f"/api/v1/submissions/{draft}", {"section": "key_tasks", "base_version": tasks["version"], "value": rows}
    )
    assert saved.status_code == 200, saved.text
    path = f"/api/v1/imports?cycle_id={city.cycle}&filename=x.xlsx"
    binary = {"data": out.getvalue(), "content_type": "application/octet-stream"}
    tried = caller.send("POST", f"{path}&dry_run=true", **binary).json
    assert tried is not None
    (clash,) = tried["conflicts"]
    assert [clash[side] for side in ("base", "system", "file")] == [tasks["value"][0]["planned_amount"], "95", "111.5"]
    assert tried["differences"] == []
    refused = caller.send("POST", path, **binary)
    assert (refused.status_code, refused.json["code"]) == (409, "not_possible_now")  # type: ignore[index]
    stale = caller.send("POST", f"{path}&prefer=file&seen=head.1", **binary)
    assert (stale.status_code, stale.json["code"]) == (409, "stale_version")  # type: ignore[index]
    done = caller.send("POST", f"{path}&prefer=file&seen={tried['seen']}", **binary)
    assert done.status_code == 200, done.text
    after = caller.get(f"/api/v1/submissions/{draft}").json["sections"]["key_tasks"]["value"]  # type: ignore[index]
    assert after[0]["planned_amount"] == "111.5"


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_no_connection_waits_while_a_file_is_read(
    *, caller: Caller, city: City, draft: int, edge: Edge, monkeypatch: pytest.MonkeyPatch, dry_run: str
) -> None:
    caller.as_("filler")
    data = caller.get(f"/api/v1/submissions/{draft}/workbook").data
    held: list[int] = []

    def reading(data: bytes, filename: str) -> ReadResult:
        held.extend(
            pool.checkedout() for pool in (edge.engine.pool, edge.statements.pool) if isinstance(pool, QueuePool)
        )
        return read_form(data, filename)

    monkeypatch.setattr(import_form, "read_form", reading)
    path = f"/api/v1/imports?cycle_id={city.cycle}&filename=x.xlsx&dry_run={dry_run}"
    reply = caller.send("POST", path, data=data, content_type="application/octet-stream")
    assert reply.status_code == 200, reply.text
    assert held, "it was read once"
    assert not any(held)


def test_a_workbook_is_for_those_who_may_type(caller: Caller, draft: int) -> None:
    assert caller.as_("filler2").get(f"/api/v1/submissions/{draft}/workbook").status_code == 404
