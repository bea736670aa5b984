"""Reasons over the API: given, read with the findings, taken back, exactly once by their key."""

from __future__ import annotations

from typing import Any

import pytest

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_draft
from tests.service.callers import Caller

REASON = "合同第 7 条：培训一次即达标。"


@pytest.fixture(scope="module")
def form(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        return make_draft(session, city)


def small(caller: Caller, form: int) -> dict[str, Any]:
    """The finding that takes a reason."""
    found = caller.get(f"/api/v1/submissions/{form}/findings").json["findings"]  # type: ignore[index]
    return next(one for one in found if one["rule"] == "A12")


def test_a_reason_is_read_with_its_finding_and_taken_back(caller: Caller, form: int) -> None:
    filler, path = caller.as_("filler"), f"/api/v1/submissions/{form}/waivers"
    finding = small(filler, form)
    assert (finding["takes_reason"], finding["waiver"]) == (True, None)
    asked = {"rule": "A12", "path": finding["path"], "meaning": finding["meaning"]}
    given = filler.post(path, {**asked, "reason": REASON})
    assert (given.status_code, given.json) == (200, asked)
    said = small(filler, form)["waiver"]
    assert (said["reason"], said["by"]) == (REASON, "filler")
    for _ in range(2):
        assert filler.send("DELETE", path, query_string=asked).status_code == 204
    assert small(filler, form)["waiver"] is None


def test_the_same_key_gives_one_reason_and_another_body_is_refused(caller: Caller, form: int) -> None:
    filler, path = caller.as_("filler"), f"/api/v1/submissions/{form}/waivers"
    body, key = {"rule": "A12", "path": "indicators[6]", "reason": REASON}, {"headers": {"Idempotency-Key": "w-1"}}
    assert filler.post(path, body, **key).json == filler.post(path, body, **key).json
    assert filler.post(path, {**body, "reason": "另一个理由"}, **key).status_code == 422
    assert small(filler, form)["waiver"]["reason"] == REASON


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"rule": "A12", "path": "indicators[6]", "reason": " "}, 400, "reason"),
        ({"rule": "A12", "path": "indicators[6]", "reason": "密级：机密"}, 400, "reason"),
        ({"rule": "A12", "path": "indicators[6]", "reason": "x\x07"}, 400, "reason"),
        ({"rule": "A12", "path": "indicators[6]"}, 400, "reason"),
        ({"rule": "A12", "path": "indicators[6]", "meaning": "x", "reason": "x"}, 400, "meaning"),
        ({"rule": "A12", "path": "indicators[6]", "meaning": "0" * 64, "reason": "x"}, 409, None),
        ({"rule": "A17", "path": "indicators[3]", "reason": "x"}, 409, None),
        ({"rule": "Z9", "path": "]][[", "reason": "x"}, 409, None),
    ],
)
def test_what_answers_nothing_is_refused(
    caller: Caller, form: int, body: dict[str, Any], status: int, field: str | None
) -> None:
    reply = caller.as_("filler").post(f"/api/v1/submissions/{form}/waivers", body)
    assert reply.status_code == status, reply.text
    assert field is None or field in reply.text


def test_nobody_else_answers(caller: Caller, form: int) -> None:
    body = {"rule": "A12", "path": "indicators[6]", "reason": REASON}
    assert caller.as_("dept_head").post(f"/api/v1/submissions/{form}/waivers", body).status_code == 403
    assert caller.other("filler2").post(f"/api/v1/submissions/{form}/waivers", body).status_code == 404


def test_reviewers_read_what_was_handed_in_and_the_bundle_carries_it(caller: Caller, edge: Edge, city: City) -> None:
    with unit_of_work(edge.factory) as session:
        form = make_draft(session, city, filler="filler2")
    filler = caller.as_("filler2")
    filler.post(f"/api/v1/submissions/{form}/waivers", {"rule": "A12", "path": "indicators[6]", "reason": REASON})
    assert filler.act(form, "submit").status_code == 200
    read = small(caller.other("dept_head2"), form)
    assert (read["waiver"]["reason"], read["waiver"]["by"]) == (REASON, "filler2")

    from service.queries.evidence_rows import evidence_rows

    with unit_of_work(edge.factory) as session:
        rows = evidence_rows(session.connection(), form)
    (kept,) = rows["revisions"][0]["waivers"]
    assert (kept["rule"], kept["section"], kept["reason"], kept["by"]) == ("A12", "indicators", REASON, "filler2")
    assert "waivers" not in rows["revisions"][0]["document"]
