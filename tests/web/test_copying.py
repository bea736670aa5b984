"""从上年复制: a new form starts from the approved one of last year, and says of each cell that it did."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from service.db import unit_of_work
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from service.web.formats import now
from tests.factories import make_cycle
from tests.web.conftest import Browse, Town
from tests.web.visitor import chinese_outside, press
from workflows.deadlines import beijing_date
from workflows.holds import UNRESOLVED


@pytest.fixture(scope="module")
def next_cycle(town: Town, approved: int) -> int:
    """The year after the approved form, for its unit and for one that has no such form."""
    units = [town.city.below, town.city.superior]
    with unit_of_work(town.factory) as session:
        return make_cycle(session, departments=units, today=beijing_date(now()), fiscal_year=2023)


@pytest.fixture
def fresh(town: Town, next_cycle: int) -> int:
    """An empty draft of the year after."""
    with unit_of_work(town.factory) as session:
        found = town.rows(
            "select id from submission where cycle_id = :c and department_id = :d", c=next_cycle, d=town.city.below
        )
        if not found:
            return open_draft(session, town.city["filler2"], department_id=town.city.below, cycle_id=next_cycle).id
    (form,) = found[0]
    assert isinstance(form, int)
    with unit_of_work(town.factory) as session:
        session.execute(text("delete from copied_cell where submission_id = :id"), {"id": form})
        session.execute(
            text(
                "update draft_section set body = case jsonb_typeof(body -> 'value') when 'array' then '{\"value\": []}'"
                " when 'object' then jsonb_build_object('value', (select jsonb_object_agg(key, null) from jsonb_each(body -> 'value')))"
                " else '{\"value\": null}' end::jsonb where submission_id = :id and section <> 'head'"
            ),
            {"id": form},
        )
    return form


def tags(town: Town, form: int) -> int:
    ((count,),) = town.rows(
        "select count(*) from copied_cell where submission_id = :id and checked_at is null", id=form
    )
    assert isinstance(count, int)
    return count


def cell(town: Town, form: int, section: str) -> object:
    sql = "select body -> 'value' from draft_section where submission_id = :id and section = :s"
    return town.rows(sql, id=form, s=section)[0][0]


def copy(town: Town, browse: Browse, form: int, **what: object) -> None:
    page = f"/submissions/{form}/last-year"
    assert press(browse("filler2"), page, page=page, **what).status_code == 303


def test_a_new_form_offers_last_year_and_leads_there(town: Town, browse: Browse, next_cycle: int) -> None:
    client = browse("filler2")
    page = client.get("/submissions/new").text
    assert 'value="last_year" checked' in page
    assert "上年有已批复的表" in page
    where = f"{next_cycle}-{town.city.below}"
    opened = press(client, "/submissions/new", page="/submissions/new", where=where, start="last_year")
    assert opened.status_code == 303
    assert opened.headers["Location"].endswith("/last-year")
    shown = client.get(opened.headers["Location"]).text
    assert "整节" in shown
    assert "涉密，不复制" in shown
    assert chinese_outside(browse("filler2", language="en").get(opened.headers["Location"]).text) == []


def test_check_21_copied_amounts_are_empty_tags_show_and_untouched_cells_are_asked_about(
    town: Town, browse: Browse, fresh: int
) -> None:
    copy(town, browse, fresh, section=["overall_goal", "other_tasks", "basic"])
    rows = cell(town, fresh, "other_tasks")
    assert isinstance(rows, list)
    assert rows
    assert all(row["planned_amount"] is None for row in rows)
    client = browse("filler2")
    editor = client.get(f"/submissions/{fresh}").text
    assert editor.count('<span class="was">上年</span>') == tags(town, fresh) > 4
    preview = client.get(f"/submissions/{fresh}/preview").text
    assert "沿用上年的内容" in preview
    asked = press(client, f"/submissions/{fresh}/preview", page=f"/submissions/{fresh}/preview", declared="yes")
    assert (asked.status_code, "请逐节确认已核对" in asked.text) == (422, True)
    some = {"declared": "yes", "checked": ["basic", "other_tasks"]}
    partly = press(client, f"/submissions/{fresh}/preview", page=f"/submissions/{fresh}/preview", **some)
    assert "请逐节确认已核对" in partly.text
    assert partly.text.count('name="checked"') == partly.text.count(" checked>") + 2
    whole = {"declared": "yes", "checked": "all"}
    done = press(client, f"/submissions/{fresh}/preview", page=f"/submissions/{fresh}/preview", **whole)
    assert (done.status_code, "请逐节确认已核对" in done.text) == (422, False), "the form has errors still"
    assert tags(town, fresh) > 4, "what is confirmed is kept with the submission, never without it"


def test_a_tag_ends_when_its_cell_changes_whoever_wrote_it(town: Town, browse: Browse, fresh: int) -> None:
    copy(town, browse, fresh, section="overall_goal", row="other_tasks|0")
    before = tags(town, fresh)
    client, page = browse("filler2"), f"/submissions/{fresh}"
    goal = {"overall_goal": "今年的目标另写", "base_version": version(town, fresh, "overall_goal"), "do": "save"}
    assert press(client, f"{page}/sections/overall_goal", page=page, **goal).status_code == 303
    assert tags(town, fresh) == before - 1
    gone = {"base_version": version(town, fresh, "other_tasks"), "do": "save"}
    assert press(client, f"{page}/sections/other_tasks", page=page, **gone).status_code == 303
    assert tags(town, fresh) == 0


def version(town: Town, form: int, section: str) -> str:
    return str(
        town.rows("select version from draft_section where submission_id = :id and section = :s", id=form, s=section)[
            0
        ][0]
    )


def test_last_years_number_is_shown_and_renewed_by_a_button(town: Town, browse: Browse, fresh: int) -> None:
    copy(town, browse, fresh, section="overall_goal")
    town_goal = "到2022年底，2022年任务完成"
    with unit_of_work(town.factory) as session:
        for sql in (
            "update draft_section set body = jsonb_build_object('value', cast(:v as text)) where submission_id = :id and section = 'overall_goal'",
            "insert into copied_cell values (:id, 'overall_goal', '', 'overall_goal', to_jsonb(cast(:v as text)))",
        ):
            session.execute(text(sql), {"id": fresh, "v": town_goal})
    client, page = browse("filler2"), f"/submissions/{fresh}/copied"
    assert client.get(page).text.count('<mark class="stale">2022</mark>') == 2
    assert press(client, page, page=page, do="year:overall_goal||overall_goal").status_code == 303
    assert cell(town, fresh, "overall_goal") == "到2023年底，2023年任务完成"
    assert "没有待核对的内容" in client.get(page).text


def test_checked_sections_wear_no_tag_any_more(town: Town, browse: Browse, fresh: int) -> None:
    copy(town, browse, fresh, section=["basic", "overall_goal"])
    client, page = browse("filler2"), f"/submissions/{fresh}/copied"
    assert press(client, page, page=page, do="checked:basic").status_code == 303
    assert tags(town, fresh) == 1
    assert press(client, page, page=page, do="checked:nonsense").status_code == 404
    assert press(client, page, page=page, do="checked:all").status_code == 303
    assert 'class="was"' not in client.get(f"/submissions/{fresh}").text


def test_nothing_ticked_or_nothing_new_is_said(town: Town, browse: Browse, fresh: int) -> None:
    client, page = browse("filler2"), f"/submissions/{fresh}/last-year"
    empty = press(client, page, page=page)
    assert (empty.status_code, "请先勾选" in empty.text) == (400, True)
    copy(town, browse, fresh, section="overall_goal")
    again = press(client, page, page=page, section="overall_goal")
    assert (again.status_code, "没有复制" in again.text) == (409, True)
    for odd in ("x|0", "other_tasks|99999", "other_tasks|-1", "|", "other_tasks|²"):
        assert press(client, page, page=page, row=odd).status_code in (400, 409)


def test_nobody_else_copies(town: Town, browse: Browse, fresh: int) -> None:
    for path in ("last-year", "copied"):
        for who, status in (("filler", 404), ("dept_head2", 403), ("superior_reviewer", 404)):
            client = browse(who)
            assert client.get(f"/submissions/{fresh}/{path}").status_code == status, (who, path)
            token = client.get("/account").text.partition('name="csrf_token" value="')[2].partition('"')[0]
            refused = client.post(
                f"/submissions/{fresh}/{path}", data={"csrf_token": token, "section": "basic", "do": "checked:all"}
            )
            assert refused.status_code == status


def test_a_unit_without_a_form_of_last_year_is_told(town: Town, browse: Browse, draft: int) -> None:
    page = browse("filler").get(f"/submissions/{draft}/last-year")
    assert (page.status_code, "没有上年的表" in page.text) == (200, True)


def test_a_row_of_last_year_with_the_words_of_a_held_one_is_held(
    town: Town, browse: Browse, fresh: int, approved: int
) -> None:
    ((last,),) = town.rows("select body -> 'value' from draft_section where submission_id = :id and section = 'key_tasks'", id=approved)  # fmt: skip
    at = next(index for index, row in enumerate(last) if "涉密" not in row["content"])  # type: ignore[arg-type, var-annotated]
    held = {"name": "另有名称", "content": f"（密）{last[at]['content']}", "planned_amount": "1", "secrecy_tag": None}  # type: ignore[index]
    ((version,),) = town.rows("select version from draft_section where submission_id = :id and section = 'key_tasks'", id=fresh)  # fmt: skip
    with unit_of_work(town.factory) as session:
        save_section(
            session, town.city["filler2"], submission_id=fresh, section="key_tasks", value=[held],
            base_version=int(str(version)),
        )  # fmt: skip
    copy(town, browse, fresh, row=f"key_tasks|{at}")
    rows = cell(town, fresh, "key_tasks")
    assert [row["secrecy_tag"] for row in rows] == [None, UNRESOLVED]  # type: ignore[attr-defined]
