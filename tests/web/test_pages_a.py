"""The screens around a form: each opens for those who may see it, in both languages, and says no to everybody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from service.app import create_app
from service.db import unit_of_work
from service.queries.actor import by_username
from service.queries.drafts import draft
from service.queries.submissions import read
from service.queries.visible import visible_ids
from service.settings import load_settings
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from tests.factories import make_person, seed_document
from tests.web.conftest import Browse, Town
from tests.web.visitor import PASSWORD, chinese_outside, hidden, press
from workflows.lifecycle import Action

PEOPLE = (
    "filler dept_head filler2 superior_reviewer finance_business_office finance_performance_office finance_budget_office "
    "secrecy_reviewer observer external_expert sys_admin sec_admin audit_admin"
).split()
PAGES = (
    "/inbox /inbox?tab=done /inbox?tab=mine /inbox?tab=cc /inbox?due=week /submissions /notifications /account".split()
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_opens_in_both_languages(browse: Browse, who: str, language: str) -> None:
    client = browse(who, language=language)
    for path in (*PAGES, "/account/password", "/help", "/submissions?q=x&year=2022&state=review"):
        response = client.get(path)
        assert response.status_code == 200, path
        assert response.headers["Content-Language"] == {"zh": "zh-CN", "en": "en"}[language]
        if language == "en":
            assert chinese_outside(response.text) == [], path


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", PEOPLE)
def test_a_form_is_there_for_those_who_may_see_it(town: Town, browse: Browse, who: str, language: str) -> None:
    client = browse(who, language=language)
    with town.factory() as session:
        actor = by_username(session.connection(), who)
        assert actor is not None
        seen = visible_ids(session.connection(), actor, ids=list(town.forms.values()))
    for form in town.forms.values():
        for path in (f"/submissions/{form}", f"/submissions/{form}?view=full", f"/submissions/{form}/timeline"):
            response = client.get(path)
            assert response.status_code == (200 if form in seen else 404), path
            assert not (language == "en" and chinese_outside(response.text)), path


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
    assert press(client, "/account/password", page="/account/password", **data).headers["Location"] == "/inbox"
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


def test_each_card_counts_exactly_the_list_that_it_opens(browse: Browse) -> None:
    for who in ("finance_performance_office", "finance_business_office", "dept_head", "superior_reviewer"):
        client = browse(who)
        cards = re.findall(
            r'<a href="([^"]+)"><span class="k">[^<]+</span><span class="v">(?:<span class="zero">)?([\d.]+)',
            client.get("/inbox").text,
        )
        assert len(cards) >= 3
        for address, number in cards:
            if "." in number:
                continue  # a sum of money
            listed = client.get(address.replace("&amp;", "&")).text
            assert listed.count('class="t-link"') == int(number), (who, address)


def test_a_filter_that_matches_nothing_shows_nothing(browse: Browse) -> None:
    client = browse("finance_performance_office")
    for query in (
        "state=no-such-state",
        "year=abc",
        "department=x",
        "q=no-such-department",
        "from=abc",
        "year=" + "9" * 30,
    ):
        page = client.get(f"/submissions?{query}")
        assert page.status_code == 200
        assert "没有符合条件的单据" in page.text, query
        assert "去掉这个筛选" in page.text
    assert "没有符合条件的单据" not in client.get("/submissions?q=政法").text


def test_pages_of_the_list_follow_their_keys(town: Town, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("service.web.submissions", "service.web.inbox"):
        monkeypatch.setattr(f"{module}.PER_PAGE", 1)
    client, ids, address = browse("finance_performance_office"), [], "/submissions"
    while address:
        page = client.get(address).text
        ids += re.findall(r'class="t-link" href="/submissions/(\d+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert sorted(map(int, ids)) == sorted(town.forms.values())
    assert client.get("/submissions?after=nonsense").status_code == 200


def test_the_panel_is_made_of_what_the_engine_allows(town: Town, browse: Browse) -> None:
    form = town.forms["mine"]
    head = browse("dept_head").get(f"/submissions/{form}").text
    assert 'value="pass"' in head
    assert "通过，送财政业务科室" in head
    for other in ("finance_business_office", "external_expert"):
        assert 'name="action"' not in browse(other).get(f"/submissions/{form}").text
    assert 'value="withdraw"' in browse("filler").get(f"/submissions/{form}").text


def test_a_refused_decision_keeps_what_was_typed(town: Town, browse: Browse) -> None:
    form = town.forms["mine"]
    page, actions = f"/submissions/{form}", f"/submissions/{form}/actions"
    client = browse("dept_head")
    data = {"action": "return_for_revision", "comment": " ", "remark:indicators[3]": "请核对批次"}
    refused = press(client, actions, page=page, **data)
    assert refused.status_code == 422
    assert 'href="#comment"' in refused.text
    assert "请核对批次" in refused.text
    assert "<title>错误：" in refused.text
    assert town.rows("select count(*) from comment") == [(0,)]


def test_somebody_else_was_first(town: Town, browse: Browse) -> None:
    form = town.forms["mine"]
    page, actions = f"/submissions/{form}", f"/submissions/{form}/actions"
    client = browse("dept_head")
    stale = press(client, actions, page=page, action="pass", comment="我看过了，同意。", version="1")
    assert stale.status_code == 409
    assert "我看过了，同意。" in stale.text
    assert re.search(r"单据已由填报人 · 中共揭阳市委政法委员会于 [\d-]+ [\d:]+ 办理", stale.text)
    assert town.version(form) == 2


def test_a_decision_happens_once_with_its_remarks(town: Town, browse: Browse) -> None:
    form = town.forms["mine"]
    page, actions = f"/submissions/{form}", f"/submissions/{form}/actions"
    client = browse("dept_head")
    shown = client.get(page)
    data = {
        "csrf_token": hidden(shown, "csrf_token"),
        "version": hidden(shown, "version"),
        "idempotency_key": hidden(shown, "idempotency_key"),
        "action": "pass",
        "comment": "同意报送。",
        "remark:budget.project_expenditure": "增幅请说明依据。",
    }
    first, again = client.post(actions, data=data), client.post(actions, data=data)
    assert first.headers["Location"] == again.headers["Location"] == f"{page}?done=pass"
    assert town.rows("select count(*) from opinion where submission_id = :id", id=form) == [(1,)]
    assert town.rows("select path, body from comment") == [("budget.project_expenditure", "增幅请说明依据。")]
    other = client.post(actions, data={**data, "comment": "另一句话"})
    assert other.status_code == 422
    done = client.get(first.headers["Location"])
    assert "已办理" in done.text
    assert "同意报送。" in done.text


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


def test_undo_and_return_to_the_filler(town: Town, browse: Browse) -> None:
    form = town.forms["mine"]
    page, actions = f"/submissions/{form}", f"/submissions/{form}/actions"
    assert press(browse("dept_head"), actions, page=page, action="undo_pass").status_code == 303
    assert press(browse("dept_head"), actions, page=page, action="pass").status_code == 303
    client = browse("finance_business_office")
    returned = press(client, actions, page=page, action="return_for_revision", comment="请补充依据文号。", to_level="")
    assert returned.status_code == 303
    assert "单位正在修改" in client.get(page).text
    timeline = client.get(f"{page}/timeline").text
    assert "请补充依据文号。" in timeline
    assert "完整，未被改动" in timeline
    assert "跳过：本单位没有这一级" in timeline


def test_grade_and_reply_ask_for_their_fields(town: Town, browse: Browse) -> None:
    form = town.forms["below"]
    page, actions = f"/submissions/{form}", f"/submissions/{form}/actions"
    for who in ("dept_head2", "superior_reviewer", "finance_business_office"):
        assert press(browse(who), actions, page=page, action="pass").status_code == 303
    client = browse("finance_performance_office")
    assert press(client, actions, page=page, action="pass").status_code == 400
    low = press(client, actions, page=page, action="pass", grade="good")
    assert low.status_code == 422
    assert re.search(r'value="good"[^>]* checked', low.text)
    assert press(client, actions, page=page, action="pass", grade="excellent").status_code == 303
    client = browse("finance_budget_office")
    assert press(client, actions, page=page, action="issue_reply", reply_date="2022-02-10").status_code == 400
    bad = press(
        client, actions, page=page, action="issue_reply", reply_number="揭市财预〔2022〕5号", reply_date="2022-02-31"
    )
    assert bad.status_code == 400
    assert "揭市财预〔2022〕5号" in bad.text
    data = {"action": "issue_reply", "reply_number": "揭市财预〔2022〕5号", "reply_date": "2022-02-10"}
    assert press(client, actions, page=page, **data).status_code == 303
    assert town.rows("select state, grade from submission where id = :id", id=form) == [("approved", "excellent")]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "no-such"}, 400),
        ({"action": "edit"}, 400),
        ({"action": "pass", "version": "x"}, 400),
        ({"action": "pass", "version": "9" * 40}, 400),
        ({"action": "return_for_revision", "comment": "x", "to_level": "99"}, 409),
        ({"action": "pass", "comment": "字" * 5000}, 400),
        ({"action": "pass", "idempotency_key": "not-a-ulid"}, 400),
    ],
)
def test_impossible_requests_are_refused_with_words(
    town: Town, browse: Browse, fields: dict[str, str], status: int
) -> None:
    form = town.forms["below"]
    client = browse("finance_performance_office")
    before = town.version(form)
    response = press(client, f"/submissions/{form}/actions", page=f"/submissions/{form}", **fields)
    assert response.status_code == status
    assert 'id="errors"' in response.text
    assert town.version(form) == before


def test_a_form_out_of_sight_is_404_whatever_is_posted(town: Town, browse: Browse) -> None:
    client = browse("filler2")
    form = town.forms["mine"]
    posted = press(client, f"/submissions/{form}/actions", page="/inbox", action="pass", version="2")
    assert posted.status_code == 404
    missing = client.get("/submissions/999999")
    assert missing.status_code == 404
    assert "没有这个页面" in missing.text
    assert "记录号" in missing.text
    assert client.get(f"/submissions/{2**70}").status_code in (400, 404)


def test_a_post_without_its_token_is_refused(town: Town, browse: Browse) -> None:
    client = browse("dept_head")
    response = client.post(
        f"/submissions/{town.forms['mine']}/actions", data={"action": "withdraw", "comment": "写了很久"}
    )
    assert response.status_code == 403
    assert "写了很久" in response.text
    foreign = browse().post("/sign-in", data={}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_messages_are_read_by_their_owner_alone(town: Town, browse: Browse) -> None:
    form, filler = town.forms["mine"], town.city["filler"].id
    town.rows(
        "insert into notification (person_id, topic, dedupe_key, submission_id, params)"
        " values (:person, 'submission.pass', 'k1', :form, '{\"audience\": \"prepared\"}'),"
        " (:person, 'no.such.topic', 'k2', null, '{}') returning id",
        person=filler,
        form=form,
    )
    [(notice,)] = town.rows("select min(id) from notification")
    client = browse("filler")
    assert "已通过一个审核环节" in client.get("/notifications").text
    press(browse("filler2"), f"/notifications/{notice}/open", page="/inbox")
    assert town.rows("select count(*) from notification where read_at is null") == [(2,)]
    opened = press(client, f"/notifications/{notice}/open", page="/notifications", submission=str(form))
    assert opened.headers["Location"] == f"/submissions/{form}"
    assert town.rows("select count(*) from notification where read_at is null") == [(1,)]
    press(client, "/notifications/read", page="/notifications")
    assert "没有未读消息" in client.get("/notifications?show=unread").text


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


def test_assets_are_kept_for_ever_and_travel_compressed(browse: Browse) -> None:
    client = browse()
    [sheet] = re.findall(r'href="(/static/app[^"]+\.css)"', client.get("/sign-in").text)
    packed = client.get(sheet, headers={"Accept-Encoding": "gzip"})
    plain = client.get(sheet, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"] == "text/css; charset=utf-8"
    assert client.get("/static/manifest.json").status_code == 404
    assert client.get("/static/..%2Fmanifest.json").status_code == 404


def test_an_approved_form_reads_and_offers_nothing_wrong(town: Town, browse: Browse) -> None:
    form = town.forms["below"]
    assert 'value="open_evaluation"' in browse("finance_performance_office").get(f"/submissions/{form}").text
    reading = browse("observer").get(f"/submissions/{form}")
    assert reading.status_code == 200
    assert 'name="action"' not in reading.text
    town.act("finance_performance_office", form, action=Action.OPEN_EVALUATION)
    assert browse("dept_head2").get(f"/submissions/{form}").status_code == 200


def test_a_draft_of_any_text_can_be_read(town: Town, browse: Browse) -> None:
    odd = ["", None, "约一百", "1E+99", "-0", "１，０００．５０", "<b>x</b>", "9" * 13]
    with unit_of_work(town.factory) as session:
        filler = make_person(session, "filler3", filler=town.city.superior)
        make_person(session, "dept_head3", dept_head=town.city.superior)
        session.execute(text("update person set password_hash = (select password_hash from person where id = 1)"))
        form = open_draft(session, filler, department_id=town.city.superior, cycle_id=town.city.cycle).id
    head, filling = browse("dept_head3"), browse("filler3")
    assert head.get(f"/submissions/{form}").status_code == 200
    for cell in odd:
        with unit_of_work(town.factory) as session:
            sections = draft(session.connection(), read(session.connection(), form)).sections
            budget = dict.fromkeys(sections["budget"].value, cell)
            row = dict.fromkeys(seed_document()["indicators"][0], cell)
            values = {"budget": budget, "indicators": [row], "overall_goal": cell}
            for name, value in values.items():
                base = sections[name].version
                save_section(session, filler, submission_id=form, section=name, value=value, base_version=base)
        for language in ("zh", "en"):
            page = head.get(f"/submissions/{form}?view=full&lang={language}")
            assert page.status_code == 200, cell
            assert "<b>x</b>" not in page.text
            for address in ("", "/check", "/preview"):
                assert filling.get(f"/submissions/{form}{address}?lang={language}").status_code == 200, (cell, address)


def test_without_a_database_a_page_says_so(town: Town, tmp_path: Path) -> None:
    settings = load_settings({"JIXIAO_HOME": str(tmp_path), "JIXIAO_DATABASE_URL": "postgresql://x@127.0.0.1:9/x"})
    client = create_app(settings).test_client()
    client.set_cookie("__Host-jixiao_session", "anything", secure=True)
    for path in ("/inbox", "/help", "/sign-in"):
        response = client.get(path, base_url="https://localhost")
        assert response.status_code == 503, path
        assert "系统暂时不可用" in response.text
        assert 'href="' + path + '"' in response.text
        assert response.headers["Retry-After"] == "5"


def test_a_fault_of_ours_is_a_page_with_its_number(town: Town, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browse("dept_head")

    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr("service.web.notifications.notices", fail)
    response = client.get("/notifications")
    assert response.status_code == 500
    assert "系统出错了" in response.text
    assert "a secret of the machine" not in response.text
    number = response.headers["X-Request-ID"].replace("-", "")[:8].upper()
    assert f"{number[:4]}-{number[4:]}" in response.text
