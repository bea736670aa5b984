"""A form of the second type over the API alone: opened, every section saved, checked, handed in, approved."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_cycle
from tests.service.callers import Caller
from tests.service.test_api_life import step
from tests.web.test_project_form import FIELDS, FORM, ROWS
from workflows.deadlines import beijing_date
from workflows.document import empty_row
from workflows.forms import form_type
from workflows.forms.base import Shape


def test_a_project_form_over_http(caller: Caller, city: City, edge: Edge) -> None:
    with unit_of_work(edge.factory) as session:
        today = beijing_date(datetime.now(UTC))
        cycle = make_cycle(session, departments=[city.unit], today=today, fiscal_year=2061, form=FORM)
    filler = caller.as_("filler")
    opened = filler.post("/api/v1/submissions", {"department_id": city.unit, "cycle_id": cycle})
    assert opened.status_code == 201, opened.text
    form = int(opened.json["id"])  # type: ignore[index]
    kinds = form_type(FORM)
    for section in kinds.sections:
        if section.name in ROWS:
            value: object = [empty_row(section) | row for row in ROWS[section.name]]
        elif section.name in FIELDS:
            cells = FIELDS[section.name]
            value = cells[section.name] if section.shape is Shape.TEXT else empty_row(section) | cells
        else:
            continue
        found = filler.get(f"/api/v1/submissions/{form}").json["sections"]  # type: ignore[index]
        body = {"section": section.name, "value": value, "base_version": found.get(section.name, {}).get("version", 0)}
        reply = filler.patch(f"/api/v1/submissions/{form}", body)
        assert reply.status_code == 200, (section.name, reply.text)
    findings = filler.get(f"/api/v1/submissions/{form}/findings").json
    assert findings is not None
    assert [one for one in findings["findings"] if one["rule"].startswith("P")] == []
    assert step(filler, form, "submit")["level"] == 1
    assert step(caller.other("dept_head"), form, "pass")["level"] == 3
    assert step(caller.other("finance_business_office"), form, "pass")["level"] == 4
    assert step(caller.other("finance_performance_office"), form, "pass", grade="excellent")["level"] == 5
    replied = step(
        caller.other("finance_budget_office"),
        form,
        "issue_reply",
        reply_number="揭财〔2061〕1号",
        reply_date="2061-02-10",
    )
    assert replied["state"] == "approved"
    document = filler.get(f"/api/v1/submissions/{form}").json["document"]  # type: ignore[index]
    assert document["funds"]["total_funds"] == "120"
    evaluate(caller, form, document)


def evaluate(caller: Caller, form: int, document: dict[str, Any]) -> None:
    """From the approved project to the closed evaluation."""
    filler, performance = caller.as_("filler"), caller.other("finance_performance_office")
    assert step(performance, form, "open_evaluation")["state"] == "year_end_evaluation"
    rows = document["indicators"]
    points = [Decimal(90 // len(rows))] * len(rows)
    points[0] += 90 - sum(points)
    actuals = [
        {
            "weight": str(weight),
            "actual_value": row["target_value"],
            "entered_score": str(weight) if row["comparator"] == "qual" else None,
            "deviation_analysis": None,
        }
        for row, weight in zip(rows, points, strict=True)
    ]
    typed = {"action": "save_actuals", "section": "actuals", "value": actuals, "base_version": 0}
    assert filler.post(f"/api/v1/submissions/{form}/actions", typed).status_code == 200
    execution = {"adjusted_budget": "120", "executed_amount": "120"}
    saved = filler.patch(f"/api/v1/submissions/{form}", {"section": "execution", "value": execution, "base_version": 0})
    assert saved.status_code == 200, saved.text
    handed_in = filler.act(form, "submit_evaluation")
    assert handed_in.status_code == 200, handed_in.text
    step(caller.other("dept_head"), form, "pass")
    score = performance.get(f"/api/v1/submissions/{form}/score").json
    assert score is not None
    assert (score["total"], len(score["rows"])) == ("100.00", len(rows))
    assert step(performance, form, "confirm")["state"] == "closed"
