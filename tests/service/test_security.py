"""What every route owes to an attacker: headers, CSRF, methods, foreign ids, keys that set nothing, GETs that write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask_openapi.openapi import OpenAPI
from sqlalchemy import event, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.api.edge import Edge
from service.db import count_round_trips, unit_of_work
from tests.factories import City, make_draft, make_submitted
from tests.service.callers import Caller
from workflows.errors import NotPossibleNow

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def forms(edge: Edge, city: City) -> dict[str, int]:
    """A form of each of two units: one in draft, one under review."""
    with unit_of_work(edge.factory) as session:
        return {"filler": make_draft(session, city), "filler2": make_submitted(session, city, filler="filler2")}


def rules(app: OpenAPI, method: str) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()))


def address(rule: Rule, form: int) -> str:
    path = rule.rule
    for name in rule.arguments:
        value = str(form) if name == "submission_id" else "1"
        path = path.replace(f"<int:{name}>", value).replace(f"<{name}>", value).replace(f"<string:{name}>", value)
    return path


def say(reply: TestResponse) -> str:
    return f"{reply.request.method} {reply.request.path} {reply.status_code}"


# Headers


@pytest.mark.slow
def test_every_reply_carries_the_headers_errors_included(caller: Caller, app: OpenAPI, forms: dict[str, int]) -> None:
    caller.as_("filler")
    for rule in rules(app, "GET"):
        reply = caller.get(address(rule, forms["filler"]))
        for name, value in EVERYWHERE.items():
            assert reply.headers.get(name) == value, f"{say(reply)} {name}"
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy or policy.startswith("sandbox"), say(reply)
        if reply.request.path != "/api/docs":
            assert "unsafe" not in policy, say(reply)
        public = reply.request.path.startswith(("/static/", "/api/openapi.json", "/api/docs/"))
        assert reply.status_code != 200 or public or "no-store" in reply.headers["Cache-Control"], say(reply)
        assert reply.headers["X-Request-ID"]
        reply.close()


def test_an_unknown_address_carries_them_too(caller: Caller) -> None:
    for path in ("/api/v1/nothing", "/nothing-here"):
        reply = caller.as_("filler").get(path)
        assert reply.status_code == 404
        assert all(reply.headers[name] == value for name, value in EVERYWHERE.items())


def test_a_request_id_is_taken_over_only_in_its_shape(caller: Caller) -> None:
    assert (
        caller.get("/health/live", headers={"X-Request-ID": "abc-12345678"}).headers["X-Request-ID"] == "abc-12345678"
    )
    forged = caller.get("/health/live", headers={"X-Request-ID": "<script>alert(1)</script>"})
    assert "<" not in forged.headers["X-Request-ID"]


# CSRF


@pytest.mark.parametrize("token", [None, "", "x", "another"])
def test_no_write_by_cookie_without_its_own_token(
    caller: Caller, app: OpenAPI, forms: dict[str, int], token: str | None, edge: Edge
) -> None:
    caller.as_("filler")
    caller.csrf = caller.other("filler2").csrf if token == "another" else token
    before = events(edge)
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        for rule in rules(app, method):
            if rule.rule in ("/api/v1/sessions", "/sign-in"):  # sign in: checked by where the form comes from
                continue
            for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
                body = b"{}" if content_type != "application/x-www-form-urlencoded" else b"a=b"
                path = address(rule, forms["filler"])
                reply = caller.send(method, path, data=body, content_type=content_type)
                assert reply.status_code == 403, f"{say(reply)} {content_type}"
    assert events(edge) == before


def events(edge: Edge) -> int:
    with edge.engine.connect() as connection:
        return int(connection.execute(text("select count(*) from event where action <> 'sign_in'")).scalar_one())


def test_a_form_of_another_site_can_not_sign_somebody_in(caller: Caller) -> None:
    body = {"username": "filler", "password": "correct-horse-battery-staple"}
    foreign = {"Origin": "https://evil.example"}
    assert caller.send("POST", "/sign-in", data=body, headers=foreign).status_code == 403
    as_text = caller.send("POST", "/api/v1/sessions", data=b"{}", content_type="text/plain")
    assert as_text.status_code == 415
    browser = {"User-Agent": "Mozilla/5.0"}
    for headers, code in (
        ({"Referer": "https://evil.example/x", **browser}, 403),
        (browser, 403),
        ({"Origin": "null", **browser}, 403),
        ({"Referer": "https://jixiao.example/sign-in", **browser}, 303),
        ({"Origin": "https://jixiao.example", **browser}, 303),
    ):
        assert caller.send("POST", "/sign-in", data=body, headers=headers).status_code == code, headers


def test_a_token_needs_no_csrf_and_a_cookie_beside_it_does_not_count(caller: Caller, edge: Edge, city: City) -> None:
    from service.usecases.tokens import create_token
    from workflows.facts import SYSTEM

    with unit_of_work(edge.factory) as session:
        made = create_token(session, SYSTEM, person_id=city["filler2"].id or 0, label="script")
    program = Caller(caller.app)
    program.token = made.token
    assert program.post("/api/v1/notifications/read", {}).status_code == 204
    caller.as_("filler")
    caller.csrf = None
    caller.token = made.token
    assert caller.get("/api/v1/sessions/current").json["person_id"] == city["filler2"].id  # type: ignore[index]
    caller.token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXNfYWRtaW4ifQ."
    assert caller.get("/api/v1/sessions/current").status_code == 401


# Methods and addresses


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "BREW"])
def test_other_methods_are_refused(caller: Caller, method: str) -> None:
    caller.as_("filler")
    for path in ("/api/v1/inbox", "/health/live", "/api/v1/submissions"):
        reply = caller.send(method, path)
        assert reply.status_code == 405, say(reply)
        assert reply.json["code"] == "method_not_allowed"  # type: ignore[index]
        assert "GET" in reply.headers["Allow"]


@pytest.mark.slow
def test_head_says_what_get_says_without_a_body(caller: Caller, app: OpenAPI, forms: dict[str, int]) -> None:
    caller.as_("filler")
    for rule in rules(app, "GET"):
        path = address(rule, forms["filler"])
        get, head = caller.get(path), caller.send("HEAD", path)
        assert head.status_code == get.status_code, say(head)
        assert head.data == b"", say(head)
        get.close()


@pytest.mark.parametrize("trick", [{"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "DELETE"}])
def test_a_method_is_what_it_is(caller: Caller, trick: dict[str, str]) -> None:
    caller.as_("filler")
    caller.post("/api/v1/sessions/current?_method=DELETE", {}, headers=trick)
    assert caller.get("/api/v1/sessions/current").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/submissions/%ff%fe", "/api/v1/submissions/1%00", "/%2e%2e/%2e%2e/etc/passwd", "/static/..%2fx",
        "/api/v1/submissions/1;admin=1", "/api/v1/%252e%252e/", "/%c0%ae%c0%ae/", "/api/v1/submissions/-1",
        "/api/v1/submissions/99999999999999999999", "/api/v1/submissions/9223372036854775808", "/api/v1/submissions/0",
        "/api/v1/submissions/٣", "/api/v1/inbox?after=1-1-1",
        "/api/v1/submissions?text=%00", "/api/v1/submissions?year=1e3",
        "/api/v1/submissions?state=draft&state=nothing", "/api/v1/submissions?limit=0", "/api/v1/submissions?offset=5",
        "/submissions?text=%ff", "/inbox?after=%00", "/inbox?tab=%ff", "/submissions?state=%00",
        "/submissions/99999999999999999999",
        "/reports/99999999999999999999", "/sign-in?next=%00",
    ],
)  # fmt: skip
def test_odd_addresses_are_4xx_or_shown_never_5xx(caller: Caller, path: str) -> None:
    reply = caller.as_("filler").get(path)
    assert reply.status_code < 500, say(reply)
    if path.startswith("/api/"):
        assert reply.status_code in (400, 404), say(reply)
        assert reply.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "where",
    ["//evil", "/\\evil", "https:evil", "https://evil", "%2f%2fevil", "javascript:alert(1)", "/\t/evil", "///evil"],
)
def test_sign_in_leads_to_no_other_site(caller: Caller, where: str) -> None:
    body = {"username": "filler", "password": "correct-horse-battery-staple", "next": where}
    reply = caller.send("POST", "/sign-in", data=body)
    target = reply.headers["Location"]
    assert reply.status_code == 303
    assert target.startswith("/"), target
    assert not target.startswith(("//", "/\\", "/\t", "/%09")), target


def test_a_forged_host_changes_no_link(caller: Caller) -> None:
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}):
        reply = caller.client.get("/inbox", headers=headers)
        assert "evil.example" not in reply.headers.get("Location", ""), say(reply)
        assert "evil.example" not in reply.text


# Who may: other units, other people's things, keys that set nothing


def test_another_unit_s_form_is_not_there(caller: Caller, app: OpenAPI, forms: dict[str, int], edge: Edge) -> None:
    """Every address with a form's id, asked by the filler of another unit: the answer to a form that does not exist."""
    caller.as_("filler2")
    before = events(edge)
    for method in ("GET", "POST", "PATCH"):
        for rule in rules(app, method):
            if "submission_id" not in rule.arguments:
                continue
            foreign, missing = (_asked(caller, method, rule, form) for form in (forms["filler"], 999_999))
            assert foreign.status_code == missing.status_code >= 400, f"{say(foreign)} {say(missing)}"
            # A file goes where the field `where` says, among the asker's own units; the id of the address decides nothing.
            assert foreign.status_code == 404 or rule.endpoint == "imports.into", say(foreign)
            assert "政法" not in foreign.text, say(foreign)
    assert events(edge) == before


