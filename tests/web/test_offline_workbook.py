"""The offline workbook over the pages: downloaded, filled in elsewhere, brought back beside what others typed meanwhile."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.importers import read_form
from tests.factories import seed_document
from tests.web import libreoffice
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft, post, saved
from tests.web.visitor import hidden
from workflows.catalogue import label
from workflows.offline_identity import SHEET, identity_lines, identity_of

SHEET_KEY, SHEET_INDICATORS = (label("section", name, "zh") for name in ("key_tasks", "indicators"))
NAME, CONTENT, AMOUNT = 3, 4, 5  # columns of the task tables, from 1
FIRST = 6  # line of the first row


def download(client: FlaskClient, form: int) -> openpyxl.Workbook:
    reply = client.get(f"/submissions/{form}/workbook")
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "no-store")
    assert "attachment" in reply.headers["Content-Disposition"]
    return openpyxl.load_workbook(io.BytesIO(reply.data))


def filled(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def where(town: Town, form: int) -> str:
    ((cycle, unit),) = town.rows("select cycle_id, department_id from submission where id = :id", id=form)
    return f"{cycle}-{unit}"


def send(client: FlaskClient, town: Town, form: int, data: bytes) -> TestResponse:
    token = hidden(client.get("/import"), "csrf_token")
    sent = {"csrf_token": token, "where": where(town, form), "file": (io.BytesIO(data), "表.xlsx")}
    return client.post("/import", data=sent)


def confirm(client: FlaskClient, preview: TestResponse, **choices: str) -> TestResponse:
    """Press 写入草稿, with everything that the preview carries."""
    assert preview.status_code in (200, 409), preview.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', preview.text))
    form = re.search(r'<form id="f-write".*?</form>', preview.text, re.S)
    assert form
    own = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    picks = re.findall(r'name="(pick\.[^"]+)" value="([^"]+)" checked', preview.text)
    assert fields
    return client.post("/import", data={**own, **{name: unescape(value) for name, value in picks}, **choices})


def test_edits_of_both_sides_are_merged_and_the_one_clash_is_asked(town: Town, browse: Browse, draft: int) -> None:
    client, colleague = browse("filler"), browse("filler")
    book = download(client, draft)
    sheet = book[SHEET_KEY]
    clashing, rows = sheet.cell(FIRST, AMOUNT).value, saved(town, draft, "key_tasks")
    sheet.cell(FIRST, AMOUNT).value = 111.5
    sheet.cell(FIRST + 1, CONTENT).value = "在表格里改的内容"
    sheet.cell(FIRST + len(rows), NAME).value = "=新增任务"
    sheet.cell(FIRST + len(rows), NAME).data_type = "s"
    sheet.cell(FIRST + len(rows), AMOUNT).value = 3
    post(colleague, draft, "key_tasks", **{"0.planned_amount": "95", "2.name": "同事改的名称"})
    preview = send(client, town, draft, filled(book))
    assert preview.text.count('class="choose"') == 1, "one clash"
    choose = unescape(re.search(r'<fieldset class="choose">.*?</fieldset>', preview.text, re.S)[0])  # type: ignore[index]
    for shown in (f"{float(clashing):,.2f}", "95.00", "111.50"):
        assert shown in choose
    assert saved(town, draft, "key_tasks")[0]["planned_amount"] == "95", "nothing is written before it is confirmed"
    done = confirm(client, preview)
    assert done.headers["Location"] == f"/submissions/{draft}"
    after = saved(town, draft, "key_tasks")
    assert [row["id"] for row in after[: len(rows)]] == [row["id"] for row in rows]
    assert after[0]["planned_amount"] == "95", "the system's stays where nothing else is chosen"
    assert (after[1]["content"], after[2]["name"]) == ("在表格里改的内容", "同事改的名称")
    assert (after[-1]["name"], after[-1]["planned_amount"], len(after)) == ("=新增任务", "3", len(rows) + 1)
    again = send(client, town, draft, filled(book))
    pick = re.search(r'name="(pick\.[^"]+)"', again.text)
    assert pick, "the clash that was settled for the system is still one"
    assert "没有别的修改" in again.text, "the new row is the one that the first import made"
    assert confirm(client, again, **{pick[1]: "mine"}).status_code == 303
    assert saved(town, draft, "key_tasks")[0]["planned_amount"] == "111.5"


def test_the_same_file_again_and_an_untouched_one_change_nothing(town: Town, browse: Browse, draft: int) -> None:
    before = town.rows("select section, version, body::text from draft_section where submission_id = :id", id=draft)
    for lang in ("zh", "en"):
        speaker = browse("filler", language=lang)
        preview = send(speaker, town, draft, filled(download(speaker, draft)))
        assert preview.status_code == 200
        assert 'form="f-write">' not in preview.text, "there is nothing to write"
    same = town.rows("select section, version, body::text from draft_section where submission_id = :id", id=draft)
    assert same == before


def test_rows_that_were_sorted_moved_and_deleted_keep_their_ids(town: Town, browse: Browse, draft: int) -> None:
    client = browse("filler")
    book = download(client, draft)
    sheet, rows = book[SHEET_INDICATORS], saved(town, draft, "indicators")
    lines = [[sheet.cell(FIRST + at, column).value for column in range(1, 10)] for at in range(len(rows))]
    # The first row goes, the rest stands upside down; of one row the cells alone were moved, its id stayed behind.
    turned = [*reversed(lines[1:]), [None] * 9]
    turned[0][0], turned[1][0] = turned[1][0], turned[0][0]
    for at, line in enumerate(turned):
        for column, value in enumerate(line, 1):
            sheet.cell(FIRST + at, column).value = value
    preview = send(client, town, draft, filled(book))
    assert confirm(client, preview).status_code == 303
    assert saved(town, draft, "indicators") == list(reversed(rows[1:]))


def test_a_save_between_preview_and_confirmation_shows_it_anew(town: Town, browse: Browse, draft: int) -> None:
    client = browse("filler")
    book = download(client, draft)
    book[SHEET_KEY].cell(FIRST, CONTENT).value = "文件里的"
    preview = send(client, town, draft, filled(book))
    post(browse("filler"), draft, "key_tasks", **{"0.content": "系统里的"})
    late = confirm(client, preview)
    assert (late.status_code, "又有了修改" in late.text) == (409, True)
    assert saved(town, draft, "key_tasks")[0]["content"] == "系统里的"
    assert late.text.count('class="choose"') == 1
    ((name,),) = [re.findall(r'name="(pick\.[^"]+)" value="mine"', late.text)]
    assert confirm(client, late, **{name: "mine"}).status_code == 303
    assert saved(town, draft, "key_tasks")[0]["content"] == "文件里的"


def test_a_deleted_row_that_somebody_edits_is_asked_about(town: Town, browse: Browse, draft: int) -> None:
    client = browse("filler")
    book = download(client, draft)
    book[SHEET_KEY].delete_rows(FIRST + 1)
    post(browse("filler"), draft, "key_tasks", **{"1.name": "还要的任务"})
    preview = send(client, town, draft, filled(book))
    assert "（删除这一行）" in preview.text
    assert confirm(client, preview).status_code == 303
    assert saved(town, draft, "key_tasks")[1]["name"] == "还要的任务"
    name = re.findall(r'name="(pick\.[^"]+)" value="mine"', preview.text)[0]
    again = send(client, town, draft, filled(book))
    assert confirm(client, again, **{name: "mine"}).status_code == 303
    assert "还要的任务" not in [row["name"] for row in saved(town, draft, "key_tasks")]


def test_what_belongs_to_another_form_is_refused_and_named(town: Town, browse: Browse, draft: int) -> None:
    client = browse("filler")
    other = new_draft(town, 2034, seed_document())
    reply = send(client, town, other, filled(download(client, draft)))
    assert (reply.status_code, f"单据 {draft}" in reply.text) == (400, True)


def forged(book: openpyxl.Workbook, **facts: Any) -> bytes:  # noqa: ANN401 - facts of an identity
    """The workbook with another hidden sheet, whose digest fits."""
    sheet = book[SHEET]
    known = identity_of([[str(cell or "") for cell in line] for line in sheet.iter_rows(values_only=True)])
    if "base" in facts:
        facts["base"] = {**known.base, **facts["base"]}
    sheet.delete_rows(1, sheet.max_row)
    for line in identity_lines(replace(known, **facts)):
        sheet.append(list(line))
    return filled(book)


@pytest.mark.parametrize("facts", [{"region": "别处"}, {"fiscal_year": 1999}])
def test_a_form_of_the_same_number_elsewhere_is_another_form(
    town: Town, browse: Browse, draft: int, facts: dict[str, Any]
) -> None:
    client = browse("filler")
    reply = send(client, town, draft, forged(download(client, draft), **facts))
    assert (reply.status_code, f"单据 {draft}" in reply.text) == (400, True)
    renamed = send(client, town, draft, forged(download(client, draft), department="改名之前的单位"))
    assert renamed.status_code == 200, "the unit may have another name by now"


@pytest.mark.parametrize(
    "facts",
    [
        {"base": {"key_tasks": [{"name": "x", "content": None, "planned_amount": None}]}},
        {"base": {"key_tasks": "abc"}},
        {"base": {"indicators": [1]}},
        {"base": {"budget": [1]}},
        {"base": {"overall_goal": {"a": 1}}},
        {"base": {"head": {"supervising_department": None, "audit_score": "10"}}},
        {"region": "长" * 9_000},
    ],
)
@pytest.mark.slow
def test_a_forged_hidden_sheet_is_a_broken_one(town: Town, browse: Browse, draft: int, facts: dict[str, Any]) -> None:
    client = browse("filler")
    reply = send(client, town, draft, forged(download(client, draft), **facts))
    assert (reply.status_code, "隐藏信息不完整" in reply.text) == (400, True)


def test_a_file_writes_nothing_that_its_preview_does_not_show(town: Town, browse: Browse) -> None:
    client, form = browse("filler"), new_draft(town, 2035, seed_document())
    tasks, indicators = saved(town, form, "key_tasks"), saved(town, form, "indicators")
    book = download(client, form)
    book[SHEET_KEY].cell(FIRST, CONTENT).value = "改了的内容"
    base = {
        "key_tasks": [{**tasks[0], "secrecy_tag": "withheld_public"}, *tasks[1:]],
        "indicators": [{**indicators[0], "weight": "90", "task": "key_tasks[2]"}, *indicators[1:]],
    }
    assert confirm(client, send(client, town, form, forged(book, base=base))).status_code == 303
    assert saved(town, form, "key_tasks") == [{**tasks[0], "content": "改了的内容"}, *tasks[1:]]
    assert saved(town, form, "indicators") == indicators


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda book: setattr(book[SHEET_KEY].cell(FIRST, NAME), "value", "长" * 201), "年度重点工作任务!C6"),
        (lambda book: setattr(book["_jixiao"].cell(5, 2), "value", "AAAA"), "隐藏信息不完整"),
        (lambda book: book.remove(book[SHEET_KEY]), "缺少"),
        (lambda book: book.copy_worksheet(book[SHEET_KEY]), "出现了两次"),
    ],
)
def test_what_cannot_be_taken_says_where(town: Town, browse: Browse, draft: int, change: Any, said: str) -> None:  # noqa: ANN401
    client = browse("filler")
    book = download(client, draft)
    change(book)
    reply = send(client, town, draft, filled(book))
    assert (reply.status_code, said in reply.text) == (400, True), reply.text[-3000:]


def test_nobody_else_gets_the_workbook(town: Town, browse: Browse, draft: int) -> None:
    assert browse("filler2").get(f"/submissions/{draft}/workbook").status_code == 404
    assert browse().get(f"/submissions/{draft}/workbook").status_code in (302, 303)
    submitted = browse("filler").get(f"/submissions/{town.forms['mine']}/workbook")
    assert submitted.status_code == 409


@pytest.fixture(scope="module")
def numbered(town: Town) -> int:
    """A draft with the id and the row ids of the committed workbook."""
    with unit_of_work(town.factory) as session:
        session.execute(text(f"alter table submission alter column id restart with {libreoffice.FORM_ID}"))
        # The workbook is of 2022, and a unit has one open form a year.
        aside = text("update submission set fiscal_year = 2037 where id = :id")
        session.execute(aside, {"id": town.forms["mine"]})
    form = new_draft(town, 2022, libreoffice.document())
    assert form == libreoffice.FORM_ID
    return form


def test_a_workbook_that_libreoffice_wrote_is_merged_with_a_colleagues_edit(
    town: Town, browse: Browse, numbered: int
) -> None:
    client, before = browse("filler"), saved(town, numbered, "indicators")
    post(browse("filler"), numbered, "key_tasks", **{"0.planned_amount": "95", "1.name": "同事改的名称"})
    preview = send(client, town, numbered, libreoffice.FILE.read_bytes())
    assert preview.text.count('class="choose"') == 1, "the one clash is shown"
    name = re.findall(r'name="(pick\.[^"]+)" value="mine"', preview.text)[0]
    assert confirm(client, preview, **{name: "mine"}).status_code == 303
    tasks = saved(town, numbered, "key_tasks")
    assert tasks[0]["planned_amount"] == str(libreoffice.AMOUNT)
    assert (tasks[1]["name"], tasks[1]["content"]) == ("同事改的名称", libreoffice.CHANGED)
    assert (tasks[-1]["name"], len(tasks)) == (libreoffice.ADDED, len(libreoffice.document()["key_tasks"]) + 1)
    assert saved(town, numbered, "indicators") == list(reversed(before[:-1])), "moved rows keep ids and cells"
    assert saved(town, numbered, "other_tasks") == libreoffice.document()["other_tasks"]


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_libreoffice_gives_back_what_was_filled_in(tmp_path: Path, kind: str) -> None:
    written = read_form(libreoffice.written_by_libreoffice(libreoffice.filled(), tmp_path, kind=kind), f"x.{kind}")
    direct = read_form(libreoffice.filled(), "x.xlsx")
    assert written.offline is not None
    assert written.document == direct.document
