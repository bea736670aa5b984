"""Coming in and going out: what a visitor sees, and what a session may."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import Browse, Town
from tests.web.visitor import PASSWORD, hidden, press


def test_a_visitor_is_led_to_sign_in_and_back(browse: Browse) -> None:
    client = browse()
    response = client.get("/submissions?state=review")
    assert response.status_code == 303
    assert response.headers["Location"] == "/sign-in?next=%2Fsubmissions%3Fstate%3Dreview"
    form = client.get(response.headers["Location"])
    assert 'name="next" value="/submissions?state=review"' in form.text
    assert "本系统不得录入、存储涉密内容" in form.text


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-in", "javascript:1"]
)
def test_signing_in_never_leads_away(browse: Browse, where: str) -> None:
    data = {"username": "observer", "password": PASSWORD, "next": where}
    assert browse().post("/sign-in", data=data).headers["Location"] == "/"


def test_a_wrong_password_is_one_sentence_that_names_no_field(browse: Browse) -> None:
    client = browse()
    wrong = client.post("/sign-in", data={"username": "external_expert", "password": "no"})
    unknown = client.post("/sign-in", data={"username": "nobody-at-all", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    said = re.findall(r'role="alert">.*?<span>(.*?)</span>', wrong.text, re.DOTALL)
    assert said == re.findall(r'role="alert">.*?<span>(.*?)</span>', unknown.text, re.DOTALL)
    assert said[0].startswith("用户名或密码不正确。")
    assert "<title>错误：" in wrong.text


def test_a_locked_account_says_how_many_minutes(browse: Browse) -> None:
    client = browse(language="en")
    for _ in range(5):
        response = client.post("/sign-in", data={"username": "locked-out", "password": "no"})
    assert response.status_code == 429
    assert "15 minutes" in response.text


def test_a_one_time_password_opens_nothing_but_its_change(town: Town, browse: Browse) -> None:
    client = browse("sec_admin")
    town_update = "update person set must_change_password = true where username = 'sec_admin' returning id"
    assert town.rows(town_update)
    assert client.get("/inbox").headers["Location"] == "/account/password"
    page = client.get("/account/password")
    assert "一次性密码" in page.text
    data = {"current_password": PASSWORD, "new_password": "short", "new_password_again": "short"}
    refused = press(client, "/account/password", page="/account/password", **data)
    assert refused.status_code == 422
    assert 'id="new_password-error"' in refused.text
    new = "nine grey cranes by the river"
    data = {"current_password": PASSWORD, "new_password": new, "new_password_again": new}
    assert (
        press(client, "/account/password", page="/account/password", **data).headers["Location"] == "/admin/departments"
    )
    assert client.get("/inbox").status_code == 200


def test_signing_out_kills_the_cookie(town: Town, browse: Browse) -> None:
    client = browse("observer")
    cookie = client.get_cookie("jixiao_session")
    assert cookie is not None
    assert press(client, "/sign-out", page="/account").headers["Location"] == "/sign-in"
    thief = town.app.test_client()
    thief.set_cookie("jixiao_session", cookie.value)
    assert thief.get("/inbox").status_code == 303


def test_the_language_is_kept_with_the_account_and_for_visitors(browse: Browse) -> None:
    visitor = browse()
    assert visitor.post("/language", data={"language": "en", "next": "/sign-in"}).status_code == 303
    assert "User name" in visitor.get("/sign-in").text
    person = browse("dept_head2")
    assert press(person, "/language", page="/inbox", language="en", next="/inbox").headers["Location"] == "/inbox"
    assert '<html lang="en">' in person.get("/inbox").text


def test_other_sessions_can_be_ended(town: Town, browse: Browse) -> None:
    first, second = browse("audit_admin"), browse("audit_admin")
    ids = [row[0] for row in town.rows("select w.id from web_session w join person p on p.id = w.person_id"
                                       " where p.username = 'audit_admin' order by w.id")]  # fmt: skip
    ended = press(second, f"/account/sessions/{ids[-2]}/end", page="/account")
    assert ended.status_code == 303
    assert first.get("/inbox").status_code == 303
    assert second.get("/inbox").status_code == 200
    [(foreign,)] = town.rows("select max(id) from web_session where person_id = :p", p=town.city["filler"].id)
    assert press(second, f"/account/sessions/{foreign}/end", page="/account").status_code == 404


def test_what_was_sent_after_the_session_ended_is_not_lost(town: Town, browse: Browse) -> None:
    form, client = town.forms["below"], browse("dept_head2")
    shown = client.get(f"/submissions/{form}")
    data = {name: hidden(shown, name) for name in ("csrf_token", "version", "idempotency_key")}
    data |= {"action": "return_for_revision", "comment": "写了很久的意见"}
    town.rows("delete from web_session where person_id = :p returning id", p=town.city["dept_head2"].id)
    actions, own = f"/submissions/{form}/actions", {"Origin": "http://localhost"}
    foreign = client.post(actions, data=data, headers={"Origin": "https://evil.example"})
    assert "写了很久的意见" not in foreign.text
    late = client.post(actions, data=data, headers=own)
    assert late.status_code == 401
    assert "您填写的内容已保留" in late.text
    kept = {"kept_path": actions, "kept_name": list(data)[1:], "kept_value": list(data.values())[1:]}
    again = client.post("/sign-in", data={"username": "dept_head2", "password": PASSWORD} | kept, headers=own)
    assert "写了很久的意见" in again.text
    assert data["csrf_token"] not in again.text
    sent = client.post(actions, data=data | {"csrf_token": hidden(again, "csrf_token")}, headers=own)
    assert sent.headers["Location"].endswith("?done=return_for_revision")
    town.act_again(form)
