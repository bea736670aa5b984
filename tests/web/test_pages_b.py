"""Filling in, checking, handing over, evaluating, printing, reports and the administration, as a browser without scripts."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.importers import read_form
from service.usecases.open_draft import open_draft
from service.usecases.submit import submit
from service.web.editor_view import packed
from service.web.formats import now
from tests.factories import make_cycle, make_person, seed_document
from tests.web.conftest import Browse, Town
from tests.web.visitor import chinese_outside, hidden, press
from workflows.deadlines import beijing_date
from workflows.facts import Request
from workflows.lifecycle import Action

SEED = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"
EVERYBODY = (
    "filler dept_head filler2 superior_reviewer finance_business_office finance_performance_office finance_budget_office "
    "secrecy_reviewer observer external_expert sys_admin sec_admin audit_admin"
).split()

# An English sentence of a check quotes the form and the law, whose language is Chinese.
ENGLISH = re.compile("[A-Za-z]{3}")
# The reliability guide, section 4, A and B: what people and programs put into a field.
BAD = [
    "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400", "-0", "-1", "１２３", "１２３．５", "٣", "²", "½", "一百", "壹佰",
    "1_000", "1,000", "1，000", "1.000,00", "0x10", "010", "+5", "--5", "−5", "12\u200b", "\u202e12", "137.225",
    "9" * 20, "100%", "≥ 95", "＞＝", "2月30日", "9223372036854775808", "\u202etxt.exe", "（密\u200b）", "a" + "\u0301" * 100,
    "а", "<script>alert(1)</script>", '"><svg/onload=alert(1)>', "{{7*7}}", "{% raw %}", "${7*7}", "%(x)s",
    "{0.__class__}", "' OR 1=1--", "'; DROP TABLE person;--", "100%_\\", "a\r\nBcc: x", "\x1b[31m", "a" * 50 + "!", " " * 60,
    "\u3000", "😀𠮷〇㛃\ue000",
]  # fmt: skip
IMPOSSIBLE = ["\x00", "a\x07b", "\ufffe", "\ufdd0"]


def cycle_of(town: Town, year: int) -> int:
    """A cycle of its own for the first unit, so that its forms stand in nobody's way."""
    with unit_of_work(town.factory) as session:
        return make_cycle(session, departments=[town.city.unit], today=beijing_date(now()), fiscal_year=year)


def new_draft(town: Town, year: int, document: dict[str, Any]) -> int:
    cycle = cycle_of(town, year)
    with unit_of_work(town.factory) as session:
        return open_draft(
            session, town.city["filler"], department_id=town.city.unit, cycle_id=cycle, document=document
        ).id


@pytest.fixture(scope="module")
def seed(town: Town) -> int:
    """A draft of the unit with all of the seed, marks included."""
    return new_draft(town, 2031, read_form(SEED.read_bytes(), SEED.name).document)


@pytest.fixture(scope="module")
def untouched(town: Town, seed: int) -> list[tuple[object, ...]]:
    return town.rows("select section, body::text from draft_section where submission_id = :id", id=seed)


@pytest.fixture
def draft(town: Town, seed: int, untouched: list[tuple[object, ...]]) -> int:
    """The same draft as if nobody had touched it."""
    with unit_of_work(town.factory) as session:
        for section, body in untouched:
            session.execute(
                text(
                    "update draft_section set version = 1, body = cast(:body as jsonb) where submission_id = :id and section = :s"
                ),
                {"id": seed, "s": section, "body": body},
            )
    return seed


def saved(town: Town, form: int, section: str) -> Any:  # noqa: ANN401 - whatever the section holds
    ((value,),) = town.rows("select body -> 'value' from draft_section where submission_id = :id and section = :s", id=form, s=section)  # fmt: skip
    return value


