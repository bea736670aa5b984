"""Urges, copies and the narrowed boxes over the API."""

from __future__ import annotations

import pytest

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_submitted
from tests.service.callers import Caller


@pytest.fixture(scope="module")
def form(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        return make_submitted(session, city)


def test_an_urge_and_its_refusal(caller: Caller, form: int) -> None:
    path = f"/api/v1/submissions/{form}"
    filler = caller.as_("filler")
    first = filler.post(f"{path}/urges", None, headers={"Idempotency-Key": "u1"})
    assert first.status_code == 201, first.text
    assert filler.post(f"{path}/urges", None, headers={"Idempotency-Key": "u1"}).data == first.data
    again = filler.post(f"{path}/urges")
    assert (again.status_code, again.json["code"]) == (409, "not_possible_now")  # type: ignore[index]
    assert "之后可以再次催办" in again.json["detail"]  # type: ignore[index]
    assert caller.other("filler2").post(f"{path}/urges").status_code == 404
    assert caller.other("secrecy_reviewer").post(f"{path}/urges").status_code == 403
    listed = caller.other("dept_head").get(f"{path}/courtesies").json
    assert [one["role"] for one in listed["urges"]] == ["filler"]  # type: ignore[index]


def test_a_copy_is_given_to_who_may_see_and_read_by_them(caller: Caller, city: City, form: int) -> None:
    path = f"/api/v1/submissions/{form}"
    office = city["finance_performance_office"].id
    filler = caller.as_("filler")
    assert filler.post(f"{path}/copies", {"people": [office]}).json == {"id": form, "given": 1}
    assert filler.post(f"{path}/copies", {"people": [office]}).json == {"id": form, "given": 0}
    refused = filler.post(f"{path}/copies", {"people": [city["filler2"].id]})
    assert (refused.status_code, refused.json["field"]) == (400, "people")  # type: ignore[index]
    bodies: list[dict[str, object]] = [{"people": []}, {"people": ["1"]}, {"people": [office], "by": 1}, {}]
    for body in bodies:
        assert filler.post(f"{path}/copies", body).status_code == 400, body
    reader = caller.other("finance_performance_office")
    assert [one["by"] for one in reader.get("/api/v1/inbox?tab=cc").json["items"]] == ["filler"]  # type: ignore[index]
    assert reader.post(f"{path}/copies/read").status_code == 200
    assert reader.get("/api/v1/inbox?tab=cc").json["items"][0]["read_at"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stage=dept_head", 1),
        ("stage=finance_budget_office", 0),
        ("year=2022&warned=true", 1),
        ("project_expenditure_to=1", 0),
    ],
)
def test_a_box_and_the_register_are_narrowed_alike(caller: Caller, form: int, query: str, found: int) -> None:
    head = caller.as_("dept_head")
    for path in ("/api/v1/inbox?", "/api/v1/submissions?"):
        assert len(head.get(f"{path}{query}").json["items"]) == found, path  # type: ignore[index]
    assert head.get("/api/v1/inbox?stage=nobody").status_code == 400
