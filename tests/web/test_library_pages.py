"""指标库 on the pages: suggestions in the editor, several at once, proposals, and the office that keeps it."""

from __future__ import annotations

import re

import pytest

from service.db import unit_of_work
from service.usecases.library_starter import import_starter_set
from tests.web.conftest import Browse, Town
from tests.web.visitor import chinese_outside, press
from workflows.facts import SYSTEM

OFFICE = "finance_performance_office"
NEW = {
    "level3": "试验合格率",
    "level2": "output.quality",
    "comparator": "ge",
    "unit": "%",
    "source": "测试",
    "scope": "common",
}


@pytest.fixture(scope="module", autouse=True)
def library(town: Town) -> None:
    with unit_of_work(town.factory) as session:
        import_starter_set(session, SYSTEM)


def entry_of(town: Town, name: str) -> int:
    ((found,),) = town.rows("select id from library_entry where level3 = :n order by id desc limit 1", n=name)
    assert isinstance(found, int)
    return found


def rows_of(town: Town, form: int) -> list[dict[str, object]]:
    sql = "select body -> 'value' from draft_section where submission_id = :id and section = 'indicators'"
    found = town.rows(sql, id=form)[0][0]
    assert isinstance(found, list)
    return found


class TestSuggestions:
    def test_what_is_typed_finds_eight_options_at_most(self, browse: Browse, draft: int) -> None:
        client = browse("filler")
        found = client.get("/library", query_string={"submission": draft, "q": "率"})
        assert found.status_code == 200
        assert found.headers["Cache-Control"] == "no-store"
        assert found.text.count('role="option"') == 8
        named = client.get("/library", query_string={"submission": draft, "q": "zfgzmyd"}).text
        assert re.search(r'data-level3="政法工作满意度".*data-comparator="ge" data-unit="%"', named)
        assert client.get("/library", query_string={"submission": draft, "q": ""}).text.strip() == ""

    def test_it_is_for_whoever_fills_in_this_form(self, browse: Browse, draft: int) -> None:
        assert browse("filler2").get("/library", query_string={"submission": draft, "q": "率"}).status_code == 404
        assert browse("dept_head").get("/library", query_string={"submission": draft, "q": "率"}).status_code == 403
        assert browse().get("/library", query_string={"submission": draft, "q": "率"}).status_code == 303

    @pytest.mark.parametrize("query", ["%", "_", "<script>", "' or 1=1--", "率" * 500, "\u202e", "😀"])
    def test_odd_queries_find_nothing_or_what_they_say(self, browse: Browse, draft: int, query: str) -> None:
        found = browse("filler").get("/library", query_string={"submission": draft, "q": query})
        assert found.status_code == 200
        assert "<script>" not in found.text

    @pytest.mark.parametrize("form", ["", "x", "²", "9" * 30, "-1"])
    def test_odd_forms_are_not_there(self, browse: Browse, form: str) -> None:
        found = browse("filler").get("/library", query_string={"submission": form, "q": "率"})
        assert (found.status_code, found.text.strip()) == (200, "")

    def test_last_years_value_of_the_unit_is_shown(self, town: Town, browse: Browse, approved: int) -> None:
        from service.usecases.open_draft import open_draft
        from service.web.formats import now
        from tests.factories import make_cycle
        from workflows.deadlines import beijing_date

        with unit_of_work(town.factory) as session:
            cycle = make_cycle(session, departments=[town.city.below], today=beijing_date(now()), fiscal_year=2023)
            form = open_draft(session, town.city["filler2"], department_id=town.city.below, cycle_id=cycle).id
        found = browse("filler2").get("/library", query_string={"submission": form, "q": "政法工作满意度"}).text
        assert re.search(r"上年 <span[^>]*>≥ 88 %", found)