def fields_of(page: TestResponse, section: str) -> dict[str, str]:
    """What a browser would post of a section: its inputs, text areas and chosen options, by the form they belong to."""
    html, form = page.text, f'form="f-{section}"'
    own = re.search(rf'<form id="f-{section}".*?</form>', html, re.S)
    assert own, section
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', own[0]))
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if form in tag and name:
            found[name[1]] = value[1] if value else ""
    for tag, inside in re.findall(r"(<textarea[^>]*>)\n?(.*?)</textarea>", html, re.S):
        name = re.search(r'name="([^"]+)"', tag)
        if form in tag and name:
            found[name[1]] = inside
    for tag, inside in re.findall(r"(<select[^>]*>)(.*?)</select>", html, re.S):
        name, chosen = re.search(r'name="([^"]+)"', tag), re.search(r'<option value="([^"]*)" selected', inside)
        if form in tag and name:
            found[name[1]] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in found.items()}


def post(client: FlaskClient, form: int, section: str, **changes: str) -> TestResponse:
    """Open the editor, change some cells of a section, press a button (`do`)."""
    page = client.get(f"/submissions/{form}")
    assert page.status_code == 200
    data = {**fields_of(page, section), "do": "save", **changes}
    return client.post(f"/submissions/{form}/sections/{section}", data=data)


