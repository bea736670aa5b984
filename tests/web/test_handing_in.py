"""From a held draft to the first reviewer, and back with reasons."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.importers import read_form
from service.usecases.answer_remarks import Said, answer_remarks
from service.usecases.submit import submit
from tests.web.conftest import Browse, Town
from tests.web.filling import SEED, new_draft, saved
from tests.web.visitor import hidden, press
from workflows.facts import Request
from workflows.lifecycle import Action


class TestHoldsAndHandingIn:
    def test_four_holds_two_ways_and_out(self, town: Town, browse: Browse) -> None:
        draft = new_draft(town, 2034, read_form(SEED.read_bytes(), SEED.name).document)
        filler, reviewer = browse("filler"), browse("secrecy_reviewer")
        assert f'href="/submissions/{draft}/holds"' in reviewer.get(f"/submissions/{draft}").text, "there is a way in"
        page = f"/submissions/{draft}/holds"

        def resolve(client: FlaskClient, action: str, row: str, comment: str) -> TestResponse:
            shown = client.get(page)
            data = {"csrf_token": hidden(shown, "csrf_token"), "version": str(town.version(draft))}
            data |= {"base_version": hidden(shown, "base_version")}  # of the first hold, which is the next one here
            return client.post(page, data={**data, "action": action, "path": row, "comment": comment})

        blocked = press(filler, f"/submissions/{draft}/preview", page=f"/submissions/{draft}/preview", declared="yes")
        assert (blocked.status_code, "还有 4 处必须处理" in blocked.text) == (422, True)
        both = press(filler, f"/submissions/{draft}/preview", page=f"/submissions/{draft}/preview").text
        assert "请先勾选声明" in both, "what is in the way is said at once, not one after the other"
        assert "还有必须修改的内容" in both
        assert blocked.text.count("还有必须修改的内容") == 1
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
            remark = session.execute(
                text("select id from comment where submission_id = :id"), {"id": form}
            ).scalar_one()
            answer_remarks(session, town.city["filler"], submission_id=form, said={remark: Said("unchanged")})
            submit(session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=version)
