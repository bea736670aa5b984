"""批量导入 over pages, as a browser without scripts sees it."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.bulk_run import run_next
from service.db import unit_of_work
from tests.web.conftest import Browse, Town
from tests.web.filling import cycle_of, post, saved
from tests.web.visitor import chinese_outside, hidden, press
from tests.workers.zips import form_of, zipped

UNIT = "中共揭阳市委政法委员会"


def send(client: FlaskClient, cycle: int, data: bytes, *, name: str = "表.zip") -> TestResponse:
    token = hidden(client.get("/import/bulk"), "csrf_token")
    sent = {"csrf_token": token, "cycle": str(cycle), "file": (io.BytesIO(data), name)}
    return client.post("/import/bulk", data=sent)


def work(town: Town) -> None:
    home = town.app.extensions["jixiao"].settings.home.resolve()
    while run_next(town.factory, home=home, lease_seconds=60):
        pass


def test_a_batch_from_the_zip_to_the_drafts(town: Town, browse: Browse) -> None:
    client = browse("filler")
    cycle = cycle_of(town, 2041)
    sent = send(client, cycle, zipped({"甲.json": form_of(UNIT), "乙.json": form_of("市教育局")}))
    assert sent.status_code == 303
    job = sent.headers["Location"]
    shown = client.get(job).text
    assert "正在预演" in shown
    assert 'hx-trigger="every 2s"' in shown
    part = client.get(job, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "HX-Refresh" not in part.headers
    work(town)
    assert client.get(job, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    rehearsed = client.get(job).text
    assert "还没有写入任何草稿" in rehearsed
    assert "将新建草稿" in rehearsed
    assert "不能导入" in rehearsed
    assert "市教育局" in rehearsed, "why it was refused"
    assert town.rows("select count(*) from submission where cycle_id = :id", id=cycle) == [(0,)]
    assert press(client, f"{job}/confirm", page=job).headers["Location"] == job
    work(town)
    done = client.get(job).text
    ((form,),) = town.rows("select id from submission where cycle_id = :id", id=cycle)
    assert f'href="/submissions/{form}"' in done
    assert "已新建草稿" in done
    twice = press(client, f"{job}/confirm", page=job)
    assert (twice.status_code, "已经确认" in twice.text) == (409, True)
    assert "1 份没有导入" in client.get("/import/bulk").text


def test_lists_are_narrowed_and_what_failed_is_a_table(town: Town, browse: Browse) -> None:
    client = browse("filler")
    files = {"=cmd.json": form_of("某局"), "b.txt": b"\x00", "c.json": form_of(UNIT)}
    job = send(client, cycle_of(town, 2042), zipped(files)).headers["Location"]
    work(town)
    failed = client.get(f"{job}?which=failed").text
    assert "b.txt" in failed
    assert "c.json" not in failed
    assert "这一类没有文件" in client.get(f"{job}?which=waiting").text
    assert client.get(f"{job}?which=nonsense&after=x").status_code == 200
    table = client.get(f"{job}/errors.csv")
    assert table.headers["Content-Disposition"].startswith("attachment")
    lines = table.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "文件,部门,原因"
    assert [line.split(",")[0] for line in lines[1:]] == ["'=cmd.json", "b.txt"]


def test_what_somebody_typed_is_shown_and_overwritten_only_when_asked_for(town: Town, browse: Browse) -> None:
    client = browse("filler")
    cycle = cycle_of(town, 2043)
    made = press(client, "/submissions/new", page="/submissions/new", where=f"{cycle}-{town.city.unit}")
    form = int(made.headers["Location"].rpartition("/")[2])
    post(client, form, "overall_goal", overall_goal="手写的目标")
    job = send(client, cycle, zipped({"c.json": form_of(UNIT)})).headers["Location"]
    work(town)
    shown = client.get(job).text
    assert "需要预览" in shown
    assert f'href="/import?submission={form}"' in shown
    assert 'name="overwrite"' in shown
    press(client, f"{job}/confirm", page=job)
    work(town)
    assert saved(town, form, "overall_goal") == "手写的目标"
    press(client, f"{job}/retry", page=job, overwrite="1")
    work(town)
    assert saved(town, form, "overall_goal") != "手写的目标"


def test_cancelled_and_tried_again(town: Town, browse: Browse) -> None:
    client = browse("filler")
    job = send(client, cycle_of(town, 2044), zipped({"c.json": form_of(UNIT)})).headers["Location"]
    press(client, f"{job}/cancel", page=job)
    assert "已取消" in client.get(job).text
    press(client, f"{job}/retry", page=job)
    work(town)
    assert "等待确认" in client.get(job).text
    assert press(client, f"{job}/stop", page=job).status_code == 404


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"Rar!", zipped({}), zipped({"a.exe": b"MZ"})])
def test_what_is_no_zip_of_forms_is_said_in_words(town: Town, browse: Browse, data: bytes) -> None:
    reply = send(browse("filler"), cycle_of(town, 2045), data)
    assert (reply.status_code, "错误：" in reply.text) == (400, True)
    assert "没有开始导入" in reply.text


def test_without_a_file_or_a_cycle_it_is_said_which(town: Town, browse: Browse) -> None:
    client = browse("filler")
    cycle = cycle_of(town, 2046)
    token = hidden(client.get("/import/bulk"), "csrf_token")
    none = client.post("/import/bulk", data={"csrf_token": token, "cycle": str(cycle)})
    assert (none.status_code, "请选择一个 zip 文件" in none.text) == (400, True)
    assert "请选择一个周期" in send(client, 999_999, zipped({"c.json": form_of(UNIT)})).text


def large(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Post a form with a file of 6 MB."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    body = "".join([*parts, head]).encode() + bytes(6 * 1024 * 1024) + b"\r\n--x--\r\n"
    return client.post(
        path, input_stream=io.BytesIO(body), content_type="multipart/form-data; boundary=x", content_length=len(body)
    )


def test_a_zip_may_be_larger_than_other_forms(town: Town, browse: Browse) -> None:
    client = browse("filler")
    cycle = cycle_of(town, 2047)
    token = hidden(client.get("/import/bulk"), "csrf_token")
    reply = large(client, "/import/bulk", csrf_token=token, cycle=str(cycle))
    assert (reply.status_code, "不是 zip 文件" in reply.text) == (400, True)
    beyond = large(client, "/import", csrf_token=token)
    assert (beyond.status_code, "内容太大" in beyond.text) == (413, True), "a page in words, not a fault"
    assert large(browse(), "/import/bulk").status_code in (303, 401, 413), "nobody is told so before the body is read"


@pytest.mark.parametrize("who", ["finance_performance_office", "dept_head2", "observer"])
def test_who_fills_in_for_nobody_sees_why_and_can_send_nothing(town: Town, browse: Browse, who: str) -> None:
    client = browse(who)
    shown = client.get("/import/bulk")
    assert "没有正在填报的周期包含您填报的部门" in shown.text
    token = hidden(client.get("/account"), "csrf_token")
    data = zipped({"c.json": form_of(UNIT)})
    reply = client.post("/import/bulk", data={"csrf_token": token, "cycle": "1", "file": (io.BytesIO(data), "a.zip")})
    assert reply.status_code == 400
    assert town.rows("select count(*) from bulk_import where requested_by = :id", id=town.city[who].id) == [(0,)]


def test_the_batch_of_another_is_not_there(town: Town, browse: Browse) -> None:
    job = send(browse("filler"), cycle_of(town, 2048), zipped({"c.json": form_of(UNIT)})).headers["Location"]
    stranger = browse("filler2")
    token = hidden(stranger.get("/account"), "csrf_token")
    assert stranger.get(job).status_code == 404
    assert stranger.get(f"{job}/errors.csv").status_code == 404
    assert stranger.post(f"{job}/cancel", data={"csrf_token": token}).status_code == 404
    assert job not in stranger.get("/import/bulk").text


def test_english_is_english(town: Town, browse: Browse) -> None:
    client = browse("filler", language="en")
    files = {"甲.json": form_of(UNIT), "乙.json": form_of("某局"), "丙.txt": b"\x00"}
    job = send(client, cycle_of(town, 2049), zipped(files)).headers["Location"]
    assert chinese_outside(client.get(job).text) == []
    work(town)
    for address in ("/import/bulk", job, f"{job}?which=failed"):
        assert chinese_outside(client.get(address).text) == [], address


def test_an_expired_zip_can_be_read_about_and_not_imported(town: Town, browse: Browse) -> None:
    client = browse("filler")
    job = send(client, cycle_of(town, 2050), zipped({"c.json": form_of(UNIT)})).headers["Location"]
    work(town)
    number = int(re.sub(r"\D", "", job))
    with unit_of_work(town.factory) as session:
        session.execute(
            text(
                "update file set expires_at = now() - interval '1 day' from bulk_import j where file.id = j.file_id and j.id = :id"
            ),
            {"id": number},
        )
    shown = client.get(job).text
    assert "压缩包已过保留期" in shown
    assert f'action="{job}/confirm"' not in shown