class TestEditorWithoutScripts:
    def test_what_is_shown_saves_as_it_is(self, town: Town, browse: Browse, draft: int) -> None:
        client = browse("filler")
        sections = ("head", "basic", "budget", "overall_goal", "key_tasks", "other_tasks", "indicators")
        before = {name: saved(town, draft, name) for name in sections}
        for section in sections:
            assert post(client, draft, section).status_code == 303
        assert {name: saved(town, draft, name) for name in sections} == before
        versions = town.rows("select max(version) from draft_section where submission_id = :id", id=draft)
        assert versions == [(1,)], "a save of what is there already makes no version"

    def test_cells_rows_and_buttons(self, town: Town, browse: Browse, draft: int) -> None:
        client = browse("filler")
        assert post(client, draft, "budget", project_expenditure="１，２３４．５０").status_code == 303
        assert saved(town, draft, "budget")["project_expenditure"] == "1234.5"
        assert post(client, draft, "overall_goal", overall_goal="第一行\r\n第二行").status_code == 303
        assert saved(town, draft, "overall_goal") == "第一行\n第二行"
        added = post(client, draft, "key_tasks", do="add")
        assert added.headers["Location"].endswith("#r-key_tasks-3")
        assert (
            post(client, draft, "key_tasks", **{"3.name": "新任务", "3.planned_amount": "5", "do": "up:3"}).status_code
            == 303
        )
        names = [row["name"] for row in saved(town, draft, "key_tasks")]
        assert names == ["平安揭阳专项工作", "扫黑除恶工作", "新任务", "反邪教专项工作"]
        post(client, draft, "key_tasks", do="copy:2")
        post(client, draft, "key_tasks", do="delete:2")
        post(client, draft, "key_tasks", do="down:0")
        names = [row["name"] for row in saved(town, draft, "key_tasks")]
        assert names == ["扫黑除恶工作", "平安揭阳专项工作", "新任务", "反邪教专项工作"]
        assert post(client, draft, "indicators", **{"0.level1": "benefit", "0.comparator": "qual"}).status_code == 303
        assert saved(town, draft, "indicators")[0]["level1"] == "benefit"

    def test_the_page_says_what_the_checks_say(self, browse: Browse, draft: int) -> None:
        client = browse("filler")
        page = client.get(f"/submissions/{draft}").text
        assert "4 处待保密审查" in page
        assert "重点工作任务 2、3；其他任务 1、6" in page
        assert page.count('class="hold"') == 4
        post(client, draft, "budget", project_expenditure="547.85")
        page = client.get(f"/submissions/{draft}").text
        assert "支出合计比收入合计少 12.40 万元" in page
        assert "任务合计 560.25，比项目支出多 12.40 万元" in page

    def test_two_people_change_different_cells_and_both_are_kept(self, town: Town, browse: Browse, draft: int) -> None:
        one = browse("filler")
        mine = fields_of(one.get(f"/submissions/{draft}"), "key_tasks")
        post(one, draft, "key_tasks", **{"1.planned_amount": "81"})
        reply = one.post(f"/submissions/{draft}/sections/key_tasks", data={**mine, "0.name": "改了名", "do": "save"})
        assert "merged=1" in reply.headers["Location"]
        rows = saved(town, draft, "key_tasks")
        assert (rows[0]["name"], rows[1]["planned_amount"]) == ("改了名", "81")
        assert "已合并他人的 1 处修改" in one.get(reply.headers["Location"].partition("#")[0]).text

    def test_two_changes_of_one_cell_are_put_before_the_person(self, town: Town, browse: Browse, draft: int) -> None:
        client = browse("filler")
        mine = fields_of(client.get(f"/submissions/{draft}"), "key_tasks")
        post(client, draft, "key_tasks", **{"0.planned_amount": "95"})
        reply = client.post(f"/submissions/{draft}/sections/key_tasks", data={**mine, "0.planned_amount": "112.4", "0.name": "也改了", "do": "save"})  # fmt: skip
        assert reply.status_code == 409
        for words in ("原来", "保留我的", "采用对方的", "100.00", "112.40", "95.00", "也改了"):
            assert words in reply.text
        assert saved(town, draft, "key_tasks")[0]["planned_amount"] == "95", "nothing is written before the choice"
        form = reply.text.partition('<form id="f-choose"')[2].partition("</form>")[0]
        chosen = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        chosen = {name: unescape(value) for name, value in chosen.items()}
        done = client.post(f"/submissions/{draft}/sections/key_tasks", data={**chosen, "pick.0.planned_amount": "hand", "hand.0.planned_amount": "100.5"})  # fmt: skip
        assert done.status_code == 303
        row = saved(town, draft, "key_tasks")[0]
        assert (row["planned_amount"], row["name"]) == ("100.5", "也改了")

    @pytest.mark.parametrize("bad", BAD)
    def test_a_draft_keeps_whatever_is_typed(self, town: Town, browse: Browse, draft: int, bad: str) -> None:
        client = browse("filler")
        cells = {"head": ["supervising_department"], "budget": ["basic_expenditure", "other_funds"], "overall_goal": ["overall_goal"]}  # fmt: skip
        for section, names in cells.items():
            reply = post(client, draft, section, **dict.fromkeys(names, bad))
            assert reply.status_code in (303, 400), (section, reply.text)
        rows = {"key_tasks": ("name", "content", "planned_amount"), "indicators": ("level1", "level2", "level3", "interpretation", "comparator", "target_value", "unit")}  # fmt: skip
        for section, columns in rows.items():
            reply = post(client, draft, section, **{f"0.{name}": bad for name in columns})
            assert reply.status_code in (303, 400), (section, reply.text)
            if reply.status_code == 400:
                assert "错误：" in reply.text
        page = client.get(f"/submissions/{draft}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<svg/onload" not in page.text
        for path in ("check", "holds", "preview", "print"):
            assert client.get(f"/submissions/{draft}/{path}").status_code == 200, path

    @pytest.mark.parametrize("bad", IMPOSSIBLE)
    def test_what_is_no_text_is_refused_with_all_that_was_typed(
        self, town: Town, browse: Browse, draft: int, bad: str
    ) -> None:
        client = browse("filler")
        before = saved(town, draft, "key_tasks")
        reply = post(client, draft, "key_tasks", **{"0.name": bad, "0.content": "这一段不能丢"})
        assert reply.status_code == 400
        assert "这一段不能丢" in reply.text
        assert "没有保存" in reply.text
        assert saved(town, draft, "key_tasks") == before

    def test_over_long_unknown_and_doubled_fields_are_refused_in_words(
        self, town: Town, browse: Browse, draft: int
    ) -> None:
        client = browse("filler")
        long = post(client, draft, "key_tasks", **{"0.content": "长" * 2001})
        assert (long.status_code, "2001" in long.text, "长长长" in long.text) == (400, True, True)
        for name in ("0.secrecy_tag", "0.weight", "state", "amount[]", "x.name"):
            reply = post(client, draft, "key_tasks", **{name: "typed here"})
            assert (reply.status_code, "typed here" in reply.text) == (400, True), name
        page = client.get(f"/submissions/{draft}")
        token = hidden(page, "csrf_token")
        nowhere = client.post(
            f"/submissions/{draft}/sections/nowhere", data={"csrf_token": token, "text": "still here"}
        )
        assert (nowhere.status_code, "still here" in nowhere.text) == (404, True)
        twice = client.post(f"/submissions/{draft}/sections/budget", data={"csrf_token": token, "base_version": "1", "other_funds": ["1", "2"]})  # fmt: skip
        assert twice.status_code == 400
        rows = {f"{index}.name": "行" for index in range(201)}
        assert client.post(f"/submissions/{draft}/sections/key_tasks", data={"csrf_token": token, "base_version": "1", **rows}).status_code == 400  # fmt: skip

    @pytest.mark.parametrize("version", ["", "x", "-1", "99999999999", "１"])
    def test_a_version_that_is_none_is_refused(self, browse: Browse, draft: int, version: str) -> None:
        assert post(browse("filler"), draft, "budget", base_version=version).status_code == 400

    @pytest.mark.parametrize("base", ["", "%%%", "A" * 5000, packed({"a": 1}), packed("text"), packed([1, 2])])
    def test_a_base_that_is_none_loses_nothing(self, town: Town, browse: Browse, draft: int, base: str) -> None:
        client = browse("filler")
        mine = fields_of(client.get(f"/submissions/{draft}"), "key_tasks")
        post(client, draft, "key_tasks", **{"0.planned_amount": "95"})
        reply = client.post(
            f"/submissions/{draft}/sections/key_tasks", data={**mine, "base": base, "0.planned_amount": "96"}
        )
        assert reply.status_code == 409
        assert "95.00" in reply.text
        assert "96.00" in reply.text

    def test_the_script_gets_parts_instead_of_the_page(self, browse: Browse, draft: int) -> None:
        client = browse("filler")
        data = {**fields_of(client.get(f"/submissions/{draft}"), "key_tasks"), "do": "add"}
        reply = client.post(
            f"/submissions/{draft}/sections/key_tasks", data=data, headers={"Accept": "application/json"}
        )
        answer = reply.get_json()
        assert (answer["version"], answer["focus"]) == (2, "r-key_tasks-3")
        assert 'id="sec-key_tasks"' in answer["section"]
        assert set(answer["html"]) >= {"panel", "steps", "bal"}
        assert reply.headers["Cache-Control"] == "no-store"
        stale = client.post(f"/submissions/{draft}/sections/key_tasks", data={**data, "do": "save", "0.name": "x", "base": ""}, headers={"Accept": "application/json"})  # fmt: skip
        assert (stale.status_code, stale.get_json()) == (409, {"clash": True})

    def test_a_pasted_block_and_its_undo(self, town: Town, browse: Browse, draft: int) -> None:
        client = browse("filler")
        before = saved(town, draft, "key_tasks")
        base = fields_of(client.get(f"/submissions/{draft}"), "key_tasks")["base"]
        post(client, draft, "key_tasks", do="paste", at="1.name", paste="甲\t内容\t1\n乙\t内容\t2\n丙\t内容\t3\n")
        assert [row["name"] for row in saved(town, draft, "key_tasks")] == ["平安揭阳专项工作", "甲", "乙", "丙"]
        post(client, draft, "key_tasks", do="restore", undo=base)
        assert saved(town, draft, "key_tasks") == before
        assert post(client, draft, "key_tasks", do="restore", undo="nonsense").status_code == 400

    def test_others_cannot_type(self, town: Town, browse: Browse, draft: int) -> None:
        page = browse("filler").get(f"/submissions/{draft}")
        data = fields_of(page, "budget")
        for who in ("dept_head", "secrecy_reviewer", "finance_performance_office"):
            client = browse(who)
            token = hidden(client.get("/account"), "csrf_token")
            reply = client.post(
                f"/submissions/{draft}/sections/budget", data={**data, "csrf_token": token, "other_funds": "9"}
            )
            assert reply.status_code == 403, who
        for who in ("filler2", "superior_reviewer", "observer", "sys_admin"):
            client = browse(who)
            token = hidden(client.get("/account"), "csrf_token")
            reply = client.post(f"/submissions/{draft}/sections/budget", data={**data, "csrf_token": token})
            assert reply.status_code == 404, who
        assert saved(town, draft, "budget")["other_funds"] is None


class TestHoldsAndHandingIn:
    def test_four_holds_two_ways_and_out(self, town: Town, browse: Browse) -> None:
        draft = new_draft(town, 2034, read_form(SEED.read_bytes(), SEED.name).document)
        filler, reviewer = browse("filler"), browse("secrecy_reviewer")
        page = f"/submissions/{draft}/holds"

        def resolve(client: FlaskClient, action: str, row: str, comment: str) -> TestResponse:
            shown = client.get(page)
            data = {"csrf_token": hidden(shown, "csrf_token"), "version": str(town.version(draft))}
            return client.post(page, data={**data, "action": action, "path": row, "comment": comment})

        blocked = press(filler, f"/submissions/{draft}/preview", page=f"/submissions/{draft}/preview", declared="yes")
        assert (blocked.status_code, "还有 4 处必须处理" in blocked.text) == (422, True)
        silent = resolve(filler, "replace_with_placeholder", "key_tasks[1]", " ")
        assert (silent.status_code, "错误：" in silent.text) == (422, True)
        for path in ("key_tasks[1]", "key_tasks[2]", "other_tasks[0]"):
            assert resolve(filler, "replace_with_placeholder", path, "线下报送").status_code == 303
        assert resolve(filler, "clear_mark", "other_tasks[5]", "x").status_code == 403
        assert resolve(reviewer, "clear_mark", "other_tasks[5]", "不涉密").status_code == 303
        assert "没有待处理的密级标志" in filler.get(page).text
        assert saved(town, draft, "key_tasks")[1]["content"] == "涉密事项，线下报送"
        undeclared = press(filler, f"/submissions/{draft}/preview", page=f"/submissions/{draft}/preview")
        assert (undeclared.status_code, "请先勾选声明" in undeclared.text) == (422, True)
        before = filler.get(f"/submissions/{draft}/preview")
        data = {"csrf_token": hidden(before, "csrf_token"), "version": hidden(before, "version"), "declared": "yes"}
        for _ in range(2):  # A double press ends at the same confirmation.
            done = filler.post(f"/submissions/{draft}/preview", data=data)
            assert done.headers["Location"] == f"/submissions/{draft}/submitted"
        events = town.rows("select count(*) from event where subject_kind = 'submission' and subject_id = :id and action = 'submit'", id=draft)  # fmt: skip
        assert events == [(1,)]
        confirmation = filler.get(f"/submissions/{draft}/submitted").text
        assert "部门负责人" in confirmation
        assert "撤回" in confirmation

    def test_a_returned_form_shows_why_and_where(self, town: Town, browse: Browse) -> None:
        form = town.forms["mine"]
        town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="请核对第七条的单位")
        with unit_of_work(town.factory) as session:
            session.execute(text("insert into comment (submission_id, revision_id, path, body, author_id) select id, head_revision_id, 'indicators[6]', '单位应为次', :author from submission where id = :id"), {"author": town.city["dept_head"].id, "id": form})  # fmt: skip
        page = browse("filler").get(f"/submissions/{form}").text
        assert "请核对第七条的单位" in page
        assert "单位应为次" in page
        with unit_of_work(town.factory) as session:
            version = session.execute(text("select version from submission where id = :id"), {"id": form}).scalar()
            submit(session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=version)


