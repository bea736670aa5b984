"""The desk: boxes whose numbers are the lists that they open, filters in the address, batches in two steps, urges, copies."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.queries.actor import by_username
from service.usecases.decide import decide
from tests.factories import make_department, make_person, make_submitted
from tests.web.conftest import Browse, Town
from tests.web.test_pages_a import PEOPLE
from tests.web.visitor import chinese_outside, hidden, press, sign_in
from workflows.facts import Request
from workflows.lifecycle import Action

BATCH = "/submissions/batch"


def links(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'class="t-link" href="/submissions/(\d+)"', page)]


def tab_counts(page: str) -> dict[str, int]:
    found = re.findall(r'href="/inbox\?tab=(\w+)"[^>]*>[^<]+<span class="cnt">(\d+)', page)
    return {tab: int(number) for tab, number in found}


@pytest.mark.parametrize("who", PEOPLE)
def test_the_number_of_each_box_is_the_length_of_the_list_that_it_opens(town: Town, browse: Browse, who: str) -> None:
    client = browse(who)
    page = client.get("/inbox").text
    counts = tab_counts(page)
    assert list(counts) == ["todo", "done", "mine", "cc", "ever"]
    for tab, number in counts.items():
        assert len(links(client.get(f"/inbox?tab={tab}").text)) == number, tab
    badge = re.search(r'aria-current="page">[^<]+<span class="badge">(\d+)', page)
    assert int(badge[1] if badge else 0) == counts["todo"]


def test_every_line_says_with_whom_it_lies_and_why_it_is_here(browse: Browse) -> None:
    page = browse("dept_head").get("/inbox").text
    assert "我的环节" in page
    assert re.search(r'部门负责人<span class="sub">.*政法委', page)
    assert "停留" in page
    mine = browse("filler").get("/inbox?tab=mine").text
    assert "您建立的" in mine
    assert "部门负责人" in mine


@pytest.mark.parametrize("path", ["/inbox?tab=ever&", "/inbox?tab=mine&", "/inbox?", "/submissions?"])
def test_a_filter_without_a_match_shows_no_line_and_how_to_clear_it(browse: Browse, path: str) -> None:
    client = browse("filler")
    for query in (
        "year=2031",
        "stage=finance_budget_office",
        "from=9999999",
        "to=0.01",
        "state=nonsense",
        "stage=x",
        "q=%00",
    ):
        page = client.get(f"{path}{query}")
        assert page.status_code == 200
        assert links(page.text) == [], query
        assert "没有符合条件的单据" in page.text
        assert "清除筛选" in page.text


def test_the_address_reproduces_the_view_for_a_colleague(browse: Browse) -> None:
    address = "/submissions?year=2022&stage=dept_head&from=560.25&to=560.25&q=政法"
    office = browse("finance_performance_office").get(address).text
    assert len(links(office)) == 1
    assert links(browse("finance_budget_office").get(address).text) == links(office)
    for value in ('value="2022" selected', 'value="dept_head" selected', 'value="560.25"', 'value="政法"'):
        assert value in office
    assert office.count("去掉这个筛选") == 5


def test_a_view_is_kept_under_a_name_and_is_ones_own(browse: Browse) -> None:
    client = browse("finance_performance_office")
    page = client.get("/submissions?year=2022&overdue=1").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    fields = {"csrf_token": token[1], "path": "/submissions", "query": "year=2022&overdue=1"}
    kept = client.post("/views", data=fields | {"name": " 今年  逾期的 "})
    assert (kept.status_code, kept.headers["Location"]) == (303, "/submissions?year=2022&overdue=1")
    page = client.get("/submissions").text
    assert 'href="/submissions?year=2022&amp;overdue=1" lang="zh-CN">今年 逾期的</a>' in page
    assert "今年 逾期的" not in browse("finance_budget_office").get("/submissions").text
    drop = re.search(r'action="(/views/\d+/drop)"', page)
    assert drop
    for name in ("", "x" * 41, "\x07"):
        assert client.post("/views", data=fields | {"name": name}).status_code == 400, name
    other = browse("finance_budget_office")
    post(other, drop[1], path="/submissions", query="")
    client = browse("finance_performance_office")
    assert "今年 逾期的" in client.get("/submissions").text
    post(client, drop[1], path="/submissions", query="")
    assert "今年 逾期的" not in client.get("/submissions").text
    assert post(client, "/views", path="https://evil.example", query="", name="x").status_code == 400


def post(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """A press of a button with the token of a page of this person."""
    return client.post(address, data=fields | {"csrf_token": hidden(client.get("/account"), "csrf_token")})


@pytest.fixture(scope="module")
def many(town: Town) -> list[int]:
    """Twelve more forms on the desk of a head of twelve units."""
    with unit_of_work(town.factory) as session:
        city = town.city
        units = [make_department(session, business_office_id=city.office) for _ in range(12)]
        for unit in units:
            session.execute(
                text("insert into cycle_department (cycle_id, department_id) values (:c, :d)"),
                {"c": city.cycle, "d": unit},
            )
        head = make_person(session, "head12")
        for unit in units:
            session.execute(
                text("insert into role_assignment (person_id, role, department_id) values (:p, 'dept_head', :d)"),
                {"p": head.id, "d": unit},
            )
        session.execute(
            text(
                "update person set password_hash = (select password_hash from person where username = 'filler') where id = :p"
            ),
            {"p": head.id},
        )
        forms = []
        for number, unit in enumerate(units):
            city.people[f"of{number}"] = make_person(session, f"of{number}", filler=unit)
            forms.append(make_submitted(session, city, filler=f"of{number}"))
    return forms


@pytest.fixture
def head12(town: Town, browse: Browse, many: list[int]) -> FlaskClient:
    client = browse()
    sign_in(client, "head12")
    return client


def ticked(page: str) -> list[str]:
    return re.findall(r'name="form" value="(\d+-\d+)"', page)


def test_the_head_ticks_the_page_and_all_is_a_second_step(
    head12: FlaskClient, many: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.web.inbox.PER_PAGE", 5)
    page = head12.get("/inbox").text
    assert len(ticked(page)) == 5
    assert "本页 5 条" in page
    assert "改为选择全部 12 条" in page
    assert 'name="all"' not in page
    everything = head12.get("/inbox?all=1").text
    assert "已选全部 12 条" in everything
    assert 'name="all" value="1"' in everything
    assert everything.count("checked disabled") == 6
    assert "取消选择" in everything
    token = {"csrf_token": hidden(head12.get("/inbox"), "csrf_token")}
    few = head12.post(BATCH, data=token | {"what": "decide", "path": "/inbox", "form": ticked(page)}).text
    assert len(links(few)) == 5
    all_ = head12.post(BATCH, data=token | {"what": "decide", "path": "/inbox", "query": "tab=todo", "all": "1"}).text
    assert sorted(links(all_)) == sorted(many)
    none = head12.post(BATCH, data=token | {"what": "decide", "path": "/inbox"})
    assert none.status_code == 422
    assert "还没有选择单据" in none.text


def test_a_batch_with_one_changed_form_passes_eleven_and_skips_one_with_its_reason(
    town: Town, head12: FlaskClient, many: list[int]
) -> None:
    page = head12.get("/inbox")
    chosen = ticked(page.text)
    assert len(chosen) == 12
    token = {"csrf_token": hidden(page, "csrf_token"), "path": "/inbox", "query": "tab=todo"}
    confirm = head12.post(BATCH, data=token | {"what": "decide", "form": chosen})
    assert confirm.status_code == 200
    assert len(links(confirm.text)) == 12
    assert "合计 12 份" in confirm.text
    assert "财政业务科室" in confirm.text
    assert "finance_business_office" in confirm.text  # the name of who is next

    with unit_of_work(town.factory) as session:
        actor = by_username(session.connection(), "head12")
        assert actor is not None
        decide(
            session.connection(),
            actor,
            submission_id=many[3],
            request=Request(Action.RETURN_FOR_REVISION, comment="请修改"),
            version=2,
        )
    fields = token | {
        "action": "pass",
        "form": chosen,
        "comment": "同意",
        "idempotency_key": hidden(confirm, "idempotency_key"),
    }
    first = head12.post(f"{BATCH}/run", data=fields)
    assert first.status_code == 303
    shown = head12.get(first.headers["Location"]).text
    assert "通过 11 份，跳过 1 份" in shown
    assert "单据已经变化" in shown
    assert sorted(links(shown)) == sorted(many)
    again = head12.post(f"{BATCH}/run", data=fields)
    assert again.headers["Location"] == first.headers["Location"]
    assert town.rows("select count(*) from event where action = 'pass' and subject_id = any(:ids)", ids=many) == [(11,)]
    assert head12.post(f"{BATCH}/run", data=fields | {"comment": "另一个"}).status_code == 422
    other = town.app.test_client()
    sign_in(other, "dept_head")
    assert other.get(first.headers["Location"]).status_code == 404


def test_no_batch_returns_anything(head12: FlaskClient, browse: Browse) -> None:
    page = head12.get("/inbox?tab=ever")
    token = {"csrf_token": hidden(page, "csrf_token")}
    for action in sorted(set(Action) - {Action.PASS, Action.ISSUE_REPLY}):
        data = token | {"action": action.value, "form": ["1-1"], "idempotency_key": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
        refused = head12.post(f"{BATCH}/run", data=data)
        assert refused.status_code == 400, action
    for value in ("x", "1", "1-", "-1", "1-x", "9" * 30 + "-1"):
        assert head12.post(BATCH, data=token | {"form": [value]}).status_code == 400, value
    assert "退回" not in re.sub(
        r"已退回|退回待改",
        "",
        browse("finance_performance_office").get("/submissions").text.split("<main")[1].split("<table")[0],
    )


def test_who_decides_nothing_has_no_bar(browse: Browse) -> None:
    for who in ("observer", "external_expert", "secrecy_reviewer"):
        assert "data-chosen" not in browse(who).get("/submissions").text, who
    page = browse("filler").get("/submissions").text
    assert "批量催办" in page
    assert "批量通过" not in page


def test_an_urge_is_told_once_a_day_and_shown_with_the_form(town: Town, browse: Browse) -> None:
    form, client = town.forms["mine"], browse("filler")
    page = f"/submissions/{form}/courtesies"
    done = press(client, f"/submissions/{form}/urge", page=page)
    assert done.headers["Location"] == f"{page}?done=urge"
    assert "已催办" in client.get(done.headers["Location"]).text
    again = press(client, f"/submissions/{form}/urge", page=page)
    assert again.status_code == 409
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d 之后可以再次催办", again.text)
    shown = browse("finance_performance_office").get(page).text
    assert "填报人" in shown
    assert "1 次" in shown
    assert browse("filler2").get(page).status_code == 404
    reader = browse("secrecy_reviewer")
    assert 'id="urge"' not in reader.get(page).text
    assert press(reader, f"/submissions/{form}/urge", page=page).status_code == 403


def test_several_are_urged_from_the_list(town: Town, browse: Browse) -> None:
    client = browse("finance_performance_office")
    page = client.get("/submissions?stage=dept_head")
    chosen = ticked(page.text)
    assert chosen
    token = {
        "csrf_token": hidden(page, "csrf_token"),
        "path": "/submissions",
        "query": "stage=dept_head",
        "what": "urge",
    }
    confirm = client.post(BATCH, data=token | {"form": chosen})
    assert "部门负责人" in confirm.text
    key = hidden(confirm, "idempotency_key")
    ran = client.post(f"{BATCH}/run", data=token | {"form": chosen, "idempotency_key": key})
    shown = client.get(ran.headers["Location"]).text
    assert f"催办 {len(chosen)} 份，跳过 0 份" in shown
    confirm = client.post(BATCH, data=token | {"form": chosen})
    key = hidden(confirm, "idempotency_key")
    ran = client.post(f"{BATCH}/run", data=token | {"form": chosen, "idempotency_key": key})
    shown = client.get(ran.headers["Location"]).text
    assert f"催办 0 份，跳过 {len(chosen)} 份" in shown
    assert "之后可以再次催办" in shown


def test_a_copy_is_given_read_and_marked(town: Town, browse: Browse) -> None:
    form, client = town.forms["mine"], browse("filler")
    page = f"/submissions/{form}/courtesies"
    reader = town.city["finance_performance_office"].id
    assert f'name="person" value="{reader}"' in client.get(page).text
    assert f'value="{town.city["filler2"].id}"' not in client.get(page).text
    press(client, f"/submissions/{form}/copies", page=page, person=[str(reader)])
    nobody = press(client, f"/submissions/{form}/copies", page=page)
    assert nobody.status_code == 400
    forged = press(client, f"/submissions/{form}/copies", page=page, person=[str(town.city["filler2"].id)])
    assert (forged.status_code, "只能抄送给" in forged.text) == (400, True)
    office = browse("finance_performance_office")
    box = office.get("/inbox?tab=cc").text
    assert "未读" in box
    opened = press(office, f"/submissions/{form}/copies/read", page="/inbox?tab=cc")
    assert opened.headers["Location"] == f"/submissions/{form}"
    assert "未读" not in office.get("/inbox?tab=cc").text.split("<tbody")[1]
    assert "已读" in client.get(page).text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_new_pages_speak_both_languages(town: Town, browse: Browse, language: str) -> None:
    client = browse("finance_performance_office", language=language)
    form = town.forms["mine"]
    pages = [
        client.get(f"/submissions/{form}/courtesies"),
        client.get("/inbox?tab=ever"),
        client.get("/submissions?all=1"),
    ]
    token = {"csrf_token": hidden(pages[0], "csrf_token"), "path": "/submissions"}
    chosen = ticked(client.get("/submissions").text)
    pages += [client.post(BATCH, data=token | {"what": what, "form": chosen}) for what in ("decide", "urge")]
    for page in pages:
        assert page.status_code in (200, 422), page.request.path
        assert not (language == "en" and chinese_outside(page.text)), page.request.path


def test_several_replies_get_the_next_numbers_of_a_row(town: Town, browse: Browse, many: list[int]) -> None:
    forms = many[-3:]
    for form in forms:
        with unit_of_work(town.factory) as session:
            waits = session.execute(text("select level from submission where id = :f"), {"f": form}).scalar_one()
            if waits == 1:
                actor = by_username(session.connection(), "head12")
                assert actor is not None
                decide(session.connection(), actor, submission_id=form, request=Request(Action.PASS), version=2)
        town.act("finance_business_office", form, action=Action.PASS)
        town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    client = browse("finance_budget_office")
    page = client.get("/inbox")
    assert "批量批复…" in page.text
    chosen = [one for one in ticked(page.text) if int(one.split("-")[0]) in forms]
    assert len(chosen) == 3
    token = {"csrf_token": hidden(page, "csrf_token"), "path": "/inbox", "query": "tab=todo", "form": chosen}
    confirm = client.post(BATCH, data=token | {"what": "decide"})
    assert "办结，不再有审核环节" in confirm.text
    fields = token | {"action": "issue_reply", "idempotency_key": hidden(confirm, "idempotency_key")}
    refused = client.post(
        f"{BATCH}/run", data=fields | {"reply_number": "揭市财预〔2022〕{n}号", "comment": "同意批复"}
    )
    assert refused.status_code == 400
    assert "批复日期" in refused.text
    assert 'value="揭市财预〔2022〕{n}号"' in refused.text  # nothing typed is lost
    assert "同意批复</textarea>" in refused.text
    fields |= {"reply_number": "揭市财预〔2022〕{n}号", "reply_date": "2022-02-10"}
    bad = client.post(f"{BATCH}/run", data=fields | {"first_number": "x"})
    assert bad.status_code == 400
    key = hidden(bad, "idempotency_key")
    done = client.post(f"{BATCH}/run", data=fields | {"first_number": "31", "idempotency_key": key})
    shown = client.get(done.headers["Location"]).text
    assert "批复 3 份，跳过 0 份" in shown
    for number in (31, 32, 33):
        assert f"揭市财预〔2022〕{number}号" in shown
    numbers = town.rows("select reply_number from submission where id = any(:ids) order by reply_number", ids=forms)
    assert [one for (one,) in numbers] == [f"揭市财预〔2022〕{n}号" for n in (31, 32, 33)]


def test_two_stages_are_shown_apart_and_taken_one_by_one(town: Town, browse: Browse) -> None:
    with unit_of_work(town.factory) as session:
        both = make_person(session, "both-desks", dept_head=town.city.unit, finance_budget_office=town.city.bureau)
        session.execute(
            text(
                "update person set password_hash = (select password_hash from person where username = 'filler') where id = :p"
            ),
            {"p": both.id},
        )
        town.city.people["late"] = make_person(session, "late-filler", filler=town.city.superior)
        head = make_person(session, "late-head", dept_head=town.city.superior)
        town.city.people["late-head"] = head
        form = make_submitted(session, town.city, filler="late")
    town.act("late-head", form, action=Action.PASS)
    town.act("finance_business_office", form, action=Action.PASS)
    town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    client = browse()
    sign_in(client, "both-desks")
    page = client.get("/inbox")
    chosen = ticked(page.text)
    assert len(chosen) == 2
    token = {"csrf_token": hidden(page, "csrf_token"), "path": "/inbox"}
    apart = client.post(BATCH, data=token | {"what": "decide", "form": chosen})
    assert "选中的单据分属 2 个环节" in apart.text
    assert apart.text.count("只办这一环节") == 2
    assert 'id="run"' not in apart.text
    one = client.post(BATCH, data=token | {"form": [chosen[0]]})
    assert 'id="run"' in one.text


def test_what_comes_next_is_looked_up_when_it_is_opened(town: Town, browse: Browse) -> None:
    form, client = town.forms["mine"], browse("filler")
    assert client.get(f"/submissions/{form}/next").headers["Location"] == f"/submissions/{form}"
    assert client.get(f"/submissions/{form}/next?done=pass").headers["Location"] == f"/submissions/{form}?done=pass"
    assert client.get(f"/submissions/{form}/next?done=//evil").headers["Location"] == f"/submissions/{form}"
    head = browse("dept_head2")
    other = town.forms["below"]
    assert head.get(f"/submissions/{form}/next").status_code == 404
    gone = head.get(f"/submissions/{form}/next?done=pass").headers["Location"]  # seen by its seat alone before
    assert gone in (f"/submissions/{other}?done=pass", "/inbox")