def _asked(caller: Caller, method: str, rule: Rule, form: int) -> TestResponse:
    path = address(rule, form)
    if method == "GET":
        return caller.get(path)
    if path.endswith("/attachments"):
        return caller.send(method, path, data={"file": (BytesIO(b"%PDF-1.7"), "x.pdf"), "csrf_token": caller.csrf})
    if path.startswith("/api/"):
        return caller.send(method, path, json=BODIES[method, rule.rule])
    data: dict[str, Any] = {
        "csrf_token": caller.csrf,
        "version": "1",
        "action": "pass",
        "comment": "x",
        "path": "basic",
    }
    if path.endswith("/holds"):
        data["action"] = "clear_mark"
    return caller.send(method, path, data=data)


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/submissions/<int:submission_id>/actions"): {"action": "withdraw", "version": 1},
    ("POST", "/api/v1/submissions/<int:submission_id>/adjustments"): {
        "version": 1,
        "source": "own_request",
        "comment": "x",
    },
    ("POST", "/api/v1/submissions/<int:submission_id>/remarks"): {"body": "x"},
    ("POST", "/api/v1/submissions/<int:submission_id>/remarks/answers"): {
        "answers": [{"remark_id": 1, "answer": "changed"}]
    },
    ("POST", "/api/v1/submissions/<int:submission_id>/urges"): {},
    ("POST", "/api/v1/submissions/<int:submission_id>/copies"): {"people": [1]},
    ("POST", "/api/v1/submissions/<int:submission_id>/copies/read"): {},
    ("POST", "/api/v1/submissions/<int:submission_id>/waivers"): {
        "rule": "A12",
        "path": "indicators[6]",
        "reason": "x",
    },
    ("PATCH", "/api/v1/submissions/<int:submission_id>"): {"section": "overall_goal", "value": "x", "base_version": 1},
}