@pytest.fixture(scope="module")
def evaluating(town: Town, approved: int) -> int:
    """The form of the unit below while actuals are entered."""
    town.act("finance_performance_office", approved, action=Action.OPEN_EVALUATION)
    return approved


class TestEvaluation:
    WEIGHTS = "6 5 5 6 6 5 5 6 6 15 15 10".split()
    ACTUALS = "135000 72 100 46 100 3 1 1 22 100 97 86".split()

    def enter(self, client: FlaskClient, form: int, section: str, **changes: str) -> TestResponse:
        page = client.get(f"/submissions/{form}/evaluation")
        assert page.status_code == 200
        data = {**fields_of(page, section), "do": "save", **changes}
        return client.post(f"/submissions/{form}/sections/{section}", data=data)

    def test_from_actuals_to_both_scores(self, town: Town, browse: Browse, evaluating: int) -> None:
        form, client = evaluating, browse("filler2")
        empty = client.get(f"/submissions/{form}").text
        assert "还缺 13 处" in empty
        figures = {f"{n}.actual_value": actual for n, actual in enumerate(self.ACTUALS)}
        weights = {f"{n}.weight": weight for n, weight in enumerate(self.WEIGHTS)}
        assert self.enter(client, form, "actuals", **figures, **weights).status_code == 303
        assert (
            self.enter(client, form, "execution", adjusted_budget="1,823.37", executed_amount="1,750.20").status_code
            == 303
        )
        page = client.get(f"/submissions/{form}/evaluation").text
        assert "98.24" in page
        assert "9.60" in page
        assert "95.99%" in page
        assert page.count("怎么算的") == 13
        refused = press(client, f"/submissions/{form}/evaluation/submit", page=f"/submissions/{form}/evaluation")
        assert (refused.status_code, refused.text.count('href="#a-')) == (422, 4)
        reasons = {f"{n}.deviation_analysis": "已说明" for n in (0, 2, 3, 8, 11)}
        assert self.enter(client, form, "actuals", **reasons).status_code == 303
        done = press(client, f"/submissions/{form}/evaluation/submit", page=f"/submissions/{form}/evaluation")
        assert done.status_code == 303
        town.act("dept_head2", form, action=Action.PASS)
        town.act("superior_reviewer", form, action=Action.PASS)
        office = browse("finance_performance_office")
        address = f"/submissions/{form}/evaluation"
        beyond = press(office, f"{address}/scores", page=address, comment="核减", **{"score.0": "9", "score.1": "4"})
        assert (beyond.status_code, 'value="4"' in beyond.text) == (400, True)
        silent = press(office, f"{address}/scores", page=address, comment="", **{"score.1": "4"})
        assert (silent.status_code, 'value="4"' in silent.text) == (422, True)
        assert press(office, f"{address}/scores", page=address, comment="核减", **{"score.1": "4"}).status_code == 303
        town.act("finance_performance_office", form, action=Action.CONFIRM)
        closed = client.get(address).text
        assert "97.24" in closed
        assert "自评 98.24" in closed
        assert "<input" not in closed.partition("<main")[2].partition("</main>")[0]

    def test_it_is_not_there_before_its_time(self, town: Town, browse: Browse) -> None:
        assert browse("filler").get(f"/submissions/{town.forms['mine']}/evaluation").status_code == 409


