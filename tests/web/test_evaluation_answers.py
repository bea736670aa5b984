"""A warning of the year's end is answered on the score sheet, without scripts and with; reviewers read the reason there."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.db import unit_of_work
from tests.web.conftest import Browse, Town
from tests.web.filling import fields_of
from tests.web.visitor import chinese_outside, hidden, press
from workflows.lifecycle import Action

JSON = {"Accept": "application/json"}
REASON = "年中追加任务，按实际完成数填报。"
FAR = {"rule": "S1", "path": "indicators[0].deviation_analysis"}  # 35 % more than the target


def save(client: FlaskClient, form: int, section: str, **cells: str) -> None:
    page = client.get(f"/submissions/{form}/evaluation")
    data = {**fields_of(page, section), "do": "save", **cells}
    assert client.post(f"/submissions/{form}/sections/{section}", data=data).status_code == 303


@pytest.fixture
def filled(town: Town, browse: Browse, entering: int) -> int:
    """All figures are there; the first indicator did far better than its target."""
    client = browse("filler")
    weights = "6 5 5 6 6 5 5 6 6 15 10 10 5".split()
    figures = "200000 72 100 50 100 3 1 1 20 100 99 99".split()
    cells = {f"{n}.weight": weight for n, weight in enumerate(weights)}
    cells |= {f"{n}.actual_value": actual for n, actual in enumerate(figures)}
    cells |= {"12.actual_value": "达成年度指标", "12.entered_score": "5"}
    cells |= {f"{n}.deviation_analysis": "" for n in range(13)}
    save(client, entering, "actuals", **cells)
    save(client, entering, "execution", adjusted_budget="1823.37", executed_amount="1823.37")
    return entering


def meaning(page: TestResponse) -> str:
    found = re.search(
        rf'name="rule" value="{FAR["rule"]}"><input type="hidden" name="path" value="{re.escape(FAR["path"])}">'
        r'<input type="hidden" name="meaning" value="([0-9a-f]{64})"',
        page.text,
    )
    assert found, page.text
    return found[1]


def answer(
    client: FlaskClient, form: int, reason: str, *, headers: dict[str, str] | None = None, **fields: str
) -> TestResponse:
    page = client.get(f"/submissions/{form}/evaluation")
    asked = {**FAR, "meaning": meaning(page), "reason": reason, "do": "give", "back": "evaluation", **fields}
    return client.post(
        f"/submissions/{form}/waivers", data={"csrf_token": hidden(page, "csrf_token"), **asked}, headers=headers
    )


def test_a_warning_is_answered_where_it_stands(browse: Browse, filled: int) -> None:
    client = browse("filler")
    done = answer(client, filled, REASON)
    assert (done.status_code, done.headers["Location"]) == (303, f"/submissions/{filled}/evaluation#panel")
    page = client.get(f"/submissions/{filled}/evaluation").text
    assert REASON in page
    assert "修改理由" in page
    assert 'href="#a-0-why"' in page, "the warning leads to its field"
    assert answer(client, filled, "", do="take").status_code == 303
    assert REASON not in client.get(f"/submissions/{filled}/evaluation").text


@pytest.mark.parametrize(("reason", "words"), [("", "理由须为 1 至 500 个字"), ("甲（密）", "密级标志")])
def test_a_refused_reason_comes_back_on_the_sheet(browse: Browse, filled: int, reason: str, words: str) -> None:
    client = browse("filler")
    refused = answer(client, filled, reason)
    assert (refused.status_code, words in refused.text, "怎么算的" in refused.text) == (400, True, True)
    assert f">{reason}</textarea>" in refused.text
    assert "错误：" in refused.text.partition("</title>")[0]


def test_a_reason_for_what_is_gone_is_not_lost(browse: Browse, filled: int) -> None:
    client = browse("filler")
    refused = answer(client, filled, REASON, meaning="0" * 64)
    assert (refused.status_code, "没有保存，可以复制" in refused.text, REASON in refused.text) == (409, True, True)


def test_with_scripts_the_card_alone_is_drawn_anew(browse: Browse, filled: int) -> None:
    client = browse("filler")
    reply = answer(client, filled, REASON, headers=JSON)
    assert reply.status_code == 200
    panel = reply.json["html"]["panel"]  # type: ignore[index]
    assert panel.lstrip().startswith('<section class="card" id="panel"')
    assert REASON in panel
    page = client.get(f"/submissions/{filled}/evaluation")
    data = {**fields_of(page, "execution"), "do": "save", "executed_amount": "1823.36"}
    saved = client.post(f"/submissions/{filled}/sections/execution", data=data, headers=JSON)
    assert REASON in saved.json["html"]["panel"]  # type: ignore[index]
    assert (answer(client, filled, "", headers=JSON).status_code, answer(client, filled, "", headers=JSON).json["refused"][:4]) == (400, "理由须为")  # type: ignore[index]  # fmt: skip


def test_it_speaks_english(browse: Browse, filled: int) -> None:
    page = browse("filler", language="en").get(f"/submissions/{filled}/evaluation").text
    panel = page.partition('id="panel"')[2].partition("</section>")[0]
    assert chinese_outside(f"<section>{panel}</section>") == []


def test_reviewers_read_the_reason_and_outsiders_nothing(town: Town, browse: Browse, filled: int) -> None:
    """The cycle asks for a reason to each warning: without one the sheet can't be handed in, and the page says so."""
    filler, office = browse("filler"), browse("finance_performance_office")
    with unit_of_work(town.factory) as session:
        session.execute(text("update cycle set asks_reasons = true where id = (select cycle_id from submission where id = :id)"), {"id": filled})  # fmt: skip
    answer(filler, filled, "", do="take")
    address = f"/submissions/{filled}/evaluation"
    assert "条提醒要说明理由，才能提交" in filler.get(address).text
    assert press(filler, f"{address}/submit", page=address).status_code == 422
    assert REASON not in office.get(address).text
    answer(filler, filled, REASON)
    assert REASON not in office.get(address).text, "it lies with its unit"
    for found in re.findall(r'name="rule" value="(\w+)"><input type="hidden" name="path" value="([^"]+)"><input type="hidden" name="meaning" value="(\w+)"', filler.get(address).text):  # fmt: skip
        answer(filler, filled, REASON, rule=found[0], path=found[1], meaning=found[2])
    reasons = {f"{n}.deviation_analysis": "已说明" for n in range(1, 13)}
    save(filler, filled, "actuals", **reasons)
    done = press(filler, f"{address}/submit", page=address)
    assert done.status_code == 303, done.text
    town.act("dept_head", filled, action=Action.PASS)
    for page in (address, f"/submissions/{filled}"):
        shown = office.get(page).text
        assert REASON in shown
        assert 'name="reason"' not in shown
