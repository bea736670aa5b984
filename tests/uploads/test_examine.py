"""What is taken and what is not: by content, in time and memory, each refusal with a reason that exists in both languages."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service.uploads.examine import SECONDS, examined
from service.uploads.kinds import Kind, UnfitFileError
from tests.uploads import files
from workflows.catalogue import texts

RELS = '<Relationships><Relationship Id="1" Type="http://x/{}" Target="{}" TargetMode="External"/></Relationships>'


def verdict(folder: Path, name: str, data: bytes) -> str:
    path = folder / "upload"
    path.write_bytes(data)
    try:
        return examined(path, name=name).value
    except UnfitFileError as refusal:
        unfit = refusal
    for lang in ("zh", "en"):
        assert texts(lang)[f"attachment.{unfit.reason}"].format(**unfit.params, limit=1, left=1)
    return unfit.reason


GOOD = [
    ("a.pdf", files.pdf("保密工作经费使用情况", "国家秘密载体管理培训 3 次")),
    ("a.PDF", files.pdf()),
    ("a.docx", files.docx("印制宣传资料", "保密教育培训")),
    ("a.xlsx", files.xlsx("数量", "100000")),
    ("a.ofd", files.ofd()),
    ("a.png", files.png(4000, 6000)),
    ("a.jpg", files.jpeg(4000, 6000)),
    ("a.jpeg", files.jpeg() + b"\xff\xd8\xff\xe1 a second picture of the camera"),
    ("link.docx", files.docx(word___rels__document_DOT_xml_DOT_rels=RELS.format("hyperlink", "https://gov.example"))),
    (
        "wps.docx",
        files.docx(word___rels__settings_DOT_xml_DOT_rels=RELS.format("attachedTemplate", "file:///C:\\Normal.dotm")),
    ),
    ("chart.docx", files.docx(word__embeddings__Workbook1_DOT_xlsx=files.xlsx("1"))),
]


@pytest.mark.parametrize(("name", "data"), GOOD, ids=[name for name, _ in GOOD])
def test_honest_files_are_taken(tmp_path: Path, name: str, data: bytes) -> None:
    extension = name.rpartition(".")[2].lower().replace("jpeg", "jpg")
    assert verdict(tmp_path, name, data) == extension
    assert extension in set(Kind)


JS = b"<</Type /Action /S /JavaScript /JS (app.alert\\(1\\))>>"
CATALOG = b"<</Type /Catalog /Pages 2 0 R>>"
BAD = [
    ("macros", "a.docx", files.docx(word__vbaProject_DOT_bin=b"x")),
    ("macros", "a.xlsx", files.zipped({"[Content_Types].xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"})),
    ("macros", "a.xlsx", files.xlsx(xl__macrosheets__sheet1_DOT_xml="<x/>")),
    ("old_office", "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    ("content", "a.docx", files.xlsx("x")),
    ("content", "a.pdf", files.png()),
    ("content", "a.jpg", files.png()),
    ("kind", "a.pdf", b"<html><script>alert(1)</script></html>"),
    ("kind", "a.xlsx", "序号,名称\n1,x\n".encode()),
    ("kind", "a.png", b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1)"),
    ("kind", "a.exe", b"MZ"),
    ("kind", "a.doc", files.docx()),
    ("kind", "a", files.pdf()),
    ("archive", "a.docx", files.zipped({"x.txt": "x"})),
    ("archive", "a.docx", files.zipped({"[Content_Types].xml": "x"})),
    ("broken", "a.docx", files.docx()[:-30]),
    ("broken", "a.png", files.png()[:40]),
    ("broken", "a.jpg", files.jpeg()[:30]),
    ("broken", "a.pdf", files.pdf()[:200]),
    ("two_in_one", "a.docx", b"PK\x03\x04 something before" + files.docx()),
    ("two_in_one", "a.docx", files.docx() + b"x"),
    ("two_in_one", "a.pdf", files.pdf() + files.zipped({"x": "x"})),
    ("two_in_one", "a.png", files.png() + b"PK\x03\x04"),
    ("two_in_one", "a.jpg", files.jpeg() + b"%PDF-1.7"),
    ("two_in_one", "a.jpg", files.jpeg() + files.zipped({"x": "x"})),
    ("embedded", "a.docx", files.docx(word__media__image1_DOT_png=files.zipped({"x": "x"}))),
    ("embedded", "a.docx", files.docx(word__embeddings__oleObject1_DOT_bin=b"\xd0\xcf\x11\xe0")),
    ("macros", "a.docx", files.docx(word__embeddings__Book1_DOT_xlsx=files.xlsx(xl__vbaProject_DOT_bin=b"x"))),
    ("links", "a.docx", files.docx(word___rels__settings_DOT_xml_DOT_rels=RELS.format("attachedTemplate", "https://evil.example/t"))),
    ("links", "a.docx", files.docx(word___rels__document_DOT_xml_DOT_rels=RELS.format("image", "\\\\evil\\share\\x.png"))),
    ("declarations", "a.xlsx", files.xlsx(xl__worksheets__sheet1_DOT_xml='<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')),
    ("member_name", "a.docx", files.docx(**{"..__..__etc__passwd": "x"})),
    ("unpacked", "a.docx", files.zipped({f"m{number}": b"" for number in range(5_100)})),
    ("scripts", "a.pdf", files.raw_pdf(CATALOG, JS)),
    ("scripts", "a.pdf", files.raw_pdf(CATALOG, JS.replace(b"/JavaScript", b"/J#61vaScr#69pt"))),
    ("scripts", "a.pdf", files.raw_pdf(CATALOG, files.stream(JS, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"))),
    ("scripts", "a.pdf", files.raw_pdf(CATALOG, files.stream(JS, b"/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]"))),
    ("scripts", "a.pdf", files.raw_pdf(CATALOG, b"<</S /Launch /F (cmd.exe)>>")),
    ("embedded", "a.pdf", files.raw_pdf(CATALOG, b"<</Type /EmbeddedFile>>")),
    ("encrypted", "a.pdf", files.raw_pdf(CATALOG, b"<</Encrypt 5 0 R>>")),
    ("unpacked", "a.pdf", files.raw_pdf(CATALOG, files.stream(b"\x00" * 210_000_000))),
    ("picture_size", "a.png", files.png(50_000, 50_000)),
    ("picture_size", "a.jpg", files.jpeg(50_000, 50_000)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "name", "data"), BAD, ids=[f"{n}-{reason}-{name}" for n, (reason, name, _) in enumerate(BAD)]
)
@pytest.mark.slow
def test_what_must_not_be_taken_is_refused_with_its_reason(tmp_path: Path, reason: str, name: str, data: bytes) -> None:
    assert verdict(tmp_path, name, data) == reason


MARKED = [
    ("a.docx", files.docx("关于专项行动的方案", "（机密）★10年")),
    ("a.docx", files.docx(word__header1_DOT_xml="<w:p><w:t>秘密★5年</w:t></w:p>")),
    ("a.xlsx", files.xlsx("绝密资料")),
    ("a.xlsx", files.xlsx(sheet="经费（密）")),
    ("a.xlsx", files.xlsx("&#65288;&#23494;&#65289;")),
    ("a.ofd", files.ofd("秘密★1年")),
    ("a.pdf", files.pdf("机密★10年", "关于印发工作方案的通知")),
    ("a.pdf", files.pdf("秘密", "关于印发工作方案的通知")),
    ("a.docx", files.docx(word__embeddings__Book1_DOT_xlsx=files.xlsx("（绝密）"))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), MARKED, ids=[f"{n}-{name}" for n, (name, _) in enumerate(MARKED)])
@pytest.mark.slow
def test_marks_of_secrecy_are_found_inside(tmp_path: Path, name: str, data: bytes) -> None:
    assert verdict(tmp_path, name, data) == "marked_content"


def test_a_word_broken_where_the_line_ends_is_no_mark(tmp_path: Path) -> None:
    long = "严格遵守保守国家秘密法律法规和单位保密制度，" * 40
    assert verdict(tmp_path, "a.pdf", files.pdf(long)) == "pdf"


@pytest.mark.slow
def test_a_bomb_is_refused_in_time(tmp_path: Path) -> None:
    data = files.bomb()
    assert len(data) < 1_000_000
    before = time.monotonic()
    assert verdict(tmp_path, "a.xlsx", data) == "unpacked"
    assert time.monotonic() - before < SECONDS


def test_what_kills_or_stalls_the_child_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.uploads.examine.SECONDS", 0.001)
    assert verdict(tmp_path, "a.pdf", files.pdf()) == "unreadable"
    monkeypatch.setattr("service.uploads.examine.SECONDS", SECONDS)
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert verdict(tmp_path, "a.pdf", files.pdf()) == "unreadable"
