"""The editor without scripts: sections, rows, clashes, and whatever people type."""

from __future__ import annotations

import re
from html import unescape

import pytest

from service.db import unit_of_work
from service.usecases.submit import submit
from service.web.editor_base import packed
from tests.factories import seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import BAD, IMPOSSIBLE, cycle_of, fields_of, new_draft, post, saved
from tests.web.visitor import hidden, press
from workflows.facts import Request
from workflows.lifecycle import Action


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

    @pytest.mark.slow  # many odd words, several pages each
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
        assert set(client.get(f"/submissions/{draft}/state").get_json()["html"]) == set(answer["html"])
        assert reply.headers["Cache-Control"] == "no-store"
        stale = client.post(f"/submissions/{draft}/sections/key_tasks", data={**data, "do": "save", "0.name": "x", "base": ""}, headers={"Accept": "application/json"})  # fmt: skip
        assert stale.status_code == 409
        assert 'id="clash-key_tasks"' in stale.get_json()["clash"]

    def test_a_pasted_block_and_its_undo(self, town: Town, browse: Browse, draft: int) -> None:
        client = browse("filler")
        before = saved(town, draft, "key_tasks")
        fields = fields_of(client.get(f"/submissions/{draft}"), "key_tasks")
        base = ".".join(row["id"] for row in before) + fields["base"]  # as the script puts it together
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


def test_nothing_is_red_before_it_is_begun(town: Town, browse: Browse) -> None:
    client = browse("filler")
    where = f"{cycle_of(town, 2041)}-{town.city.unit}"
    form = int(
        press(client, "/submissions/new", page="/submissions/new", where=where).headers["Location"].split("/")[-1]
    )
    fresh = client.get(f"/submissions/{form}").text
    assert 'aria-invalid="true"' not in fresh
    assert "财政供养人员数未填写" in fresh, "the panel lists it all the same"
    post(client, form, "budget", basic_expenditure="12")
    assert client.get(f"/submissions/{form}").text.count('aria-invalid="true"') == 2


def test_a_form_that_was_taken_back_says_so(town: Town, browse: Browse) -> None:
    form, client = new_draft(town, 2042, seed_document()), browse("filler")
    with unit_of_work(town.factory) as session:
        submit(
            session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=town.version(form)
        )
    town.act("filler", form, action=Action.WITHDRAW)
    page = client.get(f"/submissions/{form}?done=withdraw").text
    assert "已撤回，可以继续修改。" in page
    assert page.count("已撤回") > 1, "and its chip"
