"""What was never handed in is read by nobody outside the unit: by no address, by no refusal that shows a page again."""

from __future__ import annotations

import pytest
from flask_openapi.openapi import OpenAPI
from werkzeug.test import TestResponse

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_draft, make_submitted, seed_document
from tests.service.callers import Caller
from tests.service.test_api_life import step
from tests.service.test_security import address, rules, say

WORDS = "尚未提交的文字"
OUTSIDE = (
    "superior_reviewer",
    "finance_business_office",
    "finance_performance_office",
    "finance_budget_office",
    "observer",
)
SECTIONS = ("head", "basic", "budget", "overall_goal", "key_tasks", "other_tasks", "indicators", "actuals", "execution")


@pytest.fixture(scope="module")
def forms(app: OpenAPI, edge: Edge, city: City) -> list[int]:
    """A draft that was never handed in, and one that came back and was changed since."""
    document = seed_document()
    document["key_tasks"][0]["name"] = WORDS
    with unit_of_work(edge.factory) as session:
        first = make_draft(session, city, document=document)
        second = make_submitted(session, city, filler="filler2")
    step(Caller(app).as_("dept_head2"), second, "return_for_revision", comment="请补充")
    filler = Caller(app).as_("filler2")
    for section, cell in (("key_tasks", "name"), ("indicators", "level3")):
        kept = filler.get(f"/api/v1/submissions/{second}").json["sections"][section]  # type: ignore[index]
        kept["value"][0][cell] = WORDS
        body = {"section": section, "value": kept["value"], "base_version": kept["version"]}
        assert filler.patch(f"/api/v1/submissions/{second}", body).status_code == 200
    return [first, second]


def refused(reader: Caller, form: int, section: str, base_version: str) -> TestResponse:
    fields = {"csrf_token": reader.csrf, "base_version": base_version, section: "x"}
    return reader.send("POST", f"/submissions/{form}/sections/{section}", data=fields)


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.slow
def test_no_reply_to_somebody_outside_holds_it(caller: Caller, app: OpenAPI, forms: list[int], who: str) -> None:
    reader = caller.as_(who)
    replies = [
        reader.get(address(rule, form))
        for form in forms
        for rule in rules(app, "GET")
        if "submission_id" in rule.arguments
    ]
    replies += [refused(reader, form, section, base) for form in forms for section in SECTIONS for base in ("x", "1")]
    assert [say(reply) for reply in replies if WORDS.encode() in reply.data] == []
    assert [say(reply) for reply in replies if reply.status_code >= 500] == []


def test_the_unit_itself_reads_it(caller: Caller, forms: list[int]) -> None:
    assert WORDS in caller.as_("filler").get(f"/submissions/{forms[0]}").text
    assert WORDS in caller.as_("filler2").get(f"/submissions/{forms[1]}").text
