"""Departments, people, cycles and deadlines by those who may."""

from __future__ import annotations

import re
from html import unescape

from service.db import unit_of_work
from service.queries.actor import by_id
from tests.factories import make_person, seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from tests.web.visitor import chinese_outside, press


class TestAdministration:
    def test_each_power_has_its_own_acts(self, town: Town, browse: Browse) -> None:
        system, security = browse("sys_admin"), browse("sec_admin")
        made = press(
            system, "/admin/people/new", page="/admin/people/new", username="New.Person", name="新人", language="zh"
        )
        assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
        assert "只显示这一次" in made.text
        ((person_id,),) = town.rows("select id from person where username = 'new.person'")
        page = f"/admin/people/{person_id}"
        assert (
            press(system, page, page=page, do="grant", role="filler", department_id=str(town.city.unit)).status_code
            == 403
        )
        assert (
            press(security, page, page=page, do="grant", role="filler", department_id=str(town.city.unit)).status_code
            == 303
        )
        both = press(security, page, page=page, do="grant", role="sys_admin", department_id=str(town.city.bureau))
        assert (both.status_code, "各任其一" in both.text) == (409, True)
        nothing = press(security, page, page=page, do="grant", role="king", department_id="1")
        assert nothing.status_code == 400
        ((held,),) = town.rows("select id from role_assignment where person_id = :id", id=person_id)
        assert press(security, page, page=page, do="revoke", assignment_id=str(held)).status_code == 303
        assert press(security, page, page=page, do="disable").status_code == 403
        assert press(system, page, page=page, do="disable").status_code == 303
        assert press(system, page, page=page, do="enable").status_code == 303
        reset = press(system, page, page=page, do="reset", username="new.person")
        assert "一次性密码" in reset.text
        own = f"/admin/people/{town.city['sys_admin'].id}"
        assert press(system, own, page=own, do="disable").status_code == 403
        assert press(system, page, page=page, do="nonsense").status_code == 404

    def test_two_accounts_of_one_person_are_one_pair_of_eyes(self, town: Town, browse: Browse) -> None:
        with unit_of_work(town.factory) as session:
            second = make_person(session, "filler.second", dept_head=town.city.unit).id
        page = f"/admin/people/{second}"
        security = browse("sec_admin")
        wrong = press(security, f"{page}/same", page=page, same_as="nobody-of-this-name")
        assert (wrong.status_code, "没有这个账号" in wrong.text) == (400, True)
        assert press(security, f"{page}/same", page=page, same_as="filler.second").status_code == 400
        assert press(browse("sys_admin"), f"{page}/same", page=page, same_as="filler").status_code == 403
        assert press(security, f"{page}/same", page=page, same_as="Filler").status_code == 303
        assert "filler.second" in security.get(f"/admin/people/{town.city['filler'].id}").text
        first = f"/admin/people/{town.city['filler'].id}"
        assert press(security, f"{first}/same", page=first, same_as="dept_head").status_code == 409
        assert press(security, f"{first}/same", page=first, same_as="filler.second").status_code == 400, "no ring"
        with unit_of_work(town.factory) as session:
            known = by_id(session.connection(), second or 0)
        assert known is not None
        assert known.eyes(None) == {second, town.city["filler"].id}
        own = f"/admin/people/{town.city['sec_admin'].id}"
        assert press(security, f"{own}/same", page=own, same_as="filler").status_code == 403
        assert press(security, f"{page}/same", page=page, same_as="").status_code == 303
        ((linked,),) = town.rows("select same_person_as_id from person where id = :id", id=second)
        assert linked is None

    def test_departments(self, town: Town, browse: Browse) -> None:
        system = browse("sys_admin")
        new = "/admin/departments/new"
        made = press(system, new, page=new, code="T-1", name="市测试局", parent_id="", business_office_id="")
        page = made.headers["Location"].partition("?")[0]
        wrong = press(system, new, page=new, code="没有这种编码", name="留住这个名字")
        assert (wrong.status_code, "留住这个名字" in wrong.text) == (400, True)
        again = press(system, new, page=new, code="T-1", name="另一个")
        assert (again.status_code, "已经存在" in again.text) == (409, True)
        assert press(system, page, page=page, do="rename", name="市检测局", short_name="检测局").status_code == 303
        assert press(system, page, page=page, do="move", parent_id=str(town.city.superior)).status_code == 303
        ring = f"/admin/departments/{town.city.superior}"
        assert press(system, ring, page=ring, do="move", parent_id=page.rpartition("/")[2]).status_code == 400
        assert press(system, ring, page=ring, do="deactivate").status_code == 409
        assert press(system, page, page=page, do="deactivate").status_code == 303
        assert "检测局" in system.get("/admin/departments").text

    def test_a_unit_keeps_nothing_unsaved_in_a_browser(self, town: Town, browse: Browse) -> None:
        system, filler = browse("sys_admin"), browse("filler")
        page, form = f"/admin/departments/{town.city.unit}", f"/submissions/{new_draft(town, 2051, seed_document())}"
        assert " data-unkept" not in filler.get(form).text
        off = press(system, page, page=page, do="forget_unsaved")
        assert (off.status_code, "打开暂存" in system.get(page).text) == (303, True)
        assert " data-unkept" in filler.get(form).text
        assert "不暂存" in browse("sec_admin").get(page).text
        english = browse("sys_admin", language="en").get(page).text.partition("<main")[2].partition("</main>")[0]
        assert ("Let it wait in the tab" in english, chinese_outside(f"<main{english}")) == (True, [])
        assert press(system, page, page=page, do="keep_unsaved").status_code == 303
        assert " data-unkept" not in filler.get(form).text
        told = town.rows("select action from event where subject_kind = 'department' and subject_id = :id order by seq", id=town.city.unit)  # fmt: skip
        assert [action for (action,) in told][-2:] == ["forget_unsaved", "keep_unsaved"]

    def test_cycles(self, town: Town, browse: Browse) -> None:
        office, new = browse("finance_performance_office"), "/admin/cycles/new"
        dates = {"filing_opens_on": "2023-11-01", "filing_due_on": "2023-11-15", "evaluation_opens_on": "2025-01-01", "evaluation_due_on": "2025-03-31"}  # fmt: skip
        facts = {"code": "C2024", "fiscal_year": "2024", "region": "揭阳市", "form": "department_overall@2022", "units": [str(town.city.unit)]}  # fmt: skip
        late = press(office, new, page=new, **facts, **{**dates, "filing_due_on": "2023-10-01"})
        assert (late.status_code, 'value="C2024"' in late.text) == (400, True)
        assert press(office, new, page=new, **facts, **{**dates, "filing_due_on": "2023-02-30"}).status_code == 400
        made = press(office, new, page=new, **facts, **dates)
        page = made.headers["Location"].partition("?")[0]
        assert press(office, page, page=page, do="dates", **{**dates, "filing_due_on": "2023-11-20"}).status_code == 303
        units = [str(town.city.unit), str(town.city.below)]
        assert press(office, page, page=page, do="units", units=units).status_code == 303
        unsure = press(office, page, page=page, do="close", confirm="yes")
        assert (unsure.status_code, "C2024" in unsure.text) == (400, True)
        assert press(office, page, page=page, do="close", confirm="C2024").status_code == 303
        assert press(browse("sys_admin"), page, page="/account", do="dates", **dates).status_code in (403, 409)

    def test_the_scan_is_the_performance_offices(self, town: Town, browse: Browse) -> None:
        done = press(browse("finance_performance_office"), "/deadlines/scan", page="/admin/deadlines")
        assert done.headers["Location"].startswith("/admin/deadlines?scanned=")
        assert browse("finance_performance_office").get(done.headers["Location"]).status_code == 200
        assert press(browse("filler"), "/deadlines/scan", page="/account").status_code == 403

    def test_hundreds_of_accounts_are_paged_and_searched(self, town: Town, browse: Browse) -> None:
        with unit_of_work(town.factory) as session:
            for number in range(45):
                make_person(session, f"zz{number:02d}")
        client = browse("sec_admin")
        first = client.get("/admin/people?q=zz")
        link = re.search(r'href="([^"]+)" rel="next"', first.text)
        assert link
        assert "zz20" in client.get(unescape(link[1])).text
        for search in ("%", "_", "\\", "' OR 1=1--", "\x00", "9" * 300):
            assert client.get("/admin/people", query_string={"q": search}).status_code == 200