def test_lists_hold_only_what_may_be_seen(caller: Caller, forms: dict[str, int]) -> None:
    for name in ("filler", "filler2"):
        listed = caller.other(name).get("/api/v1/submissions").json["items"]  # type: ignore[index]
        assert {row["id"] for row in listed} == {forms[name]}
    assert caller.other("sys_admin").get("/api/v1/submissions").json["items"] == []  # type: ignore[index]
    assert caller.other("observer").get("/api/v1/submissions").json["items"] == []  # type: ignore[index]


@pytest.mark.parametrize(
    "key", ["state", "level", "role", "department_id", "approved_by", "person_id", "seat", "classified"]
)
def test_no_body_sets_what_is_not_its_own(caller: Caller, forms: dict[str, int], key: str) -> None:
    caller.as_("filler")
    form = forms["filler"]
    for method, path, body in (
        ("POST", f"/api/v1/submissions/{form}/actions", {"action": "submit", "version": 1}),
        ("PATCH", f"/api/v1/submissions/{form}", {"section": "overall_goal", "value": "x", "base_version": 1}),
        ("POST", "/api/v1/reports", {"code": "official_form", "params": {}}),
        ("POST", "/api/v1/sessions", {"username": "filler", "password": "x"}),
    ):
        reply = caller.send(method, path, json={**body, key: "approved"})
        assert reply.status_code == 400, say(reply)
        assert reply.json["errors"][0]["field"] == key  # type: ignore[index]
        assert "approved" not in reply.text.replace(key, "")
    assert caller.get(f"/api/v1/submissions/{form}").json["state"] == "draft"  # type: ignore[index]