@pytest.mark.parametrize("bad", [*BAD, *IMPOSSIBLE])
def test_bad_actuals_are_kept_or_refused_in_words(town: Town, browse: Browse, entering: int, bad: str) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{entering}/evaluation")
    names = ("weight", "actual_value", "entered_score", "deviation_analysis")
    data = {**fields_of(page, "actuals"), **{f"0.{name}": bad for name in names}, "do": "save"}
    reply = client.post(f"/submissions/{entering}/sections/actuals", data=data)
    assert reply.status_code in (303, 400)
    money = {"adjusted_budget": bad, "executed_amount": bad, "deviation_analysis": bad}
    data = {**fields_of(page, "execution"), **money, "do": "save"}
    assert client.post(f"/submissions/{entering}/sections/execution", data=data).status_code in (303, 400)
    shown = client.get(f"/submissions/{entering}/evaluation")
    assert (shown.status_code, "<script>alert" in shown.text) == (200, False)


@pytest.fixture(scope="module")
def entering(town: Town) -> int:
    """A form of the first unit, taken to its evaluation."""
    form = new_draft(town, 2032, seed_document())
    with unit_of_work(town.factory) as session:
        submit(session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=1)
    for who in ("dept_head", "finance_business_office"):
        town.act(who, form, action=Action.PASS)
    town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    town.act("finance_budget_office", form, action=Action.ISSUE_REPLY, reply_number="1号", reply_date=date(2022, 2, 10))
    town.act("finance_performance_office", form, action=Action.OPEN_EVALUATION)
    return form


