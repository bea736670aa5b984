"""What is offered is what is done: the button, the findings and the hand-over judge one and the same document."""

from __future__ import annotations

from typing import Any

from tests.factories import City, seed_document
from tests.service.callers import Caller
from tests.service.test_api_life import POINTS, draft_of, step


def offered(caller: Caller, form: int, action: str) -> bool:
    actions: list[dict[str, Any]] = caller.get(f"/api/v1/submissions/{form}/allowed").json["actions"]  # type: ignore[index]
    return any(one["possible"] for one in actions if one["action"] == action)


def blocking(caller: Caller, form: int) -> set[str]:
    found = caller.get(f"/api/v1/submissions/{form}/findings").json["findings"]  # type: ignore[index]
    return {one["rule"] for one in found if one["severity"] in ("error", "block")}


def test_a_dash_that_handing_in_reads_as_blank_stands_in_nobodys_way(caller: Caller, city: City) -> None:
    document = seed_document()
    document["budget"]["other_funds"] = "—"
    body = {"department_id": city.unit, "cycle_id": city.cycle, "document": document}
    form = int(caller.as_("filler").post("/api/v1/submissions", body).json["id"])  # type: ignore[index]
    assert blocking(caller, form) == set()
    assert offered(caller, form, "submit")
    step(caller, form, "submit")


def test_actuals_that_cannot_be_handed_in_are_not_offered(caller: Caller, city: City) -> None:
    filler = caller.as_("filler2")
    form = draft_of(filler, city)
    step(filler, form, "submit")
    for name in ("dept_head2", "superior_reviewer", "finance_business_office"):
        step(caller.other(name), form, "pass")
    step(caller.other("finance_performance_office"), form, "pass", grade="excellent")
    budget = caller.other("finance_budget_office")
    step(budget, form, "issue_reply", reply_number="5号", reply_date="2022-02-10")
    step(caller.other("finance_performance_office"), form, "open_evaluation")
    assert not offered(filler, form, "submit_evaluation"), "nothing was typed yet"
    document = filler.get(f"/api/v1/submissions/{form}").json["document"]  # type: ignore[index]
    actuals = [
        {
            "weight": weight,
            "actual_value": row["target_value"],
            "entered_score": None,
            "deviation_analysis": "原因见（机密）附件",
        }
        for row, weight in zip(document["indicators"], POINTS, strict=True)
    ]
    for section, value in (
        ("actuals", actuals),
        ("execution", {"adjusted_budget": "1823.37", "executed_amount": "1823.37"}),
    ):
        body = {"section": section, "value": value, "base_version": 0}
        assert filler.patch(f"/api/v1/submissions/{form}", body).status_code == 200
    assert blocking(filler, form) == {"A16"}
    assert not offered(filler, form, "submit_evaluation")
    assert filler.act(form, "submit_evaluation").status_code == 422
