"""附件 on the pages: adding, removing and taking that back without scripts; who sees what; the bytes and their headers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.queries.seen import seen
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from tests.factories import make_cycle, seed_document
from tests.uploads import files
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from tests.web.visitor import chinese_outside, hidden
from workflows.deadlines import beijing_date
from workflows.draft import target_sections
from workflows.forms import form_type
from workflows.forms.base import Shape
from workflows.lifecycle import Action


@pytest.fixture(scope="module")
def form(town: Town) -> int:
    return new_draft(town, 2033, seed_document())


@pytest.fixture(autouse=True)
def _without_files(town: Town, form: int) -> Iterator[None]:
    yield
    town.rows("delete from attachment where submission_id = :id returning 1", id=form)


def upload(
    client: FlaskClient, form: int, name: str = "印制合同.docx", data: bytes | None = None, **fields: str
) -> TestResponse:
    """Open the page and post one file through its form."""
    shown = client.get(f"/submissions/{form}/attachments")
    headers = {"Accept": fields.pop("accept", "text/html")}
    body = {
        "csrf_token": hidden(shown, "csrf_token"),
        "file": (io.BytesIO(files.docx() if data is None else data), name),
        **fields,
    }
    reply = client.post(f"/submissions/{form}/attachments", data=body, headers=headers)
    reply.request.environ["wsgi.input"].close()  # the client keeps a large body in a file of its own
    return reply


def press(client: FlaskClient, reply: TestResponse, action: str) -> TestResponse:
    """The one form of a page that posts to an address like this."""
    address = re.search(rf'action="([^"]*/{action})"', reply.text)
    assert address, action
    return client.post(address[1], data={"csrf_token": hidden(reply, "csrf_token")})


def status(client: FlaskClient, address: str) -> int:
    """What a fetch comes to; its file is closed."""
    with client.get(address) as reply:
        return reply.status_code


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_added_listed_fetched_removed_and_restored(browse: Browse, form: int, language: str) -> None:
    client = browse("filler", language=language)
    empty = client.get(f"/submissions/{form}/attachments")
    assert {"zh": "还没有附件", "en": "No attachments yet"}[language] in empty.text
    added = upload(client, form)
    assert added.status_code == 303
    page = client.get(added.location)
    assert {"zh": "已上传", "en": "Uploaded"}[language] in page.text
    assert page.text.count("印制合同.docx") >= 2
    assert {"zh": "未查毒", "en": "Not scanned"}[language] in page.text
    if language == "en":
        assert chinese_outside(page.text) == []
    with client.get(re.findall(rf'href="(/submissions/{form}/attachments/\d+)"', page.text)[0]) as fetched:
        assert fetched.data == files.docx()
    removed = client.get(press(client, page, "remove").location)
    assert {"zh": "已删除", "en": "Removed"}[language] in removed.text
    assert "/remove" not in removed.text
    restored = client.get(press(client, removed, "restore").location)
    assert "/remove" in restored.text


def test_the_bytes_come_as_an_attachment_that_nothing_runs(browse: Browse, form: int, town: Town) -> None:
    client = browse("filler")
    upload(client, form, "验收单;filename*=y.exe .pdf", files.pdf())
    ((attachment, name),) = town.rows(
        "select a.id, f.name from attachment a join file f on f.id = a.file_id where a.submission_id = :id", id=form
    )
    with client.get(f"/submissions/{form}/attachments/{attachment}") as reply:
        headers = reply.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''" in headers["Content-Disposition"]
    assert "\r" not in str(name)
    assert '"' not in str(name)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.exe", b"MZ", "只收 PDF"),
        ("x.docx", b"", "这个文件是空的"),
        ("x.pdf", files.docx(), "扩展名是 .pdf，内容却是 DOCX"),
        ("方案（机密）.docx", files.docx(), "文件名里有密级标志"),
        ("x.docx", files.docx("秘密★10年"), "文件里有密级标志“秘密★10年”"),
        ("x.docx", files.docx(word__vbaProject_DOT_bin=b"x"), "宏"),
    ],
)
def test_a_refusal_says_why_and_keeps_the_page(browse: Browse, form: int, name: str, data: bytes, words: str) -> None:
    client = browse("filler")
    reply = upload(client, form, name, data)
    assert reply.status_code == 400
    assert words in reply.text
    assert 'href="#file"' in reply.text
    assert "还没有附件" in reply.text
    told = upload(client, form, name, data, accept="application/json")
    assert (told.status_code, words in told.json["refused"]) == (400, True)  # type: ignore[index]


def test_no_file_and_no_such_row(browse: Browse, form: int) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{form}/attachments")
    nothing = client.post(f"/submissions/{form}/attachments", data={"csrf_token": hidden(page, "csrf_token")})
    assert (nothing.status_code, "请选择一个文件" in nothing.text) == (400, True)
    lost = upload(client, form, row_id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert (lost.status_code, 'href="#row_id"' in lost.text) == (400, True)
    gone = client.post(
        f"/submissions/{form}/attachments/999999/remove", data={"csrf_token": hidden(page, "csrf_token")}
    )
    assert gone.status_code == 404


def test_a_file_of_a_row_is_marked_beside_the_row_in_the_editor(browse: Browse, form: int) -> None:
    client = browse("filler")
    editor = client.get(f"/submissions/{form}").text
    ways = re.findall(rf'href="(/submissions/{form}/attachments\?row=(\w+))"', editor)
    assert len(ways) == 22, "each row leads to its files"
    address, row = ways[0]
    narrowed = client.get(address)
    assert f'value="{row}" lang="zh-CN" selected' in narrowed.text
    assert upload(client, form, row_id=row, accept="application/json").status_code == 200
    upload(client, form, "另一个.docx")
    assert '<span class="vh"> 个附件 第 1 行</span>' in client.get(f"/submissions/{form}").text
    assert "另一个.docx" not in client.get(address).text
    assert "另一个.docx" in client.get(f"/submissions/{form}/attachments").text


def test_what_one_may_not_see_is_not_there(browse: Browse, form: int, town: Town) -> None:
    upload(browse("filler"), form)
    ((attachment,),) = town.rows("select id from attachment where submission_id = :id", id=form)
    addresses = (f"/submissions/{form}/attachments", f"/submissions/{form}/attachments/{attachment}")
    for who in ("filler2", "observer", "sys_admin", "audit_admin", "superior_reviewer"):
        assert {status(browse(who), address) for address in addresses} == {404}, who
    assert status(browse("dept_head"), addresses[1]) == 200
    performance = browse("finance_performance_office")
    assert performance.get(addresses[0]).status_code == 200
    assert performance.get(addresses[1]).status_code == 404
    other = town.forms["mine"]
    assert browse("filler").get(f"/submissions/{other}/attachments/{attachment}").status_code == 404, "of another form"


def test_others_read_and_never_change(browse: Browse, form: int, town: Town) -> None:
    upload(browse("filler"), form)
    ((attachment,),) = town.rows("select id from attachment where submission_id = :id", id=form)
    head = browse("dept_head")
    page = head.get(f"/submissions/{form}/attachments")
    assert "印制合同.docx" in page.text
    assert 'id="upload"' not in page.text
    assert "/remove" not in page.text
    assert "冻结" not in page.text, "it was not handed in yet"
    token = {"csrf_token": hidden(page, "csrf_token")}
    assert head.post(f"/submissions/{form}/attachments/{attachment}/remove", data=token).status_code == 403
    file = {**token, "file": (io.BytesIO(files.docx()), "x.docx")}
    assert head.post(f"/submissions/{form}/attachments", data=file).status_code == 403
    filler = browse("filler")
    filler.get("/inbox")
    assert filler.post(f"/submissions/{form}/attachments/{attachment}/remove").status_code == 403, "no token"


def test_a_form_that_was_handed_in_says_that_its_files_are_frozen(browse: Browse, town: Town) -> None:
    handed_in = town.forms["mine"]
    client = browse("filler")
    page = client.get(f"/submissions/{handed_in}/attachments")
    assert "附件随提交的版本冻结" in page.text
    assert 'id="upload"' not in page.text
    refused = client.post(
        f"/submissions/{handed_in}/attachments",
        data={"csrf_token": hidden(page, "csrf_token"), "file": (io.BytesIO(files.docx()), "x.docx")},
    )
    assert refused.status_code == 409
    review = browse("dept_head").get(f"/submissions/{handed_in}").text
    assert f'href="/submissions/{handed_in}/attachments"' in review


def refused(client: FlaskClient, address: str, size: int) -> int:
    """What a form of so many bytes comes to, which nobody reads."""
    reply = client.post(address, data=b"\x00" * size, content_type="multipart/form-data; boundary=x")
    return reply.status_code


def test_only_this_route_takes_more_than_four_megabytes(browse: Browse, form: int, town: Town) -> None:
    client = browse("filler")
    large = (
        files.png()[:-12] + b"".join(b"\x00\x0e\x00\x00tEXt" + b"\x00" * 0x0E0004 for _ in range(6)) + files.png()[-12:]
    )
    assert len(large) > 5_000_000
    assert upload(client, form, "照片.png", large).status_code == 303
    assert refused(client, "/import", 5_000_000) == 413
    assert refused(client, f"/submissions/{form}/attachments", 21 * 1024 * 1024) == 413
    assert town.rows("select count(*) from attachment where submission_id = :id", id=form) == [(1,)]


def test_a_full_form_says_so_instead_of_offering_room(browse: Browse, form: int, town: Town) -> None:
    upload(browse("filler"), form, "a.docx")
    town.rows(
        "update file set size = 209715200 where id in (select file_id from attachment where submission_id = :id) returning 1",
        id=form,
    )
    page = browse("filler").get(f"/submissions/{form}/attachments")
    assert "附件空间已满：本表 200.0 / 200 MB" in page.text
    assert 'id="upload"' not in page.text


def test_a_disk_without_room_is_told_and_leaves_nothing(
    browse: Browse, form: int, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    client = browse("filler")
    monkeypatch.setattr("service.uploads.receive.draft", full)
    reply = upload(client, form)
    assert reply.status_code == 507
    assert "存储空间不足" in reply.text
    assert town.rows("select count(*) from attachment where submission_id = :id", id=form) == [(0,)]


def test_states_of_the_scanner_are_words(browse: Browse, form: int, town: Town) -> None:
    client = browse("filler")
    upload(client, form)
    ((attachment,),) = town.rows("select id from attachment where submission_id = :id", id=form)
    for state, words in (("pending", "查毒中"), ("infected", "带病毒"), ("clean", "无病毒")):
        town.rows(
            "update attachment set scan = cast(:s as text), scan_due_at = case when cast(:s as text) = 'pending' then now() end"
            " where id = :id returning 1", s=state, id=attachment,
        )  # fmt: skip
        page = client.get(f"/submissions/{form}/attachments").text
        assert words in page
        link = f'href="/submissions/{form}/attachments/{attachment}"'
        assert (link in page) is (state == "clean")
        assert status(client, f"/submissions/{form}/attachments/{attachment}") == (200 if state == "clean" else 409)


def test_evidence_stands_beside_its_indicator_in_the_score_sheet(browse: Browse, town: Town, approved: int) -> None:
    town.act("finance_performance_office", approved, action=Action.OPEN_EVALUATION)
    client = browse("filler2")
    sheet = client.get(f"/submissions/{approved}").text
    ways = re.findall(rf'href="/submissions/{approved}/attachments\?row=(\w+)"', sheet)
    assert len(ways) == 12
    assert upload(client, approved, "签收单.docx", row_id=ways[2]).status_code == 303
    marked = client.get(f"/submissions/{approved}").text
    assert '<span class="vh"> 个附件 第 3 条</span>' in marked
    page = client.get(f"/submissions/{approved}/attachments").text
    assert "年终自评佐证" in page
    outside = browse("finance_performance_office").get(f"/submissions/{approved}/attachments").text
    assert "签收单.docx" not in outside, "actuals that are being entered belong to the unit"


def test_a_form_of_another_type_has_them_too(browse: Browse, town: Town) -> None:
    with unit_of_work(town.factory) as session:
        cycle = make_cycle(
            session,
            departments=[town.city.unit],
            today=beijing_date(datetime.now(UTC)),
            form="project@2022",
            fiscal_year=2041,
        )
        actor = town.city["filler"]
        form = open_draft(session, actor, department_id=town.city.unit, cycle_id=cycle).id
        case = seen(session.connection(), actor, submission_id=form)
        section = next(one for one in target_sections(form_type(case.form)) if one.shape is Shape.ROWS)
        blank = {field.name: None for field in section.fields}
        save_section(session, actor, submission_id=form, section=section.name, value=[blank], base_version=1)
    client = browse("filler")
    (row,) = re.findall(rf'href="/submissions/{form}/attachments\?row=(\w+)"', client.get(f"/submissions/{form}").text)
    assert upload(client, form, row_id=row).status_code == 303
    assert "印制合同.docx" in client.get(f"/submissions/{form}/attachments?row={row}").text
