"""Attachments over the API: the same rules, exactly once, as problems with a field."""

from __future__ import annotations

import io
import threading

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_draft
from tests.service.callers import Caller
from tests.uploads import files


@pytest.fixture(scope="module")
def form(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        return make_draft(session, city)


@pytest.fixture
def filler(caller: Caller) -> Caller:
    return caller.as_("filler")


def post(
    caller: Caller, form: int, name: str = "合同.docx", data: bytes | None = None, *, key: str = "", **fields: str
) -> TestResponse:
    """One file as a multipart body."""
    body = {"file": (io.BytesIO(files.docx() if data is None else data), name), **fields}
    return caller.send(
        "POST", f"/api/v1/submissions/{form}/attachments", data=body, headers={"Idempotency-Key": key} if key else {}
    )


def count(edge: Edge) -> int:
    with unit_of_work(edge.factory) as session:
        return int(session.execute(text("select count(*) from attachment where removed_at is null")).scalar_one())


def test_a_file_is_added_listed_fetched_and_removed(filler: Caller, form: int) -> None:
    rows = filler.get(f"/api/v1/submissions/{form}").json["document"]["indicators"]  # type: ignore[index]
    added = post(filler, form, row_id=rows[0]["id"])
    assert added.status_code == 201
    kept = added.json
    assert kept is not None
    assert (kept["name"], kept["section"], kept["row_id"], kept["scan"]) == (
        "合同.docx",
        "indicators",
        rows[0]["id"],
        "skipped",
    )
    address = f"/api/v1/submissions/{form}/attachments"
    assert [one["id"] for one in filler.get(address).json["items"]] == [kept["id"]]  # type: ignore[index]
    with filler.get(f"{address}/{kept['id']}/file") as fetched:
        assert fetched.data == files.docx()
        assert fetched.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert filler.send("DELETE", f"{address}/{kept['id']}").status_code == 200
    assert filler.get(address).json == {"items": []}
    assert filler.get(f"{address}/{kept['id']}/file").status_code == 404


def test_a_key_makes_it_once_and_another_file_under_it_is_a_mismatch(filler: Caller, edge: Edge, form: int) -> None:
    before = count(edge)
    first, second = post(filler, form, key="upload-1"), post(filler, form, key="upload-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(edge) == before + 1
    other = post(filler, form, data=files.docx("another"), key="upload-1")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch")  # type: ignore[index]
    address = f"/api/v1/submissions/{form}/attachments/{first.json['id']}"  # type: ignore[index]
    for _ in range(2):
        assert filler.send("DELETE", address, headers={"Idempotency-Key": "remove-1"}).status_code == 200
    assert count(edge) == before


def test_the_same_upload_at_once_is_one(filler: Caller, edge: Edge, form: int) -> None:
    before, replies = count(edge), []
    others = [filler.other("filler") for _ in range(4)]

    def send(caller: Caller) -> None:
        replies.append(post(caller, form, key="at-once").status_code)

    threads = [threading.Thread(target=send, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [201] * 4
    assert count(edge) == before + 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.exe", b"MZ"),
        ("x.docx", b""),
        ("x.pdf", files.docx()),
        ("（绝密）.docx", files.docx()),
        ("../../etc/passwd", files.docx()),
        ("x.docx", files.docx("（机密）")),
        ("x.pdf", files.raw_pdf(b"<</S /JavaScript>>")),
        ("x.png", files.png(50_000, 50_000)),
    ],
)
def test_bad_files_are_problems_with_a_field(filler: Caller, edge: Edge, form: int, name: str, data: bytes) -> None:
    before = count(edge)
    reply = post(filler, form, name, data)
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")
    assert reply.json["field"] == "file"  # type: ignore[index]
    assert reply.json["detail"]  # type: ignore[index]
    assert count(edge) == before


@pytest.mark.parametrize("row_id", ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "x" * 500, "'; drop table attachment;--"])
def test_bad_rows_are_problems_with_a_field(filler: Caller, form: int, row_id: str) -> None:
    reply = post(filler, form, row_id=row_id)
    assert (reply.status_code, reply.json["field"]) == (400, "row_id")  # type: ignore[index]


def test_a_body_without_a_file(filler: Caller, form: int) -> None:
    address = f"/api/v1/submissions/{form}/attachments"
    for body, kind in (({}, "multipart/form-data"), (b"{}", "application/json"), (b"x", "application/octet-stream")):
        reply = filler.send("POST", address, data=body, content_type=kind)
        assert (reply.status_code, reply.json["field"]) == (400, "file")  # type: ignore[index]


def test_of_what_one_may_not_see_or_change(filler: Caller, form: int) -> None:
    kept = post(filler, form).json["id"]  # type: ignore[index]
    address = f"/api/v1/submissions/{form}/attachments"
    for who in ("filler2", "observer", "sys_admin"):
        other = filler.other(who)
        assert {other.get(address).status_code, other.get(f"{address}/{kept}/file").status_code} == {404}, who
        assert {post(other, form).status_code, other.send("DELETE", f"{address}/{kept}").status_code} == {404}, who
    head = filler.other("dept_head")
    assert {post(head, form).status_code, head.send("DELETE", f"{address}/{kept}").status_code} == {403}
    token = Caller(filler.app)
    assert token.get(address).status_code == 401
    filler.csrf = None
    assert post(filler, form).status_code == 403, "a page of another site can send a form"


def test_after_the_hand_over_nothing_changes(filler: Caller, edge: Edge, form: int) -> None:
    kept = post(filler, form, key="before").json["id"]  # type: ignore[index]
    assert filler.act(form, "submit").status_code == 200
    address = f"/api/v1/submissions/{form}/attachments"
    for reply in (post(filler, form), filler.send("DELETE", f"{address}/{kept}")):
        assert (reply.status_code, reply.json["code"]) == (409, "not_possible_now")  # type: ignore[index]
    assert post(filler, form, key="before").status_code == 201, "the answer of the first is repeated"
    office = filler.other("finance_business_office")
    listed = office.get(address).json["items"]  # type: ignore[index]
    assert {one["frozen"] for one in listed} == {True}
    with office.get(f"{address}/{kept}/file") as fetched:
        assert fetched.status_code == 200
