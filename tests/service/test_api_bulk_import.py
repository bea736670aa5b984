"""Bulk imports over the API: sent, rehearsed, confirmed; every answer as described, every refusal with its reason."""

from __future__ import annotations

import io

import openpyxl
import pytest

from service.api.edge import Edge
from service.bulk_run import run_next
from service.db import unit_of_work
from service.importers.zip_of_forms import LARGEST_ZIP
from tests.factories import City, make_draft
from tests.service.callers import Caller
from tests.service.test_api_workbook import AMOUNT
from tests.workers.zips import form_of, zipped
from workflows.catalogue import label

UNIT = "中共揭阳市委政法委员会"
PATH = "/api/v1/bulk-imports"


def work(edge: Edge) -> None:
    while run_next(edge.factory, home=edge.settings.home.resolve(), lease_seconds=60):
        pass


def test_the_life_of_a_batch(caller: Caller, city: City, edge: Edge) -> None:
    filler = caller.as_("filler")
    data = zipped({"甲.json": form_of(UNIT), "b.json": form_of("别的单位"), "c.txt": b"\x00\x01"})
    where = f"{PATH}?cycle_id={city.cycle}&filename=x.zip"
    key = {"Idempotency-Key": "batch-1"}
    sent = filler.send("POST", where, data=data, content_type="application/zip", headers=key)
    assert sent.status_code == 202, sent.text
    job = sent.json["id"]  # type: ignore[index]
    assert (sent.json["phase"], sent.json["total"], sent.json["counts"]["waiting"]) == ("rehearsal", 3, 3)  # type: ignore[index]
    again = filler.send("POST", where, data=data, content_type="application/zip", headers=key)
    assert (again.status_code, again.json["id"]) == (202, job)  # type: ignore[index]
    other = filler.send("POST", where, data=data + b" ", content_type="application/zip", headers=key)
    assert other.status_code == 422
    early = filler.post(f"{PATH}/{job}/turns", {"turn": "confirm"})
    assert (early.status_code, early.json["code"]) == (409, "not_possible_now")  # type: ignore[index]
    work(edge)
    shown = filler.get(f"{PATH}/{job}").json
    assert (shown["ended"], shown["results"]["created"], shown["counts"]["failed"]) == (True, 1, 2)  # type: ignore[index]
    failed = filler.get(f"{PATH}/{job}/files?which=failed&limit=1").json
    assert [file["name"] for file in failed["items"]] == ["b.json"]  # type: ignore[index]
    assert failed["items"][0]["refusal"]  # type: ignore[index]
    following = filler.get(f"{PATH}/{job}/files?which=failed&after={failed['next']}").json  # type: ignore[index]
    assert [file["name"] for file in following["items"]] == ["c.txt"]  # type: ignore[index]
    assert filler.post(f"{PATH}/{job}/turns", {"turn": "confirm"}).json == {"id": job, "moved": 1}
    work(edge)
    (done,) = filler.get(f"{PATH}/{job}/files?which=fine").json["items"]  # type: ignore[index]
    assert (done["result"], done["name"]) == ("created", "甲.json")
    assert filler.get(f"/api/v1/submissions/{done['submission_id']}").status_code == 200
    assert filler.get(PATH).json["items"][0]["id"] == job  # type: ignore[index]
    assert filler.post(f"{PATH}/{job}/turns", {"turn": "cancel"}).json == {"id": job, "moved": 0}


def test_a_workbook_that_the_system_gave_out_is_merged_and_only_a_dispute_is_held(
    caller: Caller, city: City, edge: Edge
) -> None:
    filler = caller.as_("filler2")
    with unit_of_work(edge.factory) as session:
        draft = make_draft(session, city, filler="filler2")
    book = openpyxl.load_workbook(io.BytesIO(filler.get(f"/api/v1/submissions/{draft}/workbook").data))
    book[label("section", "key_tasks", "zh")].cell(*AMOUNT).value = 111.5
    out = io.BytesIO()
    book.save(out)
    where = f"{PATH}?cycle_id={city.cycle}&rehearse=false"

    def imported() -> str:
        sent = filler.send("POST", where, data=zipped({"a.xlsx": out.getvalue()}), content_type="application/zip")
        work(edge)
        (file,) = filler.get(f"{PATH}/{sent.json['id']}/files").json["items"]  # type: ignore[index]
        return str(file["result"])

    def typed(section: str, value: object) -> None:
        version = filler.get(f"/api/v1/submissions/{draft}").json["sections"][section]["version"]  # type: ignore[index]
        change = {"section": section, "base_version": version, "value": value}
        assert filler.patch(f"/api/v1/submissions/{draft}", change).status_code == 200

    typed("overall_goal", "同事在屏幕上改的")
    assert imported() == "updated"
    sections = filler.get(f"/api/v1/submissions/{draft}").json["sections"]  # type: ignore[index]
    assert sections["overall_goal"]["value"] == "同事在屏幕上改的"
    tasks = sections["key_tasks"]["value"]
    assert tasks[0]["planned_amount"] == "111.5"
    assert imported() == "unchanged"
    typed("key_tasks", [{**tasks[0], "planned_amount": "95"}, *tasks[1:]])
    assert imported() == "needs_preview"


