"""Opening forms, importing files, asking for reports."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import text

from service.db import unit_of_work
from service.queries.openable import Openable, once_each
from tests.web.conftest import Browse, Town
from tests.web.filling import SEED, cycle_of, post, saved
from tests.web.visitor import hidden, press


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
        assert "会被文件替换" in seen.text, "and what would be written over"
        kept = {"csrf_token": token, "where": where, "do": "write", "name": "seed.txt", "kept": hidden(seen, "kept")}
        kept["seen"] = hidden(seen, "seen")
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

    def test_a_form_stands_once_however_many_cycles_its_year_has(self) -> None:
        def choice(cycle: int, existing: int | None, state: str | None) -> Openable:
            day = date(2026, 9, 1)
            return Openable(cycle, 5, 2027, 1, "department_overall@2022", day, day, "甲", "甲", None, existing, state)

        one, again, free, done = (
            choice(2, 9, "draft"), choice(1, 9, "draft"), choice(3, None, None), choice(4, 8, "closed"),
        )  # fmt: skip
        assert once_each([one, again, free, done]) == [one, free, done]

    def test_the_page_takes_what_the_reader_reads(self, browse: Browse, draft: int) -> None:
        page = browse("filler").get("/import").text
        assert 'accept=".xlsx,.xls,.ods,.docx,.pdf,.txt,.json"' in page


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
        params = f'{{"submission_id": {town.forms["mine"]}, "revision": "head", "format": "pdf"}}'
        with unit_of_work(town.factory) as session:
            file_id = session.execute(text("insert into file (sha256, size, media_type, name) values (:s, 3, 'application/pdf', '目标表.pdf') returning id"), {"s": kept.sha256}).scalar()  # fmt: skip
            run = session.execute(text("insert into report_run (code, params, language, requested_by, state, file_id, finished_at) values ('official_form', cast(:params as jsonb), 'zh', :who, 'done', :file, now()) returning id"), {"who": town.city["filler"].id, "file": file_id, "params": params}).scalar()  # fmt: skip
        client = browse("filler")
        reply = client.get(f"/reports/{run}/file")
        assert (reply.data, reply.headers["Content-Type"]) == (b"PDF", "application/pdf")
        assert "attachment" in reply.headers["Content-Disposition"]
        reply.close()
        assert "目标表.pdf" in client.get("/reports").text
        assert browse("observer").get(f"/reports/{run}/file").status_code == 404
