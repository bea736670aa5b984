"""Every kind of file at every door for files: refused in a sentence, or read and what is wrong with it said."""

from __future__ import annotations

import io

import pytest

from service.bulk_run import run_next
from service.queries.bulk_imports import files_of
from tests.bad_input.doors import House
from tests.bad_input.files import FILES, BadFile
from tests.bad_input.kinds import FLAGGED, REFUSED
from tests.bad_input.table import expected, key_of, written
from tests.web.visitor import hidden
from tests.workers.zips import zipped

pytestmark = pytest.mark.slow

READ = "read"
DOORS = ("page", "API", "zip")
# What is no form, and what may do harm, is never opened; the rest is read, and what is wrong in it is said.
_HARMFUL = range(42, 51)
_MAY = {34: {READ, FLAGGED, REFUSED}, 32: {REFUSED}, 43: {READ, FLAGGED, REFUSED}, 60: {FLAGGED, REFUSED}}


def _page(house: House, bad: BadFile, data: bytes) -> str:
    token = hidden(house.client.get("/import"), "csrf_token")
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--x\r\nContent-Disposition: form-data; name="where"\r\n\r\n{house.cycle}-{house.town.city.unit}\r\n'
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{bad.filename}"\r\n\r\n'
    ).encode()
    whole = body + data + b"\r\n--x--\r\n"
    reply = house.client.post(
        "/import", input_stream=io.BytesIO(whole), content_length=len(whole),
        content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    if reply.status_code == 200:
        return FLAGGED if "必须修改" in reply.text or "保密" in reply.text.partition("<main")[2] else READ
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    assert "错误：" in reply.text or "内容太大" in reply.text
    return REFUSED


def _api(house: House, bad: BadFile, data: bytes) -> str:
    where = f"/api/v1/imports?cycle_id={house.cycle}&department_id={house.town.city.unit}&dry_run=true&filename={bad.filename}"
    reply = house.caller.send("POST", where, data=data, content_type="application/octet-stream")
    if reply.status_code == 200:
        findings = reply.json["findings"]  # type: ignore[index]
        return FLAGGED if any(one["severity"] in ("error", "block") for one in findings) else READ
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    assert reply.json["detail"]  # type: ignore[index]
    return REFUSED


def _zip(house: House, bad: BadFile, data: bytes) -> str:
    """As one of the files of a batch, which is refused as a whole where a file is larger than a form can be."""
    where = f"/api/v1/bulk-imports?cycle_id={house.cycle}"
    packed = zipped({f"单位/{bad.filename}": data})
    reply = house.caller.send("POST", where, data=packed, content_type="application/zip")
    if reply.status_code != 202:
        assert (reply.status_code, reply.json["field"]) == (400, "file"), reply.text  # type: ignore[index]
        return REFUSED
    job: int = reply.json["id"]  # type: ignore[index]
    edge = house.town.app.extensions["jixiao"]
    assert run_next(edge.factory, home=edge.settings.home.resolve(), lease_seconds=60, bulk_import_id=job)
    with edge.engine.connect() as connection:
        (file,) = files_of(connection, job)
    if file.state == "failed":
        assert file.refusal
        return REFUSED
    counts = file.findings or {}
    return FLAGGED if counts.get("error") or counts.get("block") else READ


@pytest.mark.parametrize("bad", FILES, ids=lambda bad: bad.id)
def test_a_file_gets_its_answer_at_every_door(house: House, bad: BadFile) -> None:
    data = bad.data()
    before = house.town.rows("select section, version, body::text from draft_section order by submission_id, section")
    may = _MAY.get(bad.number) or ({REFUSED} if bad.number in _HARMFUL else {READ, FLAGGED, REFUSED})
    answers = {}
    for door, enter in zip(DOORS, (_page, _api, _zip), strict=True):
        answers[door] = [enter(house, bad, data)]
        assert answers[door][0] in may, f"{door}: {answers[door][0]}"
    after = house.town.rows("select section, version, body::text from draft_section order by submission_id, section")
    assert after == before, "shown, not written"
    row = written(key_of(bad.number, bad.name), DOORS, answers)
    assert expected().get(key_of(bad.number, bad.name)) == row, f"README.md should say:\n{row}"