class TestOpeningAndImporting:
    def test_whoever_has_one_choice_chooses_nothing(self, town: Town, browse: Browse) -> None:
        client = browse("filler")
        where = f"{cycle_of(town, 2033)}-{town.city.unit}"
        assert f'value="{where}"' in client.get("/submissions/new").text
        made = press(client, "/submissions/new", page="/submissions/new", where=where)
        assert re.fullmatch(r"/submissions/\d+", made.headers["Location"])
        again = press(client, "/submissions/new", page="/account", where=where)
        assert again.headers["Location"] == made.headers["Location"], "a second press opens the same form"
        none = press(client, "/submissions/new", page="/account", where="9-9")
        assert (none.status_code, "请选择" in none.text) == (400, True)

    def test_a_file_is_shown_before_it_is_written(self, town: Town, browse: Browse, draft: int) -> None:
        client = browse("filler")
        ((cycle,),) = town.rows("select cycle_id from submission where id = :id", id=draft)
        where, token = f"{cycle}-{town.city.unit}", hidden(client.get("/import"), "csrf_token")
        before = saved(town, draft, "overall_goal")
        post(client, draft, "overall_goal", overall_goal="会被文件替换")
        seen = client.post(
            "/import", data={"csrf_token": token, "where": where, "file": (io.BytesIO(SEED.read_bytes()), "seed.txt")}
        )
        assert seen.status_code == 200
        assert "覆盖现有草稿" in seen.text
        assert "社会效益指 标" in seen.text, "what reading altered is listed"
        assert saved(town, draft, "overall_goal") == "会被文件替换"
        kept = {"csrf_token": token, "where": where, "do": "write", "name": "seed.txt", "kept": hidden(seen, "kept")}
        assert client.post("/import", data=kept).headers["Location"] == f"/submissions/{draft}"
        assert saved(town, draft, "overall_goal") == before

    @pytest.mark.parametrize(
        "data", [b"", b"\x00\x01", b"PK\x03\x04broken", "只是一句话".encode(), b"{}", b"\xff\xfe\x00"]
    )
    def test_what_is_no_form_is_said_in_words(self, town: Town, browse: Browse, draft: int, data: bytes) -> None:
        client = browse("filler")
        token = hidden(client.get("/import"), "csrf_token")
        sent = {
            "csrf_token": token,
            "where": f"{town.city.cycle}-{town.city.unit}",
            "file": (io.BytesIO(data), "x.xlsx"),
        }
        reply = client.post("/import", data=sent)
        assert (reply.status_code, "错误：" in reply.text) == (400, True)


