"""One key, one effect: repetitions get the first answer to the byte, other requests with the key are refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from threading import Barrier
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, text
from werkzeug.test import TestResponse

from service.api.edge import Edge
from service.db import unit_of_work
from service.models.people import RoleAssignment
from tests.factories import City, make_cycle, make_department, make_person, make_submitted, seed_document
from tests.service.callers import Caller
from workflows.deadlines import beijing_date
from workflows.lifecycle import Role

KEY = "Idempotency-Key"


@pytest.fixture
def form(edge: Edge, city: City) -> int:
    """A form of a new unit, on the desk of `dept_head`."""
    with unit_of_work(edge.factory) as session:
        unit = make_department(session, business_office_id=city.office)
        head = {"person_id": city["dept_head"].id, "role": Role.DEPT_HEAD, "department_id": unit}
        session.execute(insert(RoleAssignment).values(head))
        cycle = make_cycle(session, departments=[unit], today=beijing_date(datetime.now(UTC)))
        filler = make_person(session, f"filler-of-{unit}", filler=unit)
        return make_submitted(session, replace(city, unit=unit, cycle=cycle, people={"filler": filler}))


@pytest.fixture
def passed(caller: Caller, form: int) -> int:
    """The same, passed with the key `once`."""
    assert act(caller.other("dept_head"), form, f"once-{form}", action="pass", version=2).status_code == 200
    return form


def events_of(edge: Edge, form: int) -> int:
    with edge.engine.connect() as connection:
        found = connection.execute(
            text("select count(*) from event where subject_kind = 'submission' and subject_id = :id"), {"id": form}
        )
        return int(found.scalar_one())


def act(caller: Caller, form: int, key: str, **body: Any) -> TestResponse:  # noqa: ANN401 - any fields
    return caller.post(f"/api/v1/submissions/{form}/actions", body, headers={KEY: key})


def test_twenty_times_at_once_is_once(caller: Caller, form: int, edge: Edge) -> None:
    """A double click, a resend, the back button: one event, twenty equal answers."""
    callers = [caller.as_("dept_head"), *(caller.other("dept_head") for _ in range(7))]
    body: dict[str, Any] = {"action": "pass", "version": 2}
    before, gate = events_of(edge, form), Barrier(8)

    def click(number: int) -> TestResponse:
        if number < 8:
            gate.wait()
        return act(callers[number % 8], form, "double-click", **body)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(click, range(20)))
    assert {reply.status_code for reply in replies} == {200}, [reply.text for reply in replies]
    assert len({reply.data for reply in replies}) == 1
    assert events_of(edge, form) - before == 2, "the pass, and the level that this unit has no desk for"
    assert sum("Idempotency-Replayed" not in reply.headers for reply in replies) == 1


def test_without_a_key_the_second_is_told_who_was_first(caller: Caller, passed: int) -> None:
    body = {"action": "pass", "version": 2}
    reply = caller.as_("dept_head").post(f"/api/v1/submissions/{passed}/actions", body)
    assert reply.status_code == 409
    told: dict[str, Any] = reply.json  # type: ignore[assignment]
    assert told["code"] == "stale_version"
    assert told["by"]["role"] == "dept_head"
    assert told["by"]["unit"]
    assert told["at"]


def test_another_request_with_the_same_key_is_refused(caller: Caller, passed: int) -> None:
    head, key = caller.as_("dept_head"), f"once-{passed}"
    for other in ({"action": "pass", "version": 3}, {"action": "undo_pass", "version": 2}):
        reply = act(head, passed, key, **other)
        assert (reply.status_code, reply.json["code"]) == (422, "idempotency_mismatch")  # type: ignore[index]
    elsewhere = act(head, passed + 1000, key, action="pass", version=2)
    assert elsewhere.status_code == 422
    same = head.send(
        "POST",
        f"/api/v1/submissions/{passed}/actions",
        data=b'{"version": 2,   "action": "pass"}',
        content_type="application/json",
        headers={KEY: key},
    )
    assert same.status_code == 200, "the order of keys and the spaces make no other request"
    assert same.headers["Idempotency-Replayed"] == "true"


def test_a_key_is_one_person_s(caller: Caller, passed: int) -> None:
    office = caller.as_("finance_business_office")
    reply = act(office, passed, f"once-{passed}", action="pass", version=2)
    assert (reply.status_code, reply.json["code"]) == (409, "stale_version")  # type: ignore[index]


def test_a_refusal_is_not_kept(caller: Caller, passed: int) -> None:
    office, key = caller.as_("finance_business_office"), f"retry-{passed}"
    version = office.get(f"/api/v1/submissions/{passed}").json["version"]  # type: ignore[index]
    refused = act(office, passed, key, action="return_for_revision", version=version)
    assert refused.status_code == 422
    done = act(office, passed, key, action="return_for_revision", version=version, comment="请补充依据")
    assert done.status_code == 200, done.text


def test_every_other_write_keeps_its_answer_too(caller: Caller, city: City, edge: Edge) -> None:
    filler = caller.as_("filler2")
    body = {"department_id": city.below, "cycle_id": city.cycle, "document": seed_document()}
    first, second = (filler.post("/api/v1/submissions", body, headers={KEY: "open"}) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    form = first.json["id"]  # type: ignore[index]
    edit = {"section": "overall_goal", "value": "平安建设", "base_version": 1}
    saved = [filler.patch(f"/api/v1/submissions/{form}", edit, headers={KEY: "edit"}) for _ in range(2)]
    assert [reply.status_code for reply in saved] == [200, 200]
    assert saved[0].data == saved[1].data
    with edge.engine.connect() as connection:
        count = connection.execute(
            text("select count(*) from submission where department_id = :id"), {"id": city.below}
        )
        assert count.scalar_one() == 1


def test_another_file_under_the_same_key_is_no_repetition(caller: Caller, city: City) -> None:
    filler = caller.as_("filler2")
    path = f"/api/v1/imports?cycle_id={city.cycle}&department_id={city.below}"

    def send(goal: str) -> TestResponse:
        file = orjson.dumps(seed_document() | {"overall_goal": goal})
        return filler.send("POST", path, data={"file": (BytesIO(file), "form.json")}, headers={KEY: "file"})

    first, again, other = send("甲" * 60), send("甲" * 60), send("乙" * 60)
    assert first.status_code in (200, 201), first.text
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch")  # type: ignore[index]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "钥匙"])
def test_a_key_has_a_shape(caller: Caller, form: int, key: str) -> None:
    reply = caller.as_("filler").post(
        f"/api/v1/submissions/{form}/actions",
        {"action": "withdraw", "version": 1},
        headers={KEY: key.encode().decode("latin-1")},
    )
    assert reply.status_code == 400
    assert reply.json["field"] == KEY  # type: ignore[index]
