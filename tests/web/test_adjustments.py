"""Adjustments and the two rounds of a year on their pages: asked for, compared side by side, and the control figure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.db import unit_of_work
from tests.factories import make_cycle
from tests.web.conftest import Browse, Town
from tests.web.visitor import press
from workflows.deadlines import beijing_date
from workflows.lifecycle import Action


@pytest.fixture(scope="module", autouse=True)
def in_the_year(town: Town) -> None:
    """The evaluation of the year has not begun."""
    with unit_of_work(town.factory) as session:
        session.execute(
            text("update cycle set evaluation_opens_on = current_date + 20, evaluation_due_on = current_date + 90")
        )


def test_an_adjustment_is_asked_for_and_stands_beside_what_it_adjusts(
    town: Town, browse: Browse, approved: int
) -> None:
    filler, page = browse("filler2"), f"/submissions/{approved}/adjustments/new"
    assert f'href="{page}"' in filler.get(f"/submissions/{approved}").text
    refused = press(filler, page, page=page, source="own_request", comment=" ")
    assert refused.status_code == 400
    assert 'id="errors"' in refused.text
    made = press(filler, page, page=page, source="budget_adjustment", comment="上级追加经费")
    assert made.status_code == 303
    child = int(made.headers["Location"].rpartition("/")[2])
    assert "有一份调整在办理" in browse("dept_head2").get(f"/submissions/{approved}").text
    again = press(filler, page, page=page, source="own_request", comment="再来一份")
    assert (again.status_code, "已有一份调整" in again.text) == (409, True)
    with unit_of_work(town.factory) as session:
        session.execute(
            text("""update draft_section set body = jsonb_set(body, '{value,0,content}', '"调整后的工作内容"')
            where submission_id = :id and section = 'key_tasks'"""),
            {"id": child},
        )
    town.act_again(child)
    head = browse("dept_head2").get(f"/submissions/{child}")
    for words in ("这是对已批复目标的调整", "调整前", "调整后", "调整前后对比"):
        assert words in head.text
    english = browse("dept_head2", language="en").get(f"/submissions/{child}?view=amended").text
    assert "Before and after the adjustment" in english


def test_only_the_unit_is_offered_it(browse: Browse, approved: int) -> None:
    page = f"/submissions/{approved}/adjustments/new"
    assert browse("dept_head2").get(page).status_code == 403
    assert browse("filler").get(page).status_code == 404
    assert f'href="{page}"' not in browse("finance_budget_office").get(f"/submissions/{approved}").text


def test_a_second_round_is_named_and_the_control_figure_comes_down(town: Town, browse: Browse) -> None:
    form, office = town.forms["mine"], browse("finance_performance_office")
    with unit_of_work(town.factory) as session:
        today = beijing_date(session.execute(text("select clock_timestamp()")).scalar_one())
        second = make_cycle(
            session, departments=[town.city.unit], today=today, budget_round=2, filing_due_on=today + timedelta(days=60)
        )
    page = f"/admin/cycles/{town.city.cycle}"
    wrong = press(office, f"{page}/follow", page=page, following_id=str(town.city.cycle))
    assert (wrong.status_code, "二上周期" in wrong.text) == (400, True)
    assert press(office, f"{page}/follow", page=page, following_id=str(second)).status_code == 303
    for who in ("dept_head", "finance_business_office"):
        town.act(who, form, action=Action.PASS)
    town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    budget, shown = browse("finance_budget_office"), f"/submissions/{form}"
    assert "控制数（万元）" in budget.get(shown).text
    for nothing in ("", "abc", "0", "-5", "１"):
        refused = press(budget, f"{shown}/actions", page=shown, action="issue_control_figure", control_figure=nothing)
        assert (refused.status_code, "请填写控制数" in refused.text) == (400, True)
    done = press(budget, f"{shown}/actions", page=shown, action="issue_control_figure", control_figure="1,800.00")
    assert done.status_code == 303
    assert town.rows("select state, cycle_id, control_figure from submission where id = :id", id=form) == [
        ("draft", second, 1800)
    ]
    late = press(office, f"{page}/follow", page=page, following_id="")
    assert late.status_code == 409
