"""Reports, notifications, boxes and pages of lists over the API, and the description that programs read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask_openapi.openapi import OpenAPI
from sqlalchemy import text

from service.api.edge import Edge
from service.db import unit_of_work
from service.models.storage import store
from tests.factories import City, make_draft, make_person, make_submitted
from tests.service.callers import Caller


@pytest.fixture(scope="module")
def forms(edge: Edge, city: City) -> dict[str, int]:
    with unit_of_work(edge.factory) as session:
        return {"filler": make_draft(session, city), "filler2": make_submitted(session, city, filler="filler2")}


def ask(caller: Caller, form: int) -> int:
    params = {"submission_id": form, "revision": "head", "format": "pdf"}
    reply = caller.post("/api/v1/reports", {"code": "official_form", "params": params, "language": "zh"})
    assert reply.status_code == 202, reply.text
    return int(reply.json["id"])  # type: ignore[index]


def finish(edge: Edge, run: int, name: str) -> None:
    """What a worker leaves behind."""
    stored = store(edge.settings.home.resolve(), b"%PDF-1.7 x")
    done = text(
        "with f as (insert into file (sha256, size, media_type, name) values (:sha, 10, 'application/pdf', :name) returning id)"
        " update report_run set state = 'done', file_id = f.id, finished_at = now() from f where report_run.id = :run"
    )
    with unit_of_work(edge.factory) as session:
        session.execute(done, {"sha": stored.sha256, "name": name, "run": run})


def test_a_report_is_its_asker_s_alone(caller: Caller, forms: dict[str, int]) -> None:
    run = ask(caller.as_("filler2"), forms["filler2"])
    shown = caller.get(f"/api/v1/reports/{run}").json
    assert (shown["state"], shown["file"]) == ("due", None)  # type: ignore[index]
    assert [one["id"] for one in caller.get("/api/v1/reports").json["items"]] == [run]  # type: ignore[index]
    early = caller.get(f"/api/v1/reports/{run}/file")
    assert (early.status_code, early.json["code"]) == (409, "not_possible_now")  # type: ignore[index]
    head = caller.other("dept_head2")
    for path in (f"/api/v1/reports/{run}", f"/api/v1/reports/{run}/file"):
        assert head.get(path).status_code == 404
    assert head.get("/api/v1/reports").json["items"] == []  # type: ignore[index]


def test_a_report_of_a_form_that_one_may_not_see_is_refused_when_asked_for(
    caller: Caller, forms: dict[str, int]
) -> None:
    params = {"submission_id": forms["filler"], "revision": "head", "format": "pdf"}
    reply = caller.as_("filler2").post("/api/v1/reports", {"code": "official_form", "params": params})
    assert reply.status_code == 404


def test_a_finished_file_is_an_attachment_that_can_do_nothing(
    caller: Caller, forms: dict[str, int], edge: Edge
) -> None:
    run = ask(caller.as_("filler2"), forms["filler2"])
    finish(edge, run, "揭阳市\u202efdp.exe; filename*=x\r\nX-Evil: 1.pdf")
    reply = caller.get(f"/api/v1/reports/{run}/file")
    assert reply.data == b"%PDF-1.7 x"
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert "X-Evil" not in reply.headers
    assert reply.headers["Content-Security-Policy"].startswith("sandbox")
    assert reply.headers["Cache-Control"] == "no-store"
    reply.close()


def test_a_file_is_gone_with_the_right_to_see_its_form(
    caller: Caller, forms: dict[str, int], city: City, edge: Edge
) -> None:
    with unit_of_work(edge.factory) as session:
        guest = make_person(session, "guest", superior_reviewer=city.superior)
        session.execute(text("update person p set password_hash = q.password_hash from person q where q.id = 1"))
    run = ask(caller.as_("guest"), forms["filler2"])
    finish(edge, run, "表.pdf")
    addresses = (f"/api/v1/reports/{run}/file", f"/reports/{run}/file")
    assert [caller.get(one, buffered=True).status_code for one in addresses] == [200, 200]
    with unit_of_work(edge.factory) as session:
        session.execute(text("delete from role_assignment where person_id = :id"), {"id": guest.id})
    assert [caller.get(one).status_code for one in addresses] == [404, 404]


def test_notifications_are_read_one_by_one_or_all(
    caller: Caller, forms: dict[str, int], city: City, edge: Edge
) -> None:
    add = text(
        "insert into notification (person_id, topic, dedupe_key, submission_id, params)"
        " select :p, 'submission.submit', 'k' || i, :s, '{\"audience\": \"desk\"}' from generate_series(1, 5) i"
    )
    with unit_of_work(edge.factory) as session:
        session.execute(add, {"p": city["dept_head2"].id, "s": forms["filler2"]})
        session.execute(add, {"p": city["filler"].id, "s": forms["filler2"]})
    head = caller.as_("dept_head2")
    first = page(head, "/api/v1/notifications?limit=2")
    assert "请您审核" in first["items"][0]["title"]
    second = page(head, f"/api/v1/notifications?limit=2&before={first['next']}")
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert ids == sorted(set(ids), reverse=True)
    assert head.post("/api/v1/notifications/read", {"id": ids[0]}).status_code == 204
    assert len(page(head, "/api/v1/notifications?unread=true")["items"]) == 4
    assert head.post("/api/v1/notifications/read", {}).status_code == 204
    assert page(head, "/api/v1/notifications?unread=true")["items"] == []
    other = caller.other("filler")  # told of a form that this person may not see: not even its name
    told = page(other, "/api/v1/notifications?unread=true")["items"]
    assert len(told) == 5
    assert {(one["submission_id"], one["title"]) for one in told} == {(None, None)}


def page(caller: Caller, path: str) -> dict[str, Any]:
    reply = caller.get(path)
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json  # type: ignore[assignment]
    return body


def test_lists_and_boxes_page_by_key(caller: Caller, forms: dict[str, int]) -> None:
    office = caller.as_("finance_performance_office")
    first = page(office, "/api/v1/submissions?limit=1")
    second = page(office, f"/api/v1/submissions?limit=1&after={first['next']}")
    assert {first["items"][0]["id"], second["items"][0]["id"]} == set(forms.values())
    assert second["next"] is None
    assert first["items"][0]["basic_expenditure"] in (None, "1263.120000")
    desk = page(caller.other("dept_head2"), "/api/v1/inbox")
    assert [line["submission_id"] for line in desk["items"]] == [forms["filler2"]]
    assert desk["count"] == 1
    assert page(caller.other("dept_head2"), "/api/v1/inbox?tab=done")["items"] == []


def test_a_draft_is_shown_to_those_who_fill_it_in_and_to_nobody_else(caller: Caller, forms: dict[str, int]) -> None:
    form = f"/api/v1/submissions/{forms['filler']}"
    own = page(caller.as_("filler"), form)
    assert own["document"]["department"] == "中共揭阳市委政法委员会"
    assert own["sections"]["overall_goal"]["version"] == 1
    office = page(caller.other("finance_performance_office"), form)
    assert (office["document"], office["sections"]) == (None, None)
    assert page(caller.other("finance_performance_office"), f"{form}/findings") == {"findings": []}
    frozen = page(caller.other("dept_head2"), f"/api/v1/submissions/{forms['filler2']}")
    assert frozen["revision"]["number"] == 1
    assert frozen["sections"] is None


def test_allowed_says_what_is_possible_and_why_not(caller: Caller, forms: dict[str, int]) -> None:
    own = page(caller.as_("filler2"), f"/api/v1/submissions/{forms['filler2']}/allowed")
    assert [(one["action"], one["possible"]) for one in own["actions"]] == [("withdraw", True)]
    head = page(caller.other("dept_head2"), f"/api/v1/submissions/{forms['filler2']}/allowed")
    assert {one["action"] for one in head["actions"]} >= {"pass", "return_for_revision"}


def test_no_score_before_an_evaluation(caller: Caller, forms: dict[str, int]) -> None:
    reply = caller.as_("filler2").get(f"/api/v1/submissions/{forms['filler2']}/score")
    assert (reply.status_code, reply.json["detail"]) == (404, "这份单据还没有评分。")  # type: ignore[index]


def test_the_description_names_every_route_once(caller: Caller, app: OpenAPI) -> None:
    described: dict[str, Any] = caller.get("/api/openapi.json").json  # type: ignore[assignment]
    assert described["openapi"] == "3.1.0"
    known = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
    }
    assert set(described["paths"]) == known
    operations = [one for path in described["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids))
    for one in operations:
        assert one["summary"], one["operationId"]
        assert "application/problem+json" in one["responses"]["400"]["content"]
    assert described["components"]["securitySchemes"]["session"]["name"] == "__Host-jixiao_session"


def test_the_browser_of_the_description_asks_no_other_host(caller: Caller) -> None:
    caller.as_("filler")
    reply = caller.get("/api/docs")
    assert "//" not in reply.text.replace("http-equiv", "")
    assert "script-src" not in reply.headers["Content-Security-Policy"], "scripts stay with default-src 'self'"
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        file = caller.get(f"/api/docs/{name}")
        assert file.status_code == 200
        file.close()
    assert caller.get("/api/docs/oauth2-redirect.html").status_code == 404