class TestPicking:
    def test_several_become_rows_without_values(self, town: Town, browse: Browse, draft: int) -> None:
        client, page = browse("filler"), f"/submissions/{draft}/library"
        before = len(rows_of(town, draft))
        ids = [str(entry_of(town, name)) for name in ("培训人次", "服务对象满意度")]
        done = press(client, page, page=page, do="add", entry=ids)
        assert (done.status_code, done.headers["Location"]) == (303, f"/submissions/{draft}#r-indicators-{before}")
        first, second = rows_of(town, draft)[before:]
        assert (first["level3"], first["comparator"], first["unit"], first["target_value"]) == (
            "培训人次",
            "ge",
            "人次",
            None,
        )
        assert (second["level1"], second["level2"]) == ("satisfaction", "service_recipients")
        assert first["id"] != second["id"]
        again = press(client, page, page=page, do="add", entry=ids)
        assert (again.status_code, "表中都已有" in again.text) == (409, True)
        assert len(rows_of(town, draft)) == before + 2

    def test_nothing_ticked_is_said_and_strange_ids_are_nothing(self, town: Town, browse: Browse, draft: int) -> None:
        client, page = browse("filler"), f"/submissions/{draft}/library"
        for ids in ([], ["x"], ["0"], ["9" * 30], ["²"]):
            done = press(client, page, page=page, do="add", entry=ids)
            assert (done.status_code, "请先勾选指标" in done.text) == (400, True)

    def test_a_table_at_its_limit_is_not_overfilled(self, town: Town, browse: Browse, draft: int) -> None:
        from sqlalchemy import text

        with unit_of_work(town.factory) as session:
            session.execute(
                text(
                    "update draft_section set body = jsonb_build_object('value', (select jsonb_agg(jsonb_build_object("
                    "'id', lpad(n::text, 26, '0'), 'level1', null, 'level2', null, 'level3', 'n' || n, 'interpretation', null,"
                    " 'comparator', null, 'target_value', null, 'unit', null)) from generate_series(1, 300) n))"
                    " where submission_id = :id and section = 'indicators'"
                ),
                {"id": draft},
            )
        page = f"/submissions/{draft}/library"
        full = press(browse("filler"), page, page=page, do="add", entry=str(entry_of(town, "培训人次")))
        assert (full.status_code, "最多 300 条" in full.text) == (400, True)

    def test_the_page_finds_by_initials_and_says_what_is_there(self, browse: Browse, draft: int) -> None:
        page = browse("filler").get(f"/submissions/{draft}/library?q=zfgzmyd").text
        assert "表中已有" in page
        assert "没有符合的指标" in browse("filler").get(f"/submissions/{draft}/library?q=qqqq").text
        english = browse("filler", language="en").get(f"/submissions/{draft}/library").text
        assert chinese_outside(english) == []

    def test_own_indicators_are_proposed_and_wait_for_the_office(self, town: Town, browse: Browse, draft: int) -> None:
        client, page = browse("filler"), f"/submissions/{draft}/library"
        row = next(str(one["id"]) for one in rows_of(town, draft) if one["level3"] == "技术人员的培训要求")
        done = press(client, page, page=page, do="suggest", row=row)
        assert "suggested=1" in done.headers["Location"]
        assert "已推荐 1 条" in client.get(done.headers["Location"]).text
        office = browse(OFFICE)
        listed = office.get("/admin/library?tab=suggested").text
        assert "技术人员的培训要求" in listed
        entry = f"/admin/library/{entry_of(town, '技术人员的培训要求')}"
        assert press(office, entry, page=entry, do="adopt").status_code == 303
        assert "技术人员的培训要求" in client.get(f"{page}?q=培训要求").text


