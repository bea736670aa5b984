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
from tests.web.visitor import chinese_outside, press

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
@pytest.mark.slow
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


@pytest.mark.slow
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
