"""Routes on screen: levels moved by buttons, versions saved after the walk, refusals at their level, and the simulation."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.db import unit_of_work
from tests.factories import make_person
from tests.web.conftest import Browse, Town
from tests.web.visitor import chinese_outside, hidden
from workflows.deadlines import beijing_date
from workflows.lifecycle_check import LifecycleFault

PAGE = "/admin/routes/city-standard"
_FIELD = re.compile(r'<(?:input|select)\b[^>]*\bname="([^"]+)"[^>]*>')
_VALUE = re.compile(r'\bvalue="([^"]*)"')


def fields(page: str) -> dict[str, Any]:
    """Every field of the page's form, as a browser without scripts would post it."""
    form = page.partition('<form method="post" action="/admin/routes/')[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for match in _FIELD.finditer(form):
        tag, name = match[0], match[1]
        if tag.startswith("<select"):
            inside = form[match.end() :].partition("</select>")[0]
            chosen = re.search(r'<option value="([^"]*)" selected', inside) or re.search(
                r'<option value="([^"]*)"', inside
            )
            found[name] = unescape(chosen[1]) if chosen else ""
        elif 'type="checkbox"' not in tag or " checked" in tag:
            value = _VALUE.search(tag)
            found[name] = unescape(value[1]) if value else ""
    return found


def push(client: FlaskClient, page: str, do: str, **changed: str) -> TestResponse:
    """Press a button of the page as it stands, after typing into some fields."""
    return client.post(PAGE, data={**fields(page), "do": do, **{k.replace("__", "-"): v for k, v in changed.items()}})


def test_the_list_names_versions_cycles_and_running_forms(town: Town, browse: Browse) -> None:
    shown = browse("finance_performance_office").get("/admin/routes").text
    assert all(name in shown for name in ("city-standard@1", "city-evaluation@1", "部门负责人"))
    ((code,),) = town.rows("select code from cycle where id = :id", id=town.city.cycle)
    assert shown.count(str(code)) == 2
    assert '<td class="r" data-l="在办单据">2</td>' in shown
    assert 'href="/admin/routes" aria-current="page"' in shown


def test_who_may_look_and_who_may_act(browse: Browse) -> None:
    for name in ("sys_admin", "sec_admin", "audit_admin"):
        looker = browse(name)
        page = looker.get(PAGE)
        assert page.status_code == 200
        assert 'value="save"' not in page.text
        assert "<fieldset disabled" in page.text
        token = hidden(page, "csrf_token")
        assert looker.post(PAGE, data={"csrf_token": token, "do": "save"}).status_code == 403
        tried = push(looker, page.text, "simulate")
        assert (tried.status_code, "finance_budget_office" in tried.text) == (200, True)
    for name in ("filler", "finance_budget_office", "observer"):
        assert browse(name).get("/admin/routes").status_code == 403
        assert browse(name).get(PAGE).status_code == 403
    office = browse("finance_performance_office")
    assert office.get("/admin/routes/no-such-route").status_code == 404
    assert office.get(f"{PAGE}?version=77").status_code == 404


def test_levels_are_added_moved_and_taken_away_without_a_script(town: Town, browse: Browse) -> None:
    office = browse("finance_performance_office")
    page = office.get(PAGE).text
    more = push(office, page, "add-2", **{"level-1-working_days": "7"})
    assert more.status_code == 200
    typed = fields(more.text)
    assert typed["levels"] == "6"
    assert (typed["level-1-working_days"], typed["level-3-role-1"]) == ("7", "")
    up = push(office, more.text, "up-3", **{"level-3-role-1": "external_expert"})
    assert fields(up.text)["level-2-role-1"] == "external_expert"
    down = fields(push(office, up.text, "down-2").text)
    assert down["level-3-role-1"] == "external_expert"
    two = push(office, up.text, "seat-2")
    assert fields(two.text)["level-2-count"] == "2"
    assert fields(push(office, two.text, "unseat-2-2").text)["level-2-count"] == "1"
    assert fields(push(office, up.text, "remove-2").text)["levels"] == "5"
    for nonsense in ("up-99", "add-x", "seat-0", "frobnicate", "unseat-1"):
        assert push(office, page, nonsense).status_code == 404
    assert town.rows("select count(*) from route_version where code = 'city-standard'") == [(1,)]


@pytest.mark.parametrize(("language", "words"), [("zh", "第 2 级"), ("en", "Level 2")])
def test_a_fault_stands_at_its_level_and_nothing_typed_is_lost(
    town: Town, browse: Browse, language: str, words: str
) -> None:
    office = browse("finance_performance_office", language=language)
    page = office.get(PAGE).text
    for changed, where in (
        ({"level-2-working_days": "soon"}, "level-2-working_days"),
        ({"level-2-working_days": "61"}, "level-2-working_days"),
        ({"level-2-amount": "many"}, "level-2-amount"),
        ({"level-2-need": "k", "level-2-k": "3"}, "level-2-k"),
        ({"level-2-in_order": "yes"}, "level-2-in_order"),
        ({"level-2-if_nobody": "escalate"}, "level-2-escalate_role"),
        ({"level-2-role-1": "sys_admin"}, "level-2-seats"),
    ):
        refused = push(office, page, "save", **changed)
        assert refused.status_code == 400, changed
        assert f'href="#{where}"' in refused.text, changed
        assert f'id="{where}"' in refused.text, changed
        assert words in refused.text.partition('id="errors"')[2][:900]
        assert fields(refused.text).items() >= changed.items()
        if language == "en":
            assert chinese_outside(refused.text) == []
    assert town.rows("select count(*) from route_version where code = 'city-standard'") == [(1,)]


def test_a_route_that_the_walk_faults_is_refused_in_words(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (
        LifecycleFault("one_person", "with_superior", "approved"),
        LifecycleFault("dead_end", "without_superior", "year_end_evaluation level 2"),
    )
    monkeypatch.setattr("workflows.route_check._walked", lambda *_: found)
    office = browse("finance_performance_office")
    page = office.get("/admin/routes/city-evaluation").text
    for do in ("save", "check"):
        refused = office.post("/admin/routes/city-evaluation", data={**fields(page), "do": do})
        assert refused.status_code == 400
        said = unescape(refused.text)
        assert "有主管部门的单位的单据可以由一个人办到“已批复”" in said
        assert "无主管部门的单位的单据到“评价中”第 2 级后不能办结" in said


@pytest.mark.slow
def test_a_saved_route_is_a_new_version_and_the_old_one_stays(town: Town, browse: Browse) -> None:
    office = browse("finance_performance_office")
    page = office.get(PAGE).text
    same = push(office, page, "save")
    assert (same.status_code, "没有保存新版本" in same.text) == (409, True)
    checked = push(office, page, "check", **{"level-1-working_days": "3"})
    assert "流程成立" in checked.text
    saved = push(office, page, "save", **{"level-1-working_days": "3", "source": "揭市财绩〔2022〕1号"})
    assert saved.status_code == 303
    assert "已保存为版本 2" in office.get(saved.headers["Location"]).text
    bodies = town.rows(
        "select version, body #>> '{levels,0,working_days}' from route_version where code = 'city-standard' order by 1"
    )
    assert bodies == [(1, "2"), (2, "3")]
    late = push(office, page, "save", **{"level-1-working_days": "4"})
    assert (late.status_code, "新版本 2" in late.text) == (409, True)
    assert fields(late.text)["level-1-working_days"] == "4"
    assert "最新是版本 2" in office.get(f"{PAGE}?version=1").text
    ((action,),) = town.rows("select action from event where subject_kind = 'route' order by at desc limit 1")
    assert action == "save_version"


def test_a_route_of_its_own_and_the_cycle_that_binds_a_chosen_version(town: Town, browse: Browse) -> None:
    office = browse("finance_performance_office")
    page = office.get(PAGE).text
    taken = push(office, page, "save_as", new_code="city-evaluation")
    assert (taken.status_code, 'href="#new_code"' in taken.text) == (400, True)
    assert push(office, page, "save_as", new_code="../x").status_code == 400
    assert push(office, page, "save_as", new_code="county").status_code == 303
    assert town.rows("select version, kind from route_version where code = 'county'") == [(1, "target")]


def test_a_simulation_names_people_order_and_days(town: Town, browse: Browse) -> None:
    office = browse("finance_performance_office")
    page = office.get(f"{PAGE}?version=1").text
    given = {"department_id": str(town.city.unit), "on": "2022-02-10", "amount": "1,823.37"}
    first = push(office, page, "simulate", **given)
    assert first.status_code == 200
    names = ["dept_head", "finance_business_office", "finance_performance_office", "finance_budget_office"]
    result = first.text.partition('<ol class="way"')[2].partition("</ol>")[0]
    assert [name for name in re.findall(r'<span lang="zh-CN">(\w+)</span>', result) if name in names] == names
    assert "这个单位没有主管部门" in result
    assert "2022-02-14 前" in result  # two working days after a Thursday
    office_two = browse("finance_performance_office", language="en")
    english = push(office_two, office_two.get(f"{PAGE}?version=1").text, "simulate", **given)
    assert "Passed over: the unit has no supervising department" in english.text
    assert chinese_outside(english.text) == []
    for wrong in ({"on": "2022-02-30"}, {"on": ""}, {"amount": "-1"}, {"department_id": "0"}):
        refused = push(office, page, "simulate", **{**given, **wrong})
        assert refused.status_code == 400
        assert f'href="#{next(iter(wrong))}"' in refused.text


def test_who_prepared_a_form_is_named_and_does_not_review_it(town: Town, browse: Browse) -> None:
    with unit_of_work(town.factory) as session:
        both = make_person(session, "both", filler=town.city.unit, dept_head=town.city.unit)
    office = browse("finance_performance_office")
    given = {"department_id": str(town.city.unit), "on": "2022-02-10"}
    first = push(office, office.get(PAGE).text, "simulate", **given)
    assert f'<option value="{both.id}">both</option>' in first.text
    again = push(office, first.text, "simulate", prepared_by=str(both.id))
    assert "填报人，不能审核" in again.text
    assert "填报人，不能审核" not in first.text


def test_a_delegate_is_shown_as_standing_in(town: Town, browse: Browse) -> None:
    with unit_of_work(town.factory) as session:
        from sqlalchemy import text

        session.execute(
            text(
                "insert into delegation (person_id, delegate_id, role, department_id, starts_at, ends_at, reason, set_by)"
                " values (:p, :d, 'finance_budget_office', :unit, now() - interval '1 day', now() + interval '9 days', '出差', :p)"
            ),
            {"p": town.city["finance_budget_office"].id, "d": town.city["observer"].id, "unit": town.city.bureau},
        )
    office = browse("finance_performance_office")
    shown = push(office, office.get(PAGE).text, "simulate", department_id=str(town.city.unit), on=beijing_date_text())
    assert '<span lang="zh-CN">observer</span> 代 <span lang="zh-CN">finance_budget_office</span>' in shown.text


def beijing_date_text() -> str:
    from datetime import UTC, datetime

    return beijing_date(datetime.now(UTC)).isoformat()