class TestKeeping:
    def test_a_new_entry_and_its_next_versions(self, town: Town, browse: Browse) -> None:
        office, new = browse(OFFICE), "/admin/library/new"
        made = press(office, new, page=new, **NEW)
        assert made.status_code == 303
        entry = made.headers["Location"].partition("?")[0]
        changed = press(office, entry, page=entry, do="change", **(NEW | {"level3": "抽样合格率"}))
        assert changed.status_code == 303
        shown = office.get(entry).text
        assert "v2" in shown
        assert "试验合格率" in shown
        assert press(office, entry, page=entry, do="retire").status_code == 303
        assert "恢复使用" in office.get(entry).text
        assert press(office, entry, page=entry, do="nonsense").status_code == 400

    def test_who_comes_second_sees_both_versions_and_loses_nothing(self, town: Town, browse: Browse) -> None:
        office, new = browse(OFFICE), "/admin/library/new"
        entry = press(office, new, page=new, **NEW).headers["Location"].partition("?")[0]
        assert press(office, entry, page=entry, do="change", **(NEW | {"unit": "‰"})).status_code == 303
        late = press(office, entry, page=entry, do="change", version="1", **(NEW | {"interpretation": "我的解释"}))
        assert late.status_code == 409
        assert "两个版本的差别" in late.text
        assert late.text.count("我的解释") == 2
        assert "‰" in late.text
        again = press(office, entry, page=entry, do="change", **(NEW | {"interpretation": "我的解释"}))
        assert again.status_code == 303

    def test_duplicates_are_merged_by_code(self, town: Town, browse: Browse) -> None:
        office, new = browse(OFFICE), "/admin/library/new"
        one, other = (press(office, new, page=new, **(NEW | {"level3": name})).headers["Location"].partition("?")[0]
                      for name in ("甲合格率", "乙合格率"))  # fmt: skip
        ((code,),) = town.rows("select code from library_entry where id = :id", id=int(other.rpartition("/")[2]))
        wrong = press(office, one, page=one, do="merge", into="ZZ-999")
        assert (wrong.status_code, "另一条在用指标的编码" in wrong.text) == (400, True)
        assert press(office, one, page=one, do="merge", into=str(code).lower()).status_code == 303
        assert "已合并到" in office.get(one).text
        assert "甲合格率" in office.get(other).text
        assert press(office, one, page=other, do="retire", version="2").status_code == 409

    def test_what_is_wrong_stays_on_the_page_with_its_field(self, browse: Browse) -> None:
        office, new = browse(OFFICE), "/admin/library/new"
        for changes, words in (
            ({"level3": ""}, "#level3"),
            ({"level2": ""}, "#level1"),
            ({"scope": "industry"}, "#industry"),
            ({"scope": "department"}, "#department_id"),
            ({"interpretation": "内容（秘密）"}, "#interpretation"),
        ):
            wrong = press(office, new, page=new, **(NEW | {"source": "留住这个来源"} | changes))
            assert wrong.status_code == 400, changes
            assert f'href="{words}"' in wrong.text
            assert "留住这个来源" in wrong.text

    def test_only_the_office_acts_and_few_look(self, town: Town, browse: Browse) -> None:
        entry = f"/admin/library/{entry_of(town, '培训人次')}"
        for who in ("filler", "dept_head", "observer", "superior_reviewer"):
            assert browse(who).get("/admin/library").status_code == 403, who
            assert browse(who).get(entry).status_code == 403
        for who in ("finance_business_office", "sys_admin"):
            client = browse(who)
            assert "导入起始指标" not in client.get("/admin/library").text
            page = client.get(entry).text
            assert 'name="do"' not in page
            token = client.get("/account").text.partition('name="csrf_token" value="')[2].partition('"')[0]
            assert client.post(entry, data={"csrf_token": token, "do": "retire", "version": "1"}).status_code == 403
        assert browse(OFFICE).get("/admin/library/999999").status_code == 404

    def test_the_list_is_paged_filtered_and_speaks_english(self, browse: Browse) -> None:
        office = browse(OFFICE)
        first = office.get("/admin/library").text
        following = re.search(r'href="([^"]*after=[^"]*)"', first)
        assert following
        second = office.get(following[1].replace("&amp;", "&")).text
        names = [set(re.findall(r'<a class="t-link" href="(/admin/library/\d+)"', text)) for text in (first, second)]
        assert len(names[0]) == 30
        assert names[1]
        assert not names[0] & names[1]
        assert "没有符合的指标" in office.get("/admin/library?q=qqqq").text
        assert office.get("/admin/library?tab=x&scope=y&after=~~").status_code == 200
        again = press(office, "/admin/library/starter", page="/admin/library")
        assert again.headers["Location"] == "/admin/library?imported=0"
        english = browse(OFFICE, language="en")
        for path in ("/admin/library", "/admin/library/new", "/admin/library?tab=retired"):
            assert chinese_outside(english.get(path).text) == []