class TestReports:
    def test_asked_for_shown_and_refused(self, town: Town, browse: Browse) -> None:
        client = browse("filler2")
        form = town.forms["below"]
        asked = press(
            client,
            "/reports",
            page="/reports",
            code="official_form",
            submission=str(form),
            format="pdf",
            revision="head",
        )
        assert asked.status_code == 303
        run = asked.headers["Location"]
        shown = client.get(run)
        assert "排队中" in shown.text
        assert 'hx-trigger="every 2s"' in shown.text
        part = client.get(run, headers={"HX-Request": "true"}).text
        assert "<html" not in part
        assert client.get(f"{run}/file").status_code == 410
        assert browse("filler").get(run).status_code == 404
        run_id = int(run.rpartition("/")[2])
        with unit_of_work(town.factory) as session:
            session.execute(
                text("update report_run set state = 'dead', last_error = 'disk' where id = :id"), {"id": run_id}
            )
        dead = client.get(run)
        assert "重新生成" in dead.text
        assert "disk" not in dead.text
        for bad in ("", "x", "0", "99999999999999999999", str(town.forms["mine"])):
            assert (
                press(client, "/reports", page="/reports", code="official_form", submission=bad).status_code == 400
            ), bad

    def test_a_file_is_handed_to_its_owner_alone(self, town: Town, browse: Browse) -> None:
        from service.models.storage import store

        kept = store(town.app.extensions["jixiao"].settings.home, b"PDF")
        with unit_of_work(town.factory) as session:
            file_id = session.execute(text("insert into file (sha256, size, media_type, name) values (:s, 3, 'application/pdf', '目标表.pdf') returning id"), {"s": kept.sha256}).scalar()  # fmt: skip
            run = session.execute(text("insert into report_run (code, params, language, requested_by, state, file_id, finished_at) values ('official_form', '{}', 'zh', :who, 'done', :file, now()) returning id"), {"who": town.city["observer"].id, "file": file_id}).scalar()  # fmt: skip
        client = browse("observer")
        reply = client.get(f"/reports/{run}/file")
        assert (reply.data, reply.headers["Content-Type"]) == (b"PDF", "application/pdf")
        assert "attachment" in reply.headers["Content-Disposition"]
        reply.close()
        assert "目标表.pdf" in client.get("/reports").text
        assert browse("filler").get(f"/reports/{run}/file").status_code == 404


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


