"""Remarks over the API: kept by a reviewer, published by the decision, answered by the unit before it hands in again."""

from __future__ import annotations

from typing import Any

import pytest

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_submitted
from tests.service.callers import Caller


@pytest.fixture(scope="module")
def form(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        return make_submitted(session, city)


def test_a_remark_from_its_first_word_to_its_answer(caller: Caller, form: int) -> None:
    path = f"/api/v1/submissions/{form}"
    head, filler = caller.as_("dept_head"), caller.other("filler")
    remark = {
        "path": "indicators[3]",
        "body": "请核对批次",
        "suggests": True,
        "field": "target_value",
        "proposed": "46",
    }
    assert head.post(f"{path}/remarks", {"path": None, "body": "总的看可以"}).json == {"id": form, "pending": 1}
    kept = head.post(f"{path}/remarks", remark, headers={"Idempotency-Key": "r1"})
    assert kept.json == {"id": form, "pending": 2}
    assert head.post(f"{path}/remarks", remark, headers={"Idempotency-Key": "r1"}).data == kept.data
    assert head.post(f"{path}/remarks", {"path": None, "body": " "}).json == {"id": form, "pending": 1}
    assert filler.get(f"{path}/remarks").json == {"remarks": []}
    mine: Any = head.get(f"{path}/remarks").json
    assert [(one["path"], one["pending"], one["proposed"]) for one in mine["remarks"]] == [
        ("indicators[3]", True, "46")
    ]
    back = {"action": "return_for_revision", "version": 2, "comment": "请逐条处理"}
    assert head.post(f"{path}/actions", back).status_code == 200
    told: Any = filler.get(f"{path}/remarks").json
    [remark_id] = [one["id"] for one in told["remarks"]]
    assert told["remarks"][0]["role"] == "dept_head"
    refused: Any = filler.post(f"{path}/actions", {"action": "submit", "version": 3})
    assert (refused.status_code, refused.json["code"]) == (422, "form_has_errors")
    assert [(one["rule"], one["path"]) for one in refused.json["findings"]] == [("R1", "indicators[3]")]
    answers = {"answers": [{"remark_id": remark_id, "answer": "explained", "words": "两次巡检合并。"}]}
    assert filler.post(f"{path}/remarks/answers", answers).json == {"id": form, "answered": 1}
    assert filler.post(f"{path}/actions", {"action": "submit", "version": 3}).status_code == 200
    said: Any = head.get(f"{path}/remarks").json
    assert (said["remarks"][0]["answer"], said["remarks"][0]["answer_words"]) == ("explained", "两次巡检合并。")


@pytest.mark.parametrize(
    ("who", "address", "body", "status"),
    [
        ("dept_head", "remarks", {"path": "indicators[99]", "body": "x"}, 400),
        ("dept_head", "remarks", {"path": "indicators[0]", "body": "x", "suggests": True, "field": "no_such"}, 400),
        ("dept_head", "remarks", {"path": "overall_goal", "body": "字" * 2001}, 400),
        ("dept_head", "remarks", {"path": "overall_goal", "body": "（秘密）"}, 400),
        ("dept_head", "remarks", {"path": "overall_goal", "body": "x", "author_id": 1}, 400),
        ("dept_head", "remarks", {"path": "overall_goal", "body": None}, 400),
        ("filler", "remarks", {"path": "overall_goal", "body": "x"}, 403),
        ("filler2", "remarks", {"path": "overall_goal", "body": "x"}, 404),
        ("filler", "remarks/answers", {"answers": []}, 400),
        ("filler", "remarks/answers", {"answers": [{"remark_id": 999_999, "answer": "changed"}]}, 404),
        ("filler", "remarks/answers", {"answers": [{"remark_id": 1, "answer": "perhaps"}]}, 400),
        ("filler2", "remarks/answers", {"answers": [{"remark_id": 1, "answer": "changed"}]}, 404),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    caller: Caller, form: int, *, who: str, address: str, body: dict[str, object], status: int
) -> None:
    assert caller.as_(who).post(f"/api/v1/submissions/{form}/{address}", body).status_code == status
