"""Bad input on every field of the API: 4xx that names the field, nothing stored, what was sent never sent back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from flask_openapi.openapi import OpenAPI
from sqlalchemy import text

from service.api.edge import Edge
from service.db import unit_of_work
from tests.factories import City, make_draft, make_submitted, seed_document
from tests.service.callers import Caller

# Reliability guide, section 4, A and B, as JSON texts of one value.
NUMBERS = [
    '"NaN"', '"sNaN"', '"Infinity"', '"-Infinity"', '"1e400"', '"-7"', '"１２３"', '"٣"', '"²"', '"一百"', '"1_000"', '"1,000"',
    '"0x10"', '"+5"', '"−5"', '"12\\u200b"', '"\\u202e12"', '"99999999999999999999"', "-1", "1.5", "1e400",
    "2147483648000000000000", "9223372036854775808", "[]", "{}", "[1]", '""', "true", '"\\u0000"',
]  # fmt: skip
TEXTS = [
    "a\u0000b", "\uffff", "x" * 2001, "<script>alert(1)</script>", "{{7*7}}", "{0.__class__}", "%(x)s", "' OR 1=1--",
    "'; DROP TABLE person;--", "a\r\nBcc: b", "\x1b[31m", "   ", "\u3000", "a" * 2000 + "!", "𠮷〇㛃😀", "e" + "\u0301" * 100,
]  # fmt: skip
RAW = [
    b"", b"{", b"nul", b"[]", b'"x"', b"1", b'{"action": "pass", "action": "reject", "version": 1}', b'{"version": NaN}',
    b'{"version": Infinity}', b'{"action": "\\ud800", "version": 1}', b"\xff\xfe{\x00}\x00", b'{"action": "\xd6\xd0"}',
    b'{"value": "\\u0000"}', b"[" * 5000, b'{"a":' * 5000, b"\xef\xbb\xbf{}", b'{"comment": ' + b"9" * 5000 + b"}",
]  # fmt: skip


@pytest.fixture(scope="module")
def forms(edge: Edge, city: City) -> dict[str, int]:
    with unit_of_work(edge.factory) as session:
        return {"draft": make_draft(session, city), "review": make_submitted(session, city, filler="filler2")}


@pytest.fixture
def stored(edge: Edge) -> Any:  # noqa: ANN401 - a function
    """A count over everything that a write would leave behind."""

    def count() -> tuple[int, ...]:
        tables = ("event", "opinion", "outbox", "revision", "report_run", "submission", "idempotency_reply")
        with edge.engine.connect() as connection:
            sql = ", ".join(f"(select count(*) from {table})" for table in tables)
            versions = "(select sum(version) from draft_section)"
            return tuple(connection.execute(text(f"select {sql}, {versions}")).one())

    return count


def bodies(forms: dict[str, int]) -> list[tuple[str, str, str, str]]:
    """(method, path, a JSON body with @ in the place of one field, the field)."""
    act, one = f"/api/v1/submissions/{forms['review']}/actions", f"/api/v1/submissions/{forms['draft']}"
    return [
        ("POST", act, '{"action": @, "version": 2}', "action"),
        ("POST", act, '{"action": "withdraw", "version": @}', "version"),
        ("POST", act, '{"action": "withdraw", "version": 2, "to_level": @}', "to_level"),
        ("POST", act, '{"action": "withdraw", "version": 2, "grade": @}', "grade"),
        ("POST", act, '{"action": "withdraw", "version": 2, "reply_date": @}', "reply_date"),
        ("POST", act, '{"action": "withdraw", "version": 2, "scores": {"indicators[0]": @}}', "scores"),
        ("POST", act, '{"action": "withdraw", "version": 2, "path": @}', "path"),
        ("PATCH", one, '{"section": "overall_goal", "value": "x", "base_version": @}', "base_version"),
        ("PATCH", one, '{"section": @, "value": "x", "base_version": 1}', "section"),
        ("POST", "/api/v1/submissions", '{"department_id": @, "cycle_id": 1}', "department_id"),
        ("POST", "/api/v1/submissions", '{"department_id": 1, "cycle_id": @}', "cycle_id"),
        ("POST", "/api/v1/submissions", '{"department_id": 1, "cycle_id": 1, "document": @}', "document"),
        ("POST", "/api/v1/reports", '{"code": @, "params": {}}', "code"),
        (
            "POST",
            "/api/v1/reports",
            '{"code": "official_form", "params": {"submission_id": @, "format": "pdf"}}',
            "params",
        ),
        ("POST", "/api/v1/notifications/read", '{"id": @}', "id"),
    ]


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.slow
def test_odd_numbers_in_every_field(caller: Caller, forms: dict[str, int], value: str, stored: Any) -> None:  # noqa: ANN401
    caller.as_("filler2")
    before = stored()
    for method, path, body, field in bodies(forms):
        if (field, value) == ("scores", '""'):  # a blank row keeps what it has
            continue
        reply = caller.send(method, path, data=body.replace("@", value).encode(), content_type="application/json")
        assert 400 <= reply.status_code < 500, f"{method} {path} {field}={value}: {reply.status_code} {reply.text}"
        assert reply.json["code"], reply.text  # type: ignore[index]
        if reply.status_code == 400 and "\\u0000" not in value:
            named = reply.json.get("field") or ""  # type: ignore[union-attr]
            assert named.split(".")[0].split("[")[0] in (field, "section", "value", ""), f"{field}: {reply.text}"
    assert stored() == before


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_bodies_that_are_no_json_object(caller: Caller, forms: dict[str, int], raw: bytes, stored: Any) -> None:  # noqa: ANN401
    caller.as_("filler2")
    before = stored()
    for path in (f"/api/v1/submissions/{forms['review']}/actions", "/api/v1/submissions", "/api/v1/reports"):
        reply = caller.send("POST", path, data=raw, content_type="application/json")
        assert reply.status_code == 400, f"{path}: {reply.status_code} {reply.text}"
        assert reply.json["code"] == "invalid_request"  # type: ignore[index]
        assert reply.json["detail"]  # type: ignore[index]
    assert stored() == before


@pytest.mark.parametrize("value", TEXTS)
def test_odd_texts_are_refused_or_kept_as_they_are(caller: Caller, forms: dict[str, int], value: str) -> None:
    """A cell of a draft keeps any text and gives it back; an opinion too; bytes that are no text are refused by name."""
    filler, path = caller.as_("filler"), f"/api/v1/submissions/{forms['draft']}"
    version = filler.get(path).json["sections"]["overall_goal"]["version"]  # type: ignore[index]
    reply = filler.patch(path, {"section": "overall_goal", "value": value, "base_version": version})
    if "\0" in value or "\uffff" in value or "\x1b" in value:
        assert reply.status_code == 400, reply.text
        assert reply.json["field"]  # type: ignore[index]
        return
    assert reply.status_code == 200, reply.text
    kept = value.replace("\r\n", "\n") if value.strip() else None  # one spelling, as in the page's field
    assert filler.get(path).json["sections"]["overall_goal"]["value"] == kept  # type: ignore[index]


@pytest.mark.parametrize(
    "cell", ['"NaN"', '"１２３"', '"1,000"', '"-0"', '"137.225"', "1e3", "12.50", "69", "null", '"≥ 95"']
)
def test_a_cell_of_a_draft_takes_what_was_typed_and_flags_it(caller: Caller, forms: dict[str, int], cell: str) -> None:
    filler, path = caller.as_("filler"), f"/api/v1/submissions/{forms['draft']}"
    sections: dict[str, Any] = filler.get(path).json["sections"]  # type: ignore[index]
    version = sections["budget"]["version"]
    value = f'{{"basic_expenditure": {cell}, "project_expenditure": "1", "fiscal_appropriation": null, "other_funds": null}}'
    body = f'{{"section": "budget", "base_version": {version}, "value": {value}}}'
    reply = filler.send("PATCH", path, data=body.encode(), content_type="application/json")
    assert reply.status_code in (200, 400), reply.text
    if reply.status_code == 400:
        assert reply.json["field"] == "budget.basic_expenditure", reply.text  # type: ignore[index]
        return
    kept = filler.get(path).json["sections"]["budget"]["value"]["basic_expenditure"]  # type: ignore[index]
    spelled = {"1e3": "1000", "null": "None", '"１２３"': "123", '"1,000"': "1000", "12.50": "12.5"}
    assert str(kept) == spelled.get(cell, cell.strip('"'))
    findings = filler.get(f"{path}/findings").json["findings"]  # type: ignore[index]
    if cell in ('"NaN"', '"137.225"', '"≥ 95"'):
        assert any(one["path"] == "budget.basic_expenditure" for one in findings)


def test_a_body_beyond_the_limit_is_413(caller: Caller, forms: dict[str, int]) -> None:
    caller.as_("filler")
    big = b'{"section": "overall_goal", "base_version": 1, "value": "' + b"x" * (5 * 1024 * 1024) + b'"}'
    reply = caller.send("PATCH", f"/api/v1/submissions/{forms['draft']}", data=big, content_type="application/json")
    assert (reply.status_code, reply.json["code"]) == (413, "too_large")  # type: ignore[index]


def test_a_form_of_too_many_fields_is_413(caller: Caller) -> None:
    caller.as_("filler")
    part = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n'
    kind = "multipart/form-data; boundary=x"
    reply = caller.send("POST", "/api/v1/imports?cycle_id=1", data=part * 6000 + b"--x--\r\n", content_type=kind)
    assert reply.status_code == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
def test_only_json_is_a_body(caller: Caller, forms: dict[str, int], content_type: str | None) -> None:
    caller.as_("filler2")
    reply = caller.send(
        "POST",
        f"/api/v1/submissions/{forms['review']}/actions",
        data=b'{"action": "withdraw"}',
        content_type=content_type,
    )
    assert (reply.status_code, reply.json["code"]) == (415, "unsupported_media_type")  # type: ignore[index]


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"PK\x03\x04" + b"\0" * 100, b"<html></html>", "没有表".encode(), b"{}", b"GIF89a;alert(1)"],
)
def test_a_file_that_is_no_form_is_refused_and_writes_nothing(
    caller: Caller,
    city: City,
    data: bytes,
    stored: Any,  # noqa: ANN401
) -> None:
    caller.as_("filler")
    before = stored()
    for dry_run in ("true", "false"):
        path = f"/api/v1/imports?cycle_id={city.cycle}&dry_run={dry_run}"
        reply = caller.send("POST", path, data=data, content_type="application/octet-stream")
        assert reply.status_code == 400, f"{reply.status_code} {reply.text}"
        assert reply.json["detail"]  # type: ignore[index]
    assert stored() == before


def test_words_come_in_the_reader_s_language(app: OpenAPI, city: City) -> None:
    chinese = Caller(app).as_("filler")
    body = {"action": "pass", "version": "2"}
    reply = chinese.post("/api/v1/submissions/1/actions", body)
    assert reply.json["errors"] == [{"field": "version", "message": "须为整数"}]  # type: ignore[index]
    stranger = Caller(app).get("/api/v1/inbox", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert stranger.json["detail"] == "Sign in first."  # type: ignore[index]
    assert stranger.headers["Content-Language"] == "en"


def test_nothing_that_was_sent_comes_back_in_a_refusal(caller: Caller) -> None:
    canary = "canary-涉密-7391"
    caller.as_("filler")
    for body in (
        {"action": canary, "version": 1},
        {"action": "pass", "version": canary},
        {"action": "pass", "version": 1, "path": canary},
    ):
        assert canary not in caller.post("/api/v1/submissions/1/actions", body).text


@pytest.mark.parametrize(
    "path",
    [
        f"/notifications?before={'9' * 4500}",
        "/notifications?before=²",
        f"/inbox?after=1-{'9' * 4500}",
        f"/inbox?after={'9' * 4500}-1",
        "/inbox?after=²-²",
        "/submissions/{form}?merged=²",
        "/submissions/{form}/evaluation?merged=²",
    ],
)
def test_odd_numbers_in_addresses_of_pages(caller: Caller, forms: dict[str, int], path: str) -> None:
    assert caller.as_("filler").get(path.format(form=forms["draft"])).status_code < 500


def test_a_dry_run_tells_nothing_of_the_forms_of_others(caller: Caller, forms: dict[str, int], city: City) -> None:
    path = f"/api/v1/imports?cycle_id={city.cycle}&department_id={{unit}}&dry_run=true&filename=form.json"
    file, kind = orjson.dumps(seed_document()), "application/octet-stream"
    filler = caller.as_("filler2")
    refused = [
        filler.send("POST", path.format(unit=unit), data=file, content_type=kind) for unit in (city.unit, city.superior)
    ]
    one, other = ({**(reply.json or {}), "request_id": ""} for reply in refused)
    assert (one["code"], other) == ("not_allowed", one), "with a form there and without"