PAGES = "/submissions/new /import /reports /admin/departments /admin/departments/new /admin/people /admin/people/new /admin/cycles /admin/cycles/new /admin/deadlines".split()  # fmt: skip
ADMINISTRATORS = {"sys_admin", "sec_admin", "audit_admin"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_opens_or_says_no(town: Town, browse: Browse, who: str, language: str) -> None:
    client = browse(who, language=language)
    for path in PAGES:
        reply = client.get(path)
        administers = path.startswith("/admin/") and path != "/admin/deadlines"
        may = not administers or who in ADMINISTRATORS or ("cycles" in path and who == "finance_performance_office")
        assert reply.status_code == (200 if may else 403), path
        if language == "en":
            assert chinese_outside(reply.text) == [], path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_a_form_in_both_languages(browse: Browse, draft: int, entering: int, language: str) -> None:
    client = browse("filler", language=language)
    paths = [f"/submissions/{draft}{end}" for end in ("", "/check", "/holds", "/preview")]
    for path in (*paths, f"/submissions/{entering}/evaluation"):
        reply = client.get(path)
        assert reply.status_code == 200, path
        if language == "en":
            assert [words for words in chinese_outside(reply.text) if not ENGLISH.search(words)] == [], path


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name not in ("filler", "dept_head", "secrecy_reviewer")])
def test_nobody_outside_reads_a_draft(browse: Browse, draft: int, who: str) -> None:
    client = browse(who)
    for end in ("", "/check", "/holds", "/preview", "/print", "/print/stamp.css", "/evaluation", "/submitted"):
        reply = client.get(f"/submissions/{draft}{end}")
        assert reply.status_code in (200, 303, 404, 409), end
        assert "反邪教" not in reply.text, (who, end)


def test_the_print_has_a_page_of_its_own(browse: Browse, draft: int) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{draft}/print").text
    assert "揭阳市市级2031年部门整体支出预算绩效目标表" in page
    assert page.count("<tr") == 32
    stamp = client.get(f"/submissions/{draft}/print/stamp.css")
    assert stamp.headers["Content-Type"].startswith("text/css")
    assert "@bottom-right" in stamp.text
