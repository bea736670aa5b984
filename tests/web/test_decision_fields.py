"""What a decision can carry beyond its words: criteria, named sections, a colleague; suggestions of a form that passed with 良."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from service.db import unit_of_work
from service.usecases.submit import submit
from tests.factories import make_person, seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from tests.web.visitor import hidden, press
from workflows.facts import Request
from workflows.lifecycle import Action

_years = iter(range(2050, 2099))
CRITERIA = {f"criterion:{code}": "good" for code in ("completeness", "relevance", "adequacy", "feasibility")}


@pytest.fixture
def graded(town: Town) -> int:
    """A form of the first unit at the level that asks a grade."""
    form = new_draft(town, next(_years), seed_document())
    with unit_of_work(town.factory) as session:
        submit(session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=1)
    for who in ("dept_head", "finance_business_office"):
        town.act(who, form, action=Action.PASS)
    return form


def decide(browse: Browse, form: int, who: str, **fields: object) -> tuple[int, str]:
    address = f"/submissions/{form}"
    given = press(browse(who), f"{address}/actions?view=full", page=f"{address}?view=full", **fields)
    return given.status_code, given.text


def test_good_carries_criteria_and_suggestions_that_the_unit_answers(town: Town, browse: Browse, graded: int) -> None:
    who, address = "finance_performance_office", f"/submissions/{graded}"
    fields = {
        "action": "pass", "grade": "good", "comment": "总体可行，建议细化。",
        "remark:indicators[3]": "批次偏多", "suggest:indicators[3]": "yes", "field:indicators[3]": "target_value",
        "proposed:indicators[3]": "46", "remark:overall_goal": "建议突出重点", "suggest:overall_goal": "yes",
    }  # fmt: skip
    status, page_text = decide(browse, graded, who, **fields, **{"criterion:relevance": "good"})
    assert status == 400, "all four criteria, or none"
    assert 'href="#criteria"' in page_text
    assert re.search(r'name="criterion:relevance" value="good" checked', page_text)
    assert re.search(r'name="proposed:indicators\[3\]"[^>]*value="46"', page_text)
    assert decide(browse, graded, who, **fields, **CRITERIA)[0] == 303
    ((criteria,),) = town.rows("select criteria from opinion where submission_id = :id and grade = 'good'", id=graded)
    assert criteria == {"completeness": "good", "relevance": "good", "adequacy": "good", "feasibility": "good"}
    filler, page = browse("filler"), f"{address}/remarks"
    assert "有 2 条建议等您决定是否采纳" in filler.get(address).text
    assert "条建议等您决定" not in browse("observer").get("/inbox").text + browse(who).get(address).text
    shown = filler.get(page).text
    assert "46" in shown
    assert "采纳" in shown
    numbers = [row[0] for row in town.rows("select id from comment where submission_id = :id order by id", id=graded)]
    taken, declined = (f"answer-{number}" for number in numbers)
    assert press(filler, f"{page}/answers", page=page, **{declined: "declined"}).status_code == 422, "a reason is due"
    given = press(
        filler, f"{page}/answers", page=page,
        **{taken: "accepted", declined: "declined", f"words-{numbers[1]}": "重点已在第二段写明。"},
    )  # fmt: skip
    assert given.status_code == 303
    # The office that replies reads what became of them.
    reply = browse("finance_budget_office").get(address).text
    assert "采纳 1，不采纳 1，未答复 0" in reply
    assert decide(browse, graded, "finance_performance_office", action="undo_pass")[0] == 303


def test_fair_returns_with_its_grade_and_opens_the_named_sections(town: Town, browse: Browse, graded: int) -> None:
    who = "finance_performance_office"
    fields = {"action": "return_for_revision", "grade": "fair", "comment": "指标需要修改。", "section": ["indicators"]}
    level = decide(browse, graded, who, **fields, to_level="1")
    assert level[0] == 400, "sections are the filler's"
    assert re.search(r'name="section" value="indicators" checked', level[1])
    assert decide(browse, graded, who, **fields)[0] == 303
    assert town.rows("select unlocked_sections from submission where id = :id", id=graded) == [(["indicators"],)]
    assert town.rows(
        "select grade from opinion where submission_id = :id and action = 'return_for_revision'", id=graded
    ) == [("fair",)]


def test_a_work_item_is_handed_over_and_a_colleague_signs(town: Town, browse: Browse, graded: int) -> None:
    with unit_of_work(town.factory) as session:
        session.connection()
        other = make_person(session, f"second{graded}", finance_performance_office=town.city.bureau)
    who = "finance_performance_office"
    page = browse(who).get(f"/submissions/{graded}").text
    assert f'<option value="{other.id}" lang="zh-CN">second{graded}' in page
    assert decide(browse, graded, who, action="hand_over")[0] == 400
    assert decide(browse, graded, who, action="hand_over", hand_to="x")[0] == 400
    assert decide(browse, graded, who, action="hand_over", hand_to=str(town.city["filler"].id))[0] == 400
    assert decide(browse, graded, who, action="add_signer", sign_by=str(other.id))[0] == 400, "no position"
    assert decide(browse, graded, who, action="add_signer", sign_by=str(other.id), position="before")[0] == 303
    waits = decide(browse, graded, who, action="pass", grade="excellent")
    assert waits[0] == 409, "who was asked to sign first signs first"
    assert f"second{graded}" in browse("filler").get(f"/submissions/{graded}/timeline").text
    taken = town.rows(
        "select added_by_id, seat from work_item where submission_id = :id and person_id = :p", id=graded, p=other.id
    )
    assert taken == [(town.city[who].id, 101)]


def test_a_signature_after_ones_own_goes_with_the_pass(town: Town, browse: Browse, graded: int) -> None:
    with unit_of_work(town.factory) as session:
        other = make_person(session, f"third{graded}", finance_performance_office=town.city.bureau)
    fields = {"action": "add_signer", "sign_by": str(other.id), "position": "after", "grade": "excellent"}
    assert decide(browse, graded, "finance_performance_office", **fields)[0] == 303
    assert town.rows(
        "select action, grade from opinion where submission_id = :id order by id desc limit 1", id=graded
    ) == [("pass", "excellent")]
    client = browse("filler")
    token = hidden(client.get("/account"), "csrf_token")
    forged = client.post(
        f"/submissions/{graded}/actions", data={"csrf_token": token, "version": str(town.version(graded)), **fields}
    )
    assert forged.status_code in (403, 409)


def test_the_way_of_a_form_names_whoever_was_asked_and_for_whom_one_acted(
    town: Town, browse: Browse, graded: int
) -> None:
    with unit_of_work(town.factory) as session:
        other = make_person(session, f"fourth{graded}", finance_performance_office=town.city.bureau)
        session.execute(
            text(
                "insert into delegation (person_id, delegate_id, role, department_id, starts_at, ends_at, reason, set_by)"
                " values (:mine, :other, 'finance_budget_office', :bureau, now() - interval '1 day',"
                " now() + interval '1 day', '出差', :mine)"
            ),
            {"mine": town.city["finance_budget_office"].id, "other": other.id, "bureau": town.city.bureau},
        )
        session.execute(
            text("update person set password_hash = (select password_hash from person where username = 'filler')")
        )
    who = "finance_performance_office"
    assert decide(browse, graded, who, action="pass", grade="good", comment="可行。", **CRITERIA)[0] == 303
    reply = {"action": "issue_reply", "reply_number": "揭市财预〔2022〕9号", "reply_date": "2022-02-10"}
    assert decide(browse, graded, f"fourth{graded}", **reply)[0] == 303
    shown = browse("filler").get(f"/submissions/{graded}/timeline").text
    assert "适当性 <b>良</b>" in shown
    assert re.search(rf"fourth{graded}</span>（代 <span[^>]*>finance_budget_office</span>）", shown)
