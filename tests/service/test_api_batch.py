"""POST /submissions/actions: one answer to one key, reasons in words, and no return in batches."""

from __future__ import annotations

import pytest

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_submitted
from tests.service.callers import Caller

PATH = "/api/v1/submissions/actions"


@pytest.fixture(scope="module")
def forms(edge: Edge, city: City) -> list[int]:
    with unit_of_work(edge.factory) as session:
        return [make_submitted(session, city), make_submitted(session, city, filler="filler2")]


def test_a_batch_is_answered_once_and_repeated_to_the_byte(caller: Caller, forms: list[int]) -> None:
    head = caller.as_("dept_head")
    body = {"action": "pass", "comment": "同意", "items": [{"id": form, "version": 2} for form in forms]}
    first = head.post(PATH, body, headers={"Idempotency-Key": "batch-1"})
    assert first.status_code == 200, first.text
    assert [(one["id"], one["level"], one["version"]) for one in first.json["done"]] == [(forms[0], 3, 4)]  # type: ignore[index]
    [skipped] = first.json["skipped"]  # type: ignore[index]
    assert (skipped["id"], skipped["code"], skipped["reason"]) == (forms[1], "not_found", "not_found")
    assert "没有找到" in skipped["detail"]

    again = head.post(PATH, body, headers={"Idempotency-Key": "batch-1"})
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    other = head.post(PATH, {**body, "comment": "不同"}, headers={"Idempotency-Key": "batch-1"})
    assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch")  # type: ignore[index]

    unkeyed = head.post(PATH, body)
    [late, _] = unkeyed.json["skipped"]  # type: ignore[index]
    assert (late["code"], late["by"]["role"]) == ("stale_version", "dept_head")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "return_for_revision"}, "action"),
        ({"action": "reject"}, "action"),
        ({"items": []}, "items"),
        ({"items": [{"id": 1, "version": 1}] * 501}, "items"),
        ({"items": [{"id": 1, "version": 1, "state": "approved"}]}, "items[0].state"),
        ({"items": [{"id": "1", "version": 1}]}, "items[0].id"),
        ({"first_number": 0}, "first_number"),
        ({"state": "approved"}, "state"),
    ],
)
def test_a_batch_that_could_not_be_is_refused_by_its_field(
    caller: Caller, forms: list[int], change: dict[str, object], field: str
) -> None:
    body = {"action": "pass", "items": [{"id": forms[0], "version": 2}], **change}
    reply = caller.as_("dept_head").post(PATH, body)
    assert reply.status_code in (400, 422), reply.text
    assert field in reply.text


def test_one_form_twice_is_refused(caller: Caller, forms: list[int]) -> None:
    body = {"action": "pass", "items": [{"id": forms[0], "version": 2}, {"id": forms[0], "version": 3}]}
    reply = caller.as_("dept_head").post(PATH, body)
    assert (reply.status_code, reply.json["field"]) == (400, "items")  # type: ignore[index]


def test_a_visitor_and_a_forged_page_change_nothing(caller: Caller, forms: list[int]) -> None:
    body = {"action": "pass", "items": [{"id": forms[1], "version": 2}]}
    assert caller.post(PATH, body).status_code == 401
    head = caller.as_("dept_head2")
    head.csrf = None
    assert head.post(PATH, body).status_code == 403
    assert caller.other("finance_performance_office").get(f"/api/v1/submissions/{forms[1]}").json["version"] == 2  # type: ignore[index]
