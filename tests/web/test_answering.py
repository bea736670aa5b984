"""A warning is answered on the page that shows it, without scripts; reviewers read the reason; refusals lose no word."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from tests.web.visitor import chinese_outside, hidden, press
from workflows.lifecycle import Action

JSON = {"Accept": "application/json"}
SMALL = {"rule": "A12", "path": "indicators[6]"}


@pytest.fixture
def form(town: Town) -> int:
    """A draft of its own for each test: the seed with its marks resolved."""
    years = town.rows("select coalesce(max(fiscal_year), 0) from submission")
    return new_draft(town, max(int(str(years[0][0])) + 1, 2040), seed_document())


def meaning(page: TestResponse, rule: str, path: str) -> str:
    """What tells the finding from another of its rule, as the form on the page carries it."""
    found = re.search(
        rf'name="rule" value="{rule}"><input type="hidden" name="path" value="{re.escape(path)}">'
        r'<input type="hidden" name="meaning" value="([0-9a-f]{64})"',
        page.text,
    )
    assert found, (rule, path)
    return found[1]


def answer(client: FlaskClient, form: int, reason: str, *, page: str = "/check", **fields: Any) -> TestResponse:  # noqa: ANN401
    """Open a page, fill in the reason of the finding, press the button."""
    shown = client.get(f"/submissions/{form}{page}")
    headers = fields.pop("headers", {})
    asked = {**SMALL, "meaning": meaning(shown, **SMALL), "reason": reason, "do": "give", "back": "check"} | fields
    data = {"csrf_token": hidden(shown, "csrf_token"), **asked}
    return client.post(f"/submissions/{form}/waivers", data=data, headers=headers)


@pytest.mark.parametrize(
    ("page", "back", "to"),
    [("", "editor", "#panel"), ("/check", "check", "/check"), ("/preview", "preview", "/preview")],
)
@pytest.mark.slow
def test_each_page_takes_a_reason_and_returns_to_itself(
    browse: Browse, form: int, page: str, back: str, to: str
) -> None:
    filler = browse("filler")
    done = answer(filler, form, "合同约定为有或无。", page=page, back=back)
    assert (done.status_code, done.headers["Location"]) == (303, f"/submissions/{form}{to}")
    for one in ("", "/check", "/preview"):
        shown = filler.get(f"/submissions/{form}{one}").text
        assert "合同约定为有或无。" in shown
        assert "修改理由" in shown


def test_a_reason_is_taken_back(town: Town, browse: Browse, form: int) -> None:
    filler = browse("filler")
    answer(filler, form, "合同约定为有或无。")
    assert answer(filler, form, "", do="take").status_code == 303
    assert "合同约定为有或无。" not in filler.get(f"/submissions/{form}/check").text


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [("", 400, "理由须为 1 至 500 个字"), ("甲（密）", 400, "密级标志"), ("字" * 501, 400, "理由须为")],
)
def test_a_refused_reason_stands_where_it_was_typed(
    browse: Browse, form: int, reason: str, status: int, words: str
) -> None:
    refused = answer(browse("filler"), form, reason)
    assert refused.status_code == status
    assert words in refused.text
    assert re.search(r"<title>\s*错误：", refused.text)
    assert re.search(r'<details class="answer" open>', refused.text)
    assert reason in unescape(refused.text)


def test_a_finding_that_is_gone_keeps_the_words_and_says_so(browse: Browse, form: int) -> None:
    refused = answer(browse("filler"), form, "合同约定为有或无。", meaning="0" * 64)
    assert refused.status_code == 409
    assert "这一条检查结果已经不在了" in refused.text
    assert "合同约定为有或无。" in refused.text, "nothing typed is lost"


def test_a_script_gets_the_panel_or_the_refusal(browse: Browse, form: int) -> None:
    filler, ask = browse("filler"), JSON
    refused = answer(filler, form, " ", headers=ask)
    assert (refused.status_code, "1 至 500" in refused.json["refused"]) == (400, True)  # type: ignore[index]
    done = answer(filler, form, "合同约定为有或无。", headers=ask)
    panel = done.json["html"]["panel"]  # type: ignore[index]
    assert panel.count('id="panel"') == 1
    assert "合同约定为有或无。" in panel


def test_nobody_else_answers_and_nobody_is_offered_to(town: Town, browse: Browse, form: int) -> None:
    head = browse("dept_head")
    shown = head.get(f"/submissions/{form}/check")
    assert shown.status_code == 200
    assert "说明理由" not in shown.text
    asked = {**SMALL, "reason": "x", "csrf_token": hidden(head.get("/account"), "csrf_token")}
    assert head.post(f"/submissions/{form}/waivers", data=asked).status_code == 403
    other = browse("filler2")
    asked["csrf_token"] = hidden(other.get("/account"), "csrf_token")
    assert other.post(f"/submissions/{form}/waivers", data=asked).status_code == 404


def test_reviewers_read_the_reason_that_was_handed_in(town: Town, browse: Browse, form: int) -> None:
    filler = browse("filler")
    answer(filler, form, "合同第 7 条：培训一次即达标。")
    done = press(filler, f"/submissions/{form}/preview", page=f"/submissions/{form}/preview", declared="yes")
    assert done.status_code == 303
    read = browse("dept_head").get(f"/submissions/{form}")
    assert "合同第 7 条：培训一次即达标。" in read.text
    assert "filler" in re.findall(r'<p class="reply">.*?</p>', read.text)[0]
    assert "说明理由" not in read.text
    after = filler.get(f"/submissions/{form}/check")
    assert "合同第 7 条：培训一次即达标。" in after.text
    assert "修改理由" not in after.text


def test_an_error_that_a_reason_lets_pass_is_handed_in_with_it(town: Town, browse: Browse) -> None:
    document = seed_document()
    document["other_tasks"][6]["planned_amount"] = "100"
    form = new_draft(town, 2039, document)
    filler, page = browse("filler"), f"/submissions/{form}/preview"
    assert press(filler, page, page=page, declared="yes").status_code == 422
    shown = filler.get(f"/submissions/{form}/check")
    assert "还有 1 处必须处理" in shown.text
    asked = {"rule": "A2", "path": "budget.project_expenditure"}
    data = {**asked, "meaning": meaning(shown, **asked), "csrf_token": hidden(shown, "csrf_token"), "do": "give"}
    filler.post(f"/submissions/{form}/waivers", data={**data, "reason": "2.03 万元为预留资金，不单列任务。"})
    assert "可以提交" in filler.get(f"/submissions/{form}/check").text
    assert press(filler, page, page=page, declared="yes").status_code == 303


def test_a_cycle_that_asks_for_reasons_says_what_is_missing(town: Town, browse: Browse, form: int) -> None:
    ((cycle,),) = town.rows("select cycle_id from submission where id = :id", id=form)
    office, settings = browse("finance_performance_office"), f"/admin/cycles/{cycle}"
    assert press(office, settings, page=settings, do="reasons", asks_reasons="yes").status_code == 303
    assert 'name="asks_reasons" value="yes" checked' in office.get(settings).text
    refused = press(browse("filler"), settings, page="/account", do="reasons")
    assert refused.status_code in (403, 404)
    filler, page = browse("filler"), f"/submissions/{form}/preview"
    assert "条提醒要说明理由，才能提交" in filler.get(page).text
    refused = press(filler, page, page=page, declared="yes")
    assert (refused.status_code, "还有提醒没有说明理由" in refused.text) == (422, True)


def test_the_pages_are_english_for_those_who_read_english(browse: Browse, form: int) -> None:
    filler = browse("filler", language="en")
    answer(filler, form, "合同约定为有或无。")
    for page in ("", "/check", "/preview"):
        shown = filler.get(f"/submissions/{form}{page}").text
        assert chinese_outside(shown) == [], page
        assert "Change the reason" in shown


def test_the_check_page_says_how_much_money_is_measured(browse: Browse, form: int) -> None:
    assert (
        "有指标衡量的任务资金：517.25 / 560.25 万元（92.32%）"
        in browse("filler").get(f"/submissions/{form}/check").text
    )


def test_a_return_keeps_the_reasons_of_the_draft(town: Town, browse: Browse, form: int) -> None:
    filler = browse("filler")
    answer(filler, form, "合同约定为有或无。")
    press(filler, f"/submissions/{form}/preview", page=f"/submissions/{form}/preview", declared="yes")
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="请补充说明")
    assert "合同约定为有或无。" in filler.get(f"/submissions/{form}").text
