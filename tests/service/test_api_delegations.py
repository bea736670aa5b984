"""Delegations over the API: lent, listed by both, ended by either, refused with the field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_person
from tests.service.callers import Caller
from workflows.deadlines import beijing_date

PATH = "/api/v1/delegations"
TODAY = beijing_date(datetime.now(UTC))


@pytest.fixture(scope="module")
def deputy(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        person = make_person(session, "deputy", filler=city.unit).id
    assert person is not None
    return person


def asked(city: City, deputy: int, **changes: object) -> dict[str, Any]:
    days = {"starts_on": TODAY.isoformat(), "ends_on": (TODAY + timedelta(days=6)).isoformat()}
    return {"delegate_id": deputy, "role": "dept_head", "department_id": city.unit, "reason": "出差", **days, **changes}


def test_a_role_is_lent_listed_and_taken_back_once(caller: Caller, city: City, deputy: int) -> None:
    head = caller.as_("dept_head")
    headers = {"Idempotency-Key": "lend-for-a-week"}
    made = [head.post(PATH, asked(city, deputy), headers=headers) for _ in range(2)]
    assert [reply.status_code for reply in made] == [201, 201]
    assert made[0].json == made[1].json
    (listed,) = head.get(PATH).json["delegations"]  # type: ignore[index]
    assert (listed["delegate"], listed["running"], listed["ended"]) == ("deputy", True, False)
    again = head.post(PATH, asked(city, deputy))
    assert (again.status_code, again.json["code"]) == (409, "not_possible_now")  # type: ignore[index]
    end = f"{PATH}/{listed['id']}/end"
    assert caller.other("filler2").post(end).status_code == 404
    assert head.post(end).status_code == 200
    assert head.post(end).status_code == 409
    assert head.get(PATH).json["delegations"][0]["ended"] is True  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "filler"}, "role"),
        ({"department_id": 999_999}, "role"),
        ({"delegate_id": 999_999}, "delegate_id"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"starts_on": "2020-01-01"}, "starts_on"),
        ({"starts_on": "tomorrow"}, "starts_on"),
        ({"reason": " "}, "reason"),
        ({"reason": "涉及（绝密）事项"}, "reason"),
        ({"state": "approved"}, "state"),
    ],
)
def test_what_can_not_be_lent_is_a_400_that_names_the_field(
    caller: Caller, city: City, deputy: int, changes: dict[str, object], field: str
) -> None:
    refused = caller.as_("dept_head").post(PATH, asked(city, deputy, **changes))
    assert refused.status_code == 400, refused.text
    assert field in refused.text


def test_nobody_lends_for_another_but_the_security_administrator(caller: Caller, city: City, deputy: int) -> None:
    owner = city["dept_head"].id
    body = asked(city, deputy, person_id=owner, ends_on=TODAY.isoformat())
    assert caller.as_("filler").post(PATH, body).status_code == 403
    assert caller.as_("sys_admin").post(PATH, body).status_code == 403
    assert caller.as_("sec_admin").post(PATH, body).status_code == 201