def test_a_verb_that_is_not_one_s_own_is_403_with_the_reason(caller: Caller, forms: dict[str, int]) -> None:
    filler = caller.as_("filler2")
    reply = filler.act(forms["filler2"], "pass")
    assert (reply.status_code, reply.json["code"]) == (403, "not_allowed")  # type: ignore[index]
    assert "部门负责人" in reply.json["detail"]  # type: ignore[index]
    english = filler.post(
        f"/api/v1/submissions/{forms['filler2']}/actions",
        {"action": "submit", "version": 2},
        headers={"Accept-Language": "en"},
    )
    assert english.status_code == 409


def test_a_role_taken_away_counts_from_the_next_request(caller: Caller, edge: Edge, city: City) -> None:
    from service.usecases.accounts import create_person, grant_role, revoke_role
    from workflows.facts import SYSTEM
    from workflows.lifecycle import Role

    with unit_of_work(edge.factory) as session:
        made = create_person(session, SYSTEM, username="leaver", name="填报人")
        assignment = grant_role(
            session, city["sec_admin"], person_id=made.person_id, role=Role.FILLER, department_id=city.unit
        )
        session.execute(text("update person set must_change_password = false where id = :id"), {"id": made.person_id})
    leaver = Caller(caller.app).as_("leaver", made.one_time_password)
    assert len(leaver.get("/api/v1/submissions").json["items"]) == 1  # type: ignore[index]
    with unit_of_work(edge.factory) as session:
        revoke_role(session, city["sec_admin"], assignment_id=assignment)
    assert leaver.get("/api/v1/submissions").json["items"] == []  # type: ignore[index]


def test_the_database_itself_keeps_the_three_powers_apart(edge: Edge, city: City) -> None:
    """Past the use case, as a hand on the database would: refused at the commit, and told as the same refusal."""
    sql = text("insert into role_assignment (person_id, role, department_id) values (:id, 'filler', :unit)")
    with pytest.raises(NotPossibleNow, match="administrator_holds_one_power"), unit_of_work(edge.factory) as session:
        session.execute(sql, {"id": city["sys_admin"].id, "unit": city.unit})


# Safe methods


def test_no_get_writes(caller: Caller, app: OpenAPI, edge: Edge, forms: dict[str, int]) -> None:
    """The server is asked at the end of each transaction whether it gave the transaction a number to write with."""
    caller.as_("filler")
    written: list[str] = []
    single = count_round_trips(edge.statements)

    def look(connection: Any) -> None:  # noqa: ANN401 - a connection of SQLAlchemy
        cursor = connection.connection.cursor()
        cursor.execute("select pg_current_xact_id_if_assigned()")
        if cursor.fetchone()[0] is not None:
            written.append("written")
        cursor.close()

    for name in ("commit", "rollback"):
        event.listen(edge.engine, name, look)
    try:
        for rule in rules(app, "GET"):
            reply = caller.get(address(rule, forms["filler"]))
            assert not written, say(reply)
            reply.close()
        assert single, "each request asks who it is"
        assert {sql.split()[0] for sql in single} == {"select"}
        caller.send("DELETE", "/api/v1/sessions/current")
        assert written, "the test sees a write where there is one"
    finally:
        for name in ("commit", "rollback"):
            event.remove(edge.engine, name, look)
