"""Remarks: their author's until the decision, then the unit's to answer, and both sides on the screen of the next round."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.usecases.save_section import save_section
from service.usecases.submit import submit
from tests.factories import seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from tests.web.visitor import chinese_outside, hidden, press
from workflows.errors import FormHasErrors
from workflows.facts import Request
from workflows.lifecycle import Action

_years = iter(range(2050, 2099))
WORDS = "增幅 21.73%，请补充“雪亮工程”三期的依据文号。"


def hand_in(town: Town, form: int) -> None:
    with unit_of_work(town.factory) as session:
        asked = Request(Action.SUBMIT)
        submit(session, town.city["filler"], submission_id=form, request=asked, version=town.version(form))


@pytest.fixture
def form(town: Town) -> int:
    """A form of the first unit in review at its head."""
    form = new_draft(town, next(_years), seed_document())
    hand_in(town, form)
    return form


def keep(browse: Browse, form: int, who: str = "dept_head", **fields: str) -> TestResponse:
    address = f"/submissions/{form}"
    return press(browse(who), f"{address}/remarks?view=full", page=f"{address}?view=full", **fields)


def answers(town: Town, form: int) -> list[tuple[object, ...]]:
    return town.rows("select path, answer, answer_words from comment where submission_id = :id order by id", id=form)


def test_what_is_kept_is_its_authors_alone(town: Town, browse: Browse, form: int) -> None:
    kept = keep(browse, form, **{"remark:budget.project_expenditure": WORDS, "comment": "先看到这里。"})
    assert kept.status_code == 200
    assert "意见已保存" in kept.text
    again = browse("dept_head").get(f"/submissions/{form}?view=full").text
    assert "先看到这里。" in again
    assert WORDS in again
    for other in ("filler", "finance_business_office", "finance_performance_office"):
        for page in ("?view=full", "/remarks", "/timeline"):
            shown = browse(other).get(f"/submissions/{form}{page}").text
            assert WORDS not in shown, (other, page)
            assert "先看到这里。" not in shown


def test_an_empty_box_takes_a_remark_back(town: Town, browse: Browse, form: int) -> None:
    keep(browse, form, **{"remark:overall_goal": "一"})
    keep(browse, form, **{"remark:overall_goal": "二"})
    assert town.rows("select body from comment where submission_id = :id", id=form) == [("二",)]
    keep(browse, form, **{"remark:overall_goal": " "})
    assert answers(town, form) == []


def test_a_decision_through_any_door_sends_what_was_kept(town: Town, browse: Browse, form: int) -> None:
    keep(browse, form, **{"remark:indicators[3]": "请核对批次", "comment": "先记下"})
    town.act("dept_head", form, action=Action.PASS)
    seen = browse("filler").get(f"/submissions/{form}/remarks").text
    assert "请核对批次" in seen
    assert "先记下" not in seen, "words of a decision are its opinion or nothing"
    # Taken back, the remark is the author's alone again, to be changed.
    town.act("dept_head", form, action=Action.UNDO_PASS)
    assert "请核对批次" not in browse("filler").get(f"/submissions/{form}/remarks").text
    assert "请核对批次" in browse("dept_head").get(f"/submissions/{form}?view=full").text


def test_a_return_is_answered_remark_by_remark(town: Town, browse: Browse, form: int) -> None:
    keep(browse, form, **{"remark:budget.project_expenditure": WORDS, "remark:indicators[3]": "请核对批次"})
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="请逐条处理")
    first, second = (
        row[0] for row in town.rows("select id from comment where submission_id = :id order by id", id=form)
    )
    page = f"/submissions/{form}/remarks"
    filler = browse("filler")
    assert filler.get(page).text.count('value="explained"') == 2
    with pytest.raises(FormHasErrors) as refusal:
        hand_in(town, form)
    assert [(one.rule, one.path) for one in refusal.value.findings] == [
        ("R1", "budget.project_expenditure"),
        ("R1", "indicators[3]"),
    ]
    preview = filler.get(f"/submissions/{form}/preview").text
    assert "审核意见“请核对批次”还没有答复" in preview
    fields = {f"answer-{first}": "explained", f"answer-{second}": "changed"}
    refused = press(filler, f"{page}/answers", page=page, **fields)
    assert refused.status_code == 422
    assert re.search(rf'name="answer-{first}" value="explained" checked', refused.text), "nothing chosen is lost"
    given = press(filler, f"{page}/answers", page=page, **fields, **{f"words-{first}": "依据为揭政发〔2021〕8号。"})
    assert given.status_code == 303
    assert answers(town, form) == [
        ("budget.project_expenditure", "explained", "依据为揭政发〔2021〕8号。"),
        ("indicators[3]", "changed", None),
    ]
    hand_in(town, form)
    assert town.rows(
        "select body ? 'answers_sha256' from event where subject_id = :id and action = 'submit' order by seq", id=form
    ) == [(False,), (True,)]
    opened = browse("dept_head").get(f"/submissions/{form}").text
    assert re.search(r'view=previous"[^>]*aria-current="page"', opened), "a second round opens on what changed"
    for words in (WORDS, "已说明", "依据为揭政发〔2021〕8号。", "请核对批次", "已改", "答复为已改，但这一处与上次相同"):
        assert words in opened
    # It is told once, and the answers are no longer open.
    late = press(browse("filler"), f"{page}/answers", page=f"/submissions/{form}", **{f"answer-{first}": "changed"})
    assert late.status_code in (404, 409)


def test_only_the_unit_answers_and_only_what_was_asked(town: Town, browse: Browse, form: int) -> None:
    keep(browse, form, **{"remark:overall_goal": "请写清"})
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="请逐条处理")
    ((number,),) = town.rows("select id from comment where submission_id = :id", id=form)
    page = f"/submissions/{form}/remarks"
    for who, fields, status in [
        ("dept_head", {f"answer-{number}": "changed"}, 409),
        ("filler", {f"answer-{number}": "accepted"}, 400),
        ("filler", {f"answer-{number}": "no-such"}, 400),
        ("filler", {"answer-999999": "changed"}, 404),
        ("filler", {f"answer-{number}": "explained", f"words-{number}": "已报（机密）件"}, 400),
        ("filler", {f"answer-{number}": "explained", f"words-{number}": "字" * 2001}, 400),
        ("filler2", {f"answer-{number}": "changed"}, 404),
    ]:
        client = browse(who)
        token = hidden(client.get("/account"), "csrf_token")
        given = client.post(f"{page}/answers", data={"csrf_token": token, **fields})
        assert given.status_code in ((403, 409) if status == 409 else (status,)), (who, fields, given.status_code)
    assert answers(town, form) == [("overall_goal", None, None)]


@pytest.mark.parametrize(
    ("who", "fields", "status"),
    [
        ("dept_head", {"remark:indicators[99]": "无此行"}, 400),
        ("dept_head", {"remark:no_such": "无此节"}, 400),
        ("dept_head", {"remark:overall_goal": "字" * 2001}, 400),
        ("dept_head", {"remark:overall_goal": "见（秘密）件"}, 400),
        ("dept_head", {"remark:overall_goal": "零\x00字节"}, 400),
        ("finance_business_office", {"remark:overall_goal": "还没到我"}, 403),
        ("filler", {"remark:overall_goal": "自己"}, 403),
        ("filler2", {"remark:overall_goal": "别的单位"}, 404),
    ],
)
def test_what_cannot_be_kept_is_refused_with_words(
    town: Town, browse: Browse, form: int, *, who: str, fields: dict[str, str], status: int
) -> None:
    client = browse(who)
    token = hidden(client.get("/account"), "csrf_token")
    refused = client.post(f"/submissions/{form}/remarks", data={"csrf_token": token, "version": "2", **fields})
    assert refused.status_code == status, refused.text[:300]
    assert answers(town, form) == []


def test_words_of_a_withdrawn_form_come_back(town: Town, browse: Browse, form: int) -> None:
    keep(browse, form, **{"remark:indicators[3]": "请核对批次", "comment": "看到一半"})
    with unit_of_work(town.factory) as session:
        from service.usecases.decide import decide

        decide(
            session.connection(), town.city["filler"], submission_id=form, request=Request(Action.WITHDRAW),
            version=town.version(form),
        )  # fmt: skip
    hand_in(town, form)
    shown = browse("dept_head").get(f"/submissions/{form}?view=full").text
    assert re.search(r'name="remark:indicators\[3\]"[^>]*>请核对批次<', shown)
    assert re.search(r'name="comment"[^>]*>看到一半<', shown)
    # They were never sent, so there is nothing to answer.
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="另有原因")
    assert "请核对批次" not in browse("filler").get(f"/submissions/{form}/remarks").text


def test_any_two_versions_stand_side_by_side(town: Town, browse: Browse, form: int) -> None:
    client = browse("dept_head")
    assert "view=against" not in client.get(f"/submissions/{form}").text, "there is one version"
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="再看一遍")
    hand_in(town, form)
    shown = client.get(f"/submissions/{form}?view=against&from=1&to=2").text
    assert "两个版本内容相同。" in shown
    assert re.search(r'<option value="1" selected', shown)
    for odd in ("from=99&to=x", "from=2&to=1", "from=&to=", "from=1&to=1"):
        assert client.get(f"/submissions/{form}?view=against&{odd}").status_code == 200
    draft = browse("filler").get(f"/submissions/{form}?view=against")
    assert draft.status_code == 200


def test_a_page_asks_whether_it_still_holds(town: Town, browse: Browse, form: int) -> None:
    client, version = browse("dept_head"), town.version(form)
    assert client.get(f"/submissions/{form}/fresh?version={version}").json == {"same": True, "words": ""}
    with unit_of_work(town.factory) as session:
        from service.usecases.decide import decide

        asked = Request(Action.WITHDRAW)
        decide(session.connection(), town.city["filler"], submission_id=form, request=asked, version=version)
    told = client.get(f"/submissions/{form}/fresh?version={version}").json
    assert told is not None
    assert not told["same"]
    assert "撤回" in told["words"]
    assert browse("filler2").get(f"/submissions/{form}/fresh?version=1").status_code == 404


def test_phrases_are_ones_own_or_the_offices(town: Town, browse: Browse, form: int) -> None:
    head = browse("dept_head")
    for office, body in (("", "同意报送。"), (str(town.city.unit), "请补充依据文号。")):
        assert press(head, "/opinions", page="/opinions", do="keep", body=body, office=office).status_code == 303
    assert press(head, "/opinions", page="/opinions", do="keep", body="同意报送。").status_code == 409
    assert press(head, "/opinions", page="/opinions", do="keep", body=" ").status_code == 400
    assert (
        press(head, "/opinions", page="/opinions", do="keep", body="x", office=str(town.city.below)).status_code == 403
    )
    shown = head.get(f"/submissions/{form}").text
    assert "同意报送。" in shown
    ((own,), (shared,)) = town.rows("select id from opinion_template order by id")
    put = press(head, f"/submissions/{form}/remarks", page=f"/submissions/{form}", comment="一、", phrase=str(shared))
    assert re.search(r'name="comment"[^>]*>一、\n请补充依据文号。<', put.text)
    other = browse("dept_head2")
    assert "请补充依据文号。" not in other.get("/opinions").text
    assert press(other, "/opinions", page="/opinions", do="drop", id=str(own)).status_code == 404
    assert browse("filler").get("/opinions").status_code == 404
    assert press(head, "/opinions", page="/opinions", do="keep", id=str(own), body="同意。").status_code == 303
    assert press(head, "/opinions", page="/opinions", do="drop", id=str(shared)).status_code == 303
    assert town.rows("select body from opinion_template") == [("同意。",)]


def test_an_evaluation_that_came_back_is_answered_too(town: Town, browse: Browse, entering: int) -> None:
    filler, address = browse("filler"), f"/submissions/{entering}"
    rows = [
        {
            "weight": weight,
            "actual_value": actual,
            "entered_score": "5" if actual == "达成年度指标" else None,
            "deviation_analysis": "按实际需要调整。",
        }
        for weight, actual in zip(
            "6 5 5 6 6 5 5 6 6 15 10 10 5".split(),
            "100000 72 106 48 100 3 1 1 20 100 99 99 达成年度指标".split(),
            strict=True,
        )
    ]
    money = {"adjusted_budget": "1823.37", "executed_amount": "1823.37", "deviation_analysis": None}
    for section, value in (("actuals", rows), ("execution", money)):
        with unit_of_work(town.factory) as session:
            who = town.city["filler"]
            save_section(session, who, submission_id=entering, section=section, value=value, base_version=0)
    submit_evaluation(town, entering)
    head = browse("dept_head")
    kept = press(
        head, f"{address}/remarks?view=score", page=address, **{"remark:indicators[0]": "请附印制合同", "comment": ""}
    )
    assert kept.status_code == 200
    assert "我的意见" in kept.text
    town.act("dept_head", entering, action=Action.RETURN_FOR_REVISION, comment="请补充")
    shown = filler.get(address)
    assert "逐条答复意见" in shown.text
    with pytest.raises(FormHasErrors) as refusal:
        submit_evaluation(town, entering)
    assert [(one.rule, one.path) for one in refusal.value.findings] == [("R1", "indicators[0]")]
    ((number,),) = town.rows("select id from comment where submission_id = :id", id=entering)
    page = f"{address}/remarks"
    given = press(
        filler, f"{page}/answers", page=page, **{f"answer-{number}": "explained", f"words-{number}": "合同见附件。"}
    )
    assert given.status_code == 303
    submit_evaluation(town, entering)
    assert "合同见附件。" in browse("dept_head").get(page).text


def submit_evaluation(town: Town, form: int) -> None:
    with unit_of_work(town.factory) as session:
        asked = Request(Action.SUBMIT_EVALUATION)
        submit(session, town.city["filler"], submission_id=form, request=asked, version=town.version(form))


def test_english_pages_say_which_words_are_chinese(town: Town, browse: Browse, form: int) -> None:
    keep(browse, form, **{"remark:indicators[3]": "请核对批次", "comment": "先看到这里。"})
    head = browse("dept_head", language="en")
    press(head, "/opinions", page="/opinions", do="keep", body="同意报送。", office=str(town.city.unit))
    pages = [f"/submissions/{form}?view=full", f"/submissions/{form}/remarks", "/opinions"]
    for page in pages:
        assert chinese_outside(head.get(page).text) == [], page
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="请逐条处理")
    filler = browse("filler", language="en")
    assert chinese_outside(filler.get(f"/submissions/{form}/remarks").text) == []
    ((number,),) = town.rows("select id from comment where submission_id = :id and kind = 'remark'", id=form)
    page = f"/submissions/{form}/remarks"
    press(filler, f"{page}/answers", page=page, **{f"answer-{number}": "explained", f"words-{number}": "按合同。"})
    hand_in(town, form)
    head = browse("dept_head", language="en")
    for view in ("previous", "against"):
        assert chinese_outside(head.get(f"/submissions/{form}?view={view}").text) == [], view
    assert chinese_outside(head.get(f"/submissions/{form}/timeline").text) == []