def test_a_multipart_body_is_taken_too(caller: Caller, city: City) -> None:
    filler = caller.as_("filler")
    part = (io.BytesIO(zipped({"a.json": form_of(UNIT)})), "表.zip")
    sent = filler.send("POST", f"{PATH}?cycle_id={city.cycle}", data={"file": part})
    assert (sent.status_code, sent.json["name"]) == (202, "表.zip")  # type: ignore[index]


def test_refusals_name_their_field(caller: Caller, city: City) -> None:
    filler = caller.as_("filler")
    where = f"{PATH}?cycle_id={city.cycle}"
    for data in (b"PK\x03\x04", b"no zip", zipped({"a.exe": b"MZ"}), zipped({"../a.txt": b""}), zipped({})):
        reply = filler.send("POST", where, data=data, content_type="application/zip")
        assert (reply.status_code, reply.json["field"]) == (400, "file"), reply.text  # type: ignore[index]
    assert filler.send("POST", where, content_type="application/zip").status_code == 400
    assert filler.send("POST", where, data={"other": "x"}, content_type="multipart/form-data").status_code == 400
    good = zipped({"a.json": form_of(UNIT)})
    missing = filler.send("POST", f"{PATH}?cycle_id=999999", data=good, content_type="application/zip")
    assert missing.status_code == 404
    assert filler.post(f"{PATH}/999999/turns", {"turn": "retry"}).status_code == 404
    assert filler.post(f"{PATH}/1/turns", {"turn": "stop"}).status_code == 400
    assert filler.get(f"{PATH}/999999/files").status_code == 404


def test_a_zip_may_be_larger_than_other_requests_and_no_larger_than_its_limit(caller: Caller, city: City) -> None:
    filler = caller.as_("filler")
    where = f"{PATH}?cycle_id={city.cycle}"
    six_megabytes = filler.send("POST", where, data=b"PK" + bytes(6 * 1024 * 1024), content_type="application/zip")
    assert (six_megabytes.status_code, six_megabytes.json["field"]) == (400, "file")  # type: ignore[index]
    claimed = {"Content-Length": str(LARGEST_ZIP * 2)}
    beyond = filler.send("POST", where, input_stream=io.BytesIO(b"PK"), headers=claimed, content_type="application/zip")
    assert beyond.status_code in (400, 413)


@pytest.mark.parametrize("who", ["finance_performance_office", "dept_head", "observer"])
def test_who_fills_in_for_nobody_is_told_so(caller: Caller, city: City, who: str) -> None:
    data = zipped({"a.json": form_of(UNIT)})
    reply = caller.as_(who).send("POST", f"{PATH}?cycle_id={city.cycle}", data=data, content_type="application/zip")
    assert (reply.status_code, reply.json["code"]) == (403, "not_allowed")  # type: ignore[index]


def test_the_batch_of_another_is_not_there(caller: Caller, city: City) -> None:
    data = zipped({"a.json": form_of(UNIT)})
    job = caller.as_("filler").send("POST", f"{PATH}?cycle_id={city.cycle}", data=data, content_type="application/zip")
    stranger = caller.other("filler2")
    number = job.json["id"]  # type: ignore[index]
    assert stranger.get(f"{PATH}/{number}").status_code == 404
    assert stranger.get(f"{PATH}/{number}/files").status_code == 404
    assert stranger.post(f"{PATH}/{number}/turns", {"turn": "cancel"}).status_code == 404
    assert number not in [one["id"] for one in stranger.get(PATH).json["items"]]  # type: ignore[index]
