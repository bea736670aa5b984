"""Signing in: what is counted, what is told, and that a session that ended is dead wherever its cookie was copied to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from flask_openapi.openapi import OpenAPI
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.api.edge import Edge
from service.app import create_app
from service.db import unit_of_work
from service.queries.people import sessions_of, tokens_of
from service.security import hash_password, password_fault
from service.settings import load_settings
from service.usecases.accounts import create_person, disable_person, reset_password
from service.usecases.sign_in import Opened, sign_in
from service.usecases.tokens import create_token, revoke_token
from tests.factories import City
from tests.service.callers import PASSWORD, Caller
from workflows.chain import first_broken, instant
from workflows.facts import SYSTEM, Actor

WRONG = "not-the-password-at-all"
WHO = "/api/v1/sessions/current"


@pytest.fixture
def person(edge: Edge, city: City) -> str:
    """A fresh account with the password of the city, so that counts of one test are not those of another."""
    name = f"p{datetime.now(UTC).timestamp():.6f}".replace(".", "-")
    with unit_of_work(edge.factory) as session:
        made = create_person(session, SYSTEM, username=name, name="填报人")
        known = "update person set must_change_password = false, password_hash = (select password_hash from person"
        session.execute(text(f"{known} where username = 'filler') where id = :id"), {"id": made.person_id})
    return name


def attempt(caller: Caller, username: str, password: str) -> TestResponse:
    return caller.post("/api/v1/sessions", {"username": username, "password": password})


def person_id(edge: Edge, username: str) -> int:
    with edge.engine.connect() as connection:
        found = connection.execute(text("select id from person where username = :name"), {"name": username})
        return int(found.scalar_one())


def run(edge: Edge, sql: str, **values: object) -> None:
    with unit_of_work(edge.factory) as session:
        session.execute(text(sql), values)


def test_the_cookie_is_out_of_reach_of_scripts_and_bound_to_the_host(caller: Caller, person: str) -> None:
    reply = attempt(caller, person, PASSWORD)
    assert reply.status_code == 201
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-jixiao_session=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    assert len(caller.cookie()) >= 43, "256 random bits"


def test_the_table_can_not_be_signed_in_with(caller: Caller, person: str, edge: Edge) -> None:
    caller.as_(person)
    with edge.engine.connect() as connection:
        stored = connection.execute(text("select token_hash from web_session")).scalars().all()
    assert caller.cookie() not in stored
    thief = Caller(caller.app)
    thief.client.set_cookie("__Host-jixiao_session", stored[-1], domain="jixiao.example")
    assert thief.get(WHO).status_code == 401


def test_unknown_name_and_wrong_password_are_one_answer(caller: Caller, person: str) -> None:
    wrong, unknown = attempt(caller, person, WRONG), attempt(caller, "nobody-of-this-name", WRONG)
    assert wrong.status_code == unknown.status_code == 401
    told = [{k: v for k, v in dict(reply.json or {}).items() if k != "request_id"} for reply in (wrong, unknown)]
    assert told[0] == told[1]
    assert "Set-Cookie" not in wrong.headers


@pytest.mark.usefixtures("costly_passwords")
def test_unknown_name_takes_as_long_as_a_wrong_password(caller: Caller, person: str, edge: Edge) -> None:
    run(
        edge,
        "update person set password_hash = :hash where username = :name",
        hash=hash_password(PASSWORD),
        name=person,
    )

    def fastest(username: str) -> float:
        times = []
        for _ in range(4):
            began = process_time()
            attempt(caller, username, WRONG)
            times.append(process_time() - began)
        run(edge, "delete from sign_in_failure")
        return min(times)

    known, unknown = fastest(person), fastest("nobody-here")
    assert 0.5 < known / unknown < 2, "argon2 runs for both"


@pytest.mark.parametrize("exists", [True, False])
def test_five_failures_lock_a_name_that_exists_and_one_that_does_not(
    caller: Caller, person: str, edge: Edge, exists: bool
) -> None:
    name = person if exists else f"x{person}"
    replies = [attempt(caller, name, WRONG) for _ in range(6)]
    assert [reply.status_code for reply in replies] == [401, 401, 401, 401, 429, 429]
    assert 800 < int(replies[5].headers["Retry-After"]) <= 900
    assert replies[5].json["code"] == "too_many_requests"  # type: ignore[index]
    assert attempt(caller, name, PASSWORD).status_code == 429, "the right password does not tell itself"
    run(edge, "update sign_in_failure set locked_until = now() - interval '1 second' where locked_until is not null")
    assert attempt(caller, name, PASSWORD).status_code == (201 if exists else 401)


def test_success_forgets_the_failures_before_it(caller: Caller, person: str) -> None:
    for _ in range(4):
        assert attempt(caller, person, WRONG).status_code == 401
    assert attempt(caller, person, PASSWORD).status_code == 201
    for _ in range(4):
        assert attempt(caller, person, WRONG).status_code == 401
    assert attempt(caller, person, PASSWORD).status_code == 201


def test_guesses_at_the_same_time_do_not_slip_past_the_limit(app: OpenAPI, person: str, edge: Edge) -> None:
    def guess(_: int) -> int:
        return int(attempt(Caller(app), person, WRONG).status_code)

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(16)))
    assert codes.count(401) == 4
    assert codes.count(429) == 12
    with edge.engine.connect() as connection:
        counted = connection.execute(text("select failed_sign_ins from person where username = :n"), {"n": person})
        assert counted.scalar_one() == 5


def test_one_address_can_not_try_name_after_name(app: OpenAPI, city: City, edge: Edge) -> None:
    run(
        edge,
        "insert into sign_in_failure (name_hash, address) select 'x' || i, '192.0.2.7' from generate_series(1, 100) i",
    )
    caller = Caller(app)
    there = {"REMOTE_ADDR": "192.0.2.7"}
    body = {"username": "filler", "password": PASSWORD}
    assert caller.post("/api/v1/sessions", body, environ_overrides=there).status_code == 429
    forged = {"X-Forwarded-For": "192.0.2.8"}
    assert caller.post("/api/v1/sessions", body, environ_overrides=there, headers=forged).status_code == 429
    assert caller.post("/api/v1/sessions", body).status_code == 201
    run(edge, "delete from sign_in_failure")


def test_a_cookie_copied_before_sign_out_is_dead_after_it(caller: Caller, person: str) -> None:
    caller.as_(person)
    thief = Caller(caller.app)
    thief.client.set_cookie("__Host-jixiao_session", caller.cookie(), domain="jixiao.example")
    assert thief.get(WHO).status_code == 200
    gone = caller.send("DELETE", WHO)
    assert gone.status_code == 204
    assert "cache" in gone.headers["Clear-Site-Data"]
    assert thief.get(WHO).status_code == 401


def test_a_password_change_ends_the_other_sessions_and_keeps_this_one(caller: Caller, person: str) -> None:
    caller.as_(person)
    elsewhere = caller.other(person)
    new = "violet-harbour-lantern-7"
    body = {"current_password": PASSWORD, "new_password": new}
    assert caller.post("/api/v1/account/password", body).status_code == 204
    assert caller.get(WHO).status_code == 200
    assert elsewhere.get(WHO).status_code == 401
    assert attempt(Caller(caller.app), person, PASSWORD).status_code == 401
    assert attempt(Caller(caller.app), person, new).status_code == 201


def test_disabling_ends_sessions_and_tokens_at_once(caller: Caller, person: str, edge: Edge, city: City) -> None:
    caller.as_(person)
    who = person_id(edge, person)
    with unit_of_work(edge.factory) as session:
        token = create_token(session, SYSTEM, person_id=who, label="script").token
    program = Caller(caller.app)
    program.token = token
    assert program.get(WHO).status_code == 200
    with unit_of_work(edge.factory) as session:
        disable_person(session, city["sys_admin"], person_id=who)
    assert caller.get(WHO).status_code == 401
    assert program.get(WHO).status_code == 401
    assert attempt(Caller(caller.app), person, PASSWORD).status_code == 401


def test_a_session_chosen_by_somebody_else_is_never_taken_up(caller: Caller, person: str) -> None:
    planted = "a" * 43
    caller.client.set_cookie("__Host-jixiao_session", planted, domain="jixiao.example")
    caller.as_(person)
    assert caller.cookie() != planted


def test_signing_in_again_ends_the_session_of_this_browser(caller: Caller, person: str) -> None:
    caller.as_(person)
    before = caller.cookie()
    caller.as_(person)
    thief = Caller(caller.app)
    thief.client.set_cookie("__Host-jixiao_session", before, domain="jixiao.example")
    assert thief.get(WHO).status_code == 401


@pytest.mark.parametrize(
    "aged",
    [
        "update web_session set last_seen_at = now() - interval '31 minutes' where person_id = :id",
        "update web_session set expires_at = now() - interval '1 second' where person_id = :id",
    ],
)
def test_idle_and_old_sessions_are_over(caller: Caller, person: str, edge: Edge, aged: str) -> None:
    caller.as_(person)
    run(edge, aged, id=person_id(edge, person))
    assert caller.get(WHO).status_code == 401


def test_a_session_is_marked_as_seen_at_most_once_a_minute(caller: Caller, person: str, edge: Edge) -> None:
    caller.as_(person)
    who = person_id(edge, person)

    def seen() -> datetime:
        with edge.engine.connect() as connection:
            return sessions_of(connection, who, idle_minutes=30)[0].last_seen_at

    first = seen()
    caller.get(WHO)
    assert seen() == first
    run(edge, "update web_session set last_seen_at = now() - interval '2 minutes' where person_id = :id", id=who)
    caller.get(WHO)
    assert datetime.now(UTC) - seen() < timedelta(seconds=30)


def test_a_one_time_password_opens_nothing_but_its_own_change(
    caller: Caller, person: str, edge: Edge, city: City
) -> None:
    with unit_of_work(edge.factory) as session:
        once = reset_password(session, city["sys_admin"], person_id=person_id(edge, person))
    caller.as_(person, once)
    refused = caller.get("/api/v1/inbox")
    assert (refused.status_code, refused.json["code"]) == (403, "password_change_required")  # type: ignore[index]
    body = {"current_password": once, "new_password": "violet-harbour-lantern-8"}
    assert caller.post("/api/v1/account/password", body).status_code == 204
    assert caller.get("/api/v1/inbox").status_code == 200


@pytest.mark.parametrize(("profile", "forced"), [("asvs", False), ("dengbao3", True)])
def test_an_old_password_has_to_be_changed_where_the_profile_says_so(
    person: str, edge: Edge, profile: str, forced: bool
) -> None:
    aged = "update person set password_changed_at = now() - interval '91 days' where username = :name"
    run(edge, aged, name=person)
    settings = edge.settings.model_copy(update={"password_profile": profile})
    with unit_of_work(edge.factory) as session:
        opened = sign_in(session, settings, username=person, password=PASSWORD, address=None, agent=None)
    assert isinstance(opened, Opened)
    assert opened.must_change_password is forced


def test_dengbao_asks_for_three_kinds_and_asvs_for_none() -> None:
    for password, kinds in (("violet-harbour-lantern", 2), ("violetharbourlantern", 1), ("Violet-harbour-lantern", 3)):
        assert password_fault(password, profile="asvs") is None
        assert password_fault(password, profile="dengbao3") == (None if kinds >= 3 else "password_too_uniform")


def test_behind_a_trusted_proxy_the_address_is_that_of_the_person(
    database_url: str, tmp_path: Path, person: str, edge: Edge
) -> None:
    given = {"JIXIAO_HOME": str(tmp_path), "JIXIAO_DATABASE_URL": database_url, "JIXIAO_TRUSTED_PROXIES": "1"}
    behind = create_app(load_settings(given))
    forwarded = {"X-Forwarded-For": "198.51.100.9, 192.0.2.7"}
    Caller(behind).post("/api/v1/sessions", {"username": person, "password": WRONG}, headers=forwarded)
    with edge.engine.connect() as connection:
        seen = connection.execute(text("select address from sign_in_failure order by id desc limit 1")).scalar_one()
    assert seen == "192.0.2.7", "what stands before the proxy's own word anybody could have written"
    behind.extensions["jixiao"].close()


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("short-one", "至少 12"),
        ("x" * 129, "最多 128"),
        ("Password2026!", "太常见"),
        ("qwertyuiop1234", "太常见"),
        ("abcabcabcabcabc", "太常见"),
        ("1qaz2wsx3edc", "太常见"),
        ("woaini13145201", "太常见"),
        (PASSWORD, "不能与当前密码相同"),
    ],
)
def test_bad_passwords_are_refused_with_the_reason(caller: Caller, person: str, new: str, reason: str) -> None:
    reply = caller.as_(person).post("/api/v1/account/password", {"current_password": PASSWORD, "new_password": new})
    assert reply.status_code == 400
    assert reply.json["field"] == "new_password"  # type: ignore[index]
    assert reason in reply.json["detail"]  # type: ignore[index]
    assert new not in reply.text


def test_no_context_words_and_the_current_one_is_asked(caller: Caller, person: str) -> None:
    caller.as_(person)
    reply = caller.post("/api/v1/account/password", {"current_password": PASSWORD, "new_password": f"{person}-zephyr"})
    assert "用户名" in reply.json["detail"]  # type: ignore[index]
    reply = caller.post("/api/v1/account/password", {"current_password": WRONG, "new_password": "violet-harbour-99"})
    assert reply.json["field"] == "current_password"  # type: ignore[index]


@pytest.mark.parametrize("new", ["长城外古道边芳草碧连天空啊", "tulip ocean marble kettle", "x7#kkw92LpQz!"])
def test_sentences_spaces_and_any_letters_are_welcome(caller: Caller, person: str, new: str) -> None:
    body = {"current_password": PASSWORD, "new_password": new}
    assert caller.as_(person).post("/api/v1/account/password", body).status_code == 204
    assert attempt(Caller(caller.app), person, new).status_code == 201


def test_tokens_are_one_s_own_and_end_when_revoked(caller: Caller, person: str, edge: Edge, city: City) -> None:
    who = person_id(edge, person)
    with unit_of_work(edge.factory) as session:
        made = create_token(session, Actor(who, "x"), person_id=who, label="script", days=1)
    program = Caller(caller.app)
    program.token = made.token
    assert program.get(WHO).json["csrf"] is None  # type: ignore[index]
    with edge.engine.connect() as connection:
        assert [token.label for token in tokens_of(connection, who)] == ["script"]
    with unit_of_work(edge.factory) as session:
        revoke_token(session, Actor(who, "x"), token_id=made.id)
    assert program.get(WHO).status_code == 401


def test_everything_stands_in_the_chain_of_the_person(caller: Caller, person: str, edge: Edge) -> None:
    attempt(caller, person, WRONG)
    caller.as_(person)
    caller.send("DELETE", WHO)
    who = person_id(edge, person)
    with edge.engine.connect() as connection:
        rows = connection.execute(
            text("select * from event where subject_kind = 'person' and subject_id = :id order by seq"), {"id": who}
        )
        events = [{**row._mapping, "at": instant(row.at)} for row in rows]
    assert [event["action"] for event in events] == ["create", "sign_in_failed", "sign_in", "sign_out"]
    assert first_broken(events) is None
    assert PASSWORD not in str(events)
    assert WRONG not in str(events)
