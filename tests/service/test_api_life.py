"""The same life over the API alone: from import to closed, returned once, its holds resolved, nothing but HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from service.api.edge import Edge
from service.db import count_round_trips
from tests.factories import City, seed_document
from tests.service.callers import Caller

SEED = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"
# The weights of the worked example of the domain guide, 5.6; execution has the other ten.
POINTS = ["6", "5", "5", "6", "6", "5", "5", "6", "6", "15", "15", "10"]


def imported(caller: Caller, city: City) -> int:
    reply = caller.send(
        "POST",
        f"/api/v1/imports?cycle_id={city.cycle}&filename=seed.txt",
        data=SEED.read_bytes(),
        content_type="application/octet-stream",
    )
    assert reply.status_code == 201, reply.text
    form: dict[str, Any] = reply.json  # type: ignore[assignment]
    assert form["created"]
    assert {f["rule"] for f in form["findings"] if f["severity"] == "block"} == {"A16"}
    return int(form["id"])


def step(caller: Caller, form: int, action: str, **fields: object) -> dict[str, Any]:
    reply = caller.act(form, action, **fields)
    assert reply.status_code == 200, (action, reply.text)
    body: dict[str, Any] = reply.json  # type: ignore[assignment]
    return body


def test_the_whole_life_over_http(caller: Caller, city: City, edge: Edge) -> None:
    filler = caller.as_("filler")
    head, office, performance, budget = (
        caller.other(name)
        for name in ("dept_head", "finance_business_office", "finance_performance_office", "finance_budget_office")
    )
    form = imported(filler, city)

    held = filler.act(form, "submit")
    assert held.status_code == 422
    assert held.json["code"] == "form_has_errors"  # type: ignore[index]
    assert all(f["message"] and f["why"] for f in held.json["findings"])  # type: ignore[index]

    marked = [f["path"] for f in held.json["findings"] if f["rule"] == "A16"]  # type: ignore[index]
    assert len(marked) == 4
    for path in marked:
        step(filler, form, "replace_with_placeholder", path=path, comment="涉密内容线下报送")

    assert step(filler, form, "submit")["level"] == 1
    refused = head.act(form, "return_for_revision")
    assert (refused.status_code, refused.json["code"]) == (422, "comment_required")  # type: ignore[index]
    assert step(head, form, "return_for_revision", comment="请补充依据文号")["state"] == "draft"
    assert step(filler, form, "submit")["level"] == 1

    assert step(head, form, "pass")["level"] == 3, "the unit has no superior, so level 2 is skipped"
    assert step(office, form, "pass")["level"] == 4
    assert step(performance, form, "pass", grade="excellent")["level"] == 5
    replied = step(budget, form, "issue_reply", reply_number="揭市财预〔2022〕5号", reply_date="2022-02-10")
    assert replied["state"] == "approved"

    assert step(performance, form, "open_evaluation")["state"] == "year_end_evaluation"
    document = filler.get(f"/api/v1/submissions/{form}").json["document"]  # type: ignore[index]
    assert len(document["indicators"]) == 12
    actuals = [
        {
            "weight": weight,
            "actual_value": row["target_value"],
            "entered_score": None,
            "deviation_analysis": "指标设定与上年一致，按计划完成。",
        }
        for row, weight in zip(document["indicators"], POINTS, strict=True)
    ]
    saved = filler.post(
        f"/api/v1/submissions/{form}/actions",
        {"action": "save_actuals", "section": "actuals", "value": actuals, "base_version": 0},
    )
    assert saved.status_code == 200, saved.text
    execution = {"adjusted_budget": "1823.37", "executed_amount": "1823.37"}
    saved = filler.patch(f"/api/v1/submissions/{form}", {"section": "execution", "value": execution, "base_version": 0})
    assert saved.status_code == 200, saved.text
    findings = filler.get(f"/api/v1/submissions/{form}/findings").json["findings"]  # type: ignore[index]
    blocking = [f for f in findings if f["severity"] in ("error", "block")]
    assert blocking == [], blocking

    assert step(filler, form, "submit_evaluation")["level"] == 1
    step(head, form, "pass")
    step(performance, form, "re_score", scores={"indicators[0]": "4"}, comment="完成证明不足，扣 2 分")
    score = performance.get(f"/api/v1/submissions/{form}/score").json
    assert score["total"] is not None  # type: ignore[index]
    assert all(row["trace"] for row in score["rows"])  # type: ignore[index]
    assert step(performance, form, "confirm")["state"] == "closed"

    events = filler.get(f"/api/v1/submissions/{form}/events").json["items"]  # type: ignore[index]
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    assert events[0]["action"] == "create"
    assert events[-1]["action"] == "confirm"
    assert any(e["comment"] == "请补充依据文号" for e in events)
    kinds = [r["kind"] for r in filler.get(f"/api/v1/submissions/{form}/revisions").json["items"]]  # type: ignore[index]
    assert kinds == ["target", "target", "evaluation", "evaluation"]


def test_a_pass_takes_three_round_trips(caller: Caller, city: City, edge: Edge) -> None:
    filler, head = caller.as_("filler2"), caller.other("dept_head2")
    form = draft_of(filler, city)
    step(filler, form, "submit")
    version = head.get(f"/api/v1/submissions/{form}").json["version"]  # type: ignore[index]
    trips, others = count_round_trips(edge.statements), count_round_trips(edge.engine)
    reply = head.post(
        f"/api/v1/submissions/{form}/actions",
        {"action": "pass", "version": version, "comment": "同意"},
        headers={"Idempotency-Key": "three-trips"},
    )
    spent = [sql.split()[0] for sql in trips]
    assert reply.status_code == 200, reply.text
    assert spent == ["select", "select", "with"]
    assert not others
    with edge.engine.connect() as connection:
        kept = connection.execute(text("select response from idempotency_reply where key = 'three-trips'")).scalar_one()
    assert kept == reply.json


def draft_of(filler: Caller, city: City) -> int:
    unit = filler.get("/api/v1/sessions/current").json["roles"][0]["department_id"]  # type: ignore[index]
    reply = filler.post(
        "/api/v1/submissions", {"department_id": unit, "cycle_id": city.cycle, "document": seed_document()}
    )
    assert reply.status_code == 201, reply.text
    return int(reply.json["id"])  # type: ignore[index]
