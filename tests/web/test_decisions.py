"""The decision panel over a real database: what it offers, refuses, keeps, and does once."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import Browse, Town
from tests.web.visitor import hidden, press
from workflows.lifecycle import Action


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
    assert first.headers["Location"] == again.headers["Location"] == f"{page}/next?done=pass"
    assert town.rows("select count(*) from opinion where submission_id = :id", id=form) == [(1,)]
    assert town.rows("select path, body from comment") == [("budget.project_expenditure", "增幅请说明依据。")]
    other = client.post(actions, data={**data, "comment": "另一句话"})
    assert other.status_code == 422
    done = client.get(first.headers["Location"], follow_redirects=True)
    assert "已办理" in done.text
    assert "同意报送。" in done.text


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


def test_an_approved_form_reads_and_offers_nothing_wrong(town: Town, browse: Browse) -> None:
    form = town.forms["below"]
    assert 'value="open_evaluation"' in browse("finance_performance_office").get(f"/submissions/{form}").text
    reading = browse("observer").get(f"/submissions/{form}")
    assert reading.status_code == 200
    assert 'name="action"' not in reading.text
    town.act("finance_performance_office", form, action=Action.OPEN_EVALUATION)
    assert browse("dept_head2").get(f"/submissions/{form}").status_code == 200
