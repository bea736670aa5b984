"""Bad files of every kind (reliability guide, section 4 C, 42-60): refused with the reason, or read with the change named."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from openpyxl import Workbook

from service.importers import ReadResult, UnreadableForm, limited, read_form
from tests.importers.made_files import (
    SEED_DOCX,
    SEED_PDF,
    SEED_XLSX,
    SHEET,
    edited,
    member,
    overlapping,
    pdf_of,
    rows_bomb,
    understated,
    with_members,
    with_mode,
    workbook,
)
from tests.workflows.documents import SEED, found, seed


class Kind(NamedTuple):
    """One bad file: the number in the guide, what it is, the bytes, and the key of its refusal."""

    number: int
    name: str
    make: Callable[[], bytes]
    refusal: str


def _encrypted() -> bytes:
    """An old compound file, as Excel wraps a workbook with a password."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


def _macro_stream() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook_VBA_PROJECT".encode("utf-16-le") + bytes(600)


def _password_bit() -> bytes:
    changed = bytearray(SEED_XLSX)
    changed[changed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def _two_sheets() -> bytes:
    return workbook(lambda book: book.copy_worksheet(book.active))


def _hidden_form(book: Workbook) -> None:
    book.create_sheet("说明")["A1"] = "填表说明"
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1


def _far_cell(book: Workbook) -> None:
    book.active["XFD1048576"] = "x"


_EXTERNAL = '<Relationship Id="rX" Type="http://x/attachedTemplate" Target="http://10.0.0.1/x" TargetMode="External"/>'
_DTD = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

REFUSED = [
    Kind(42, "bomb of rows", lambda: rows_bomb(600_000), "unpacked_ratio"),
    Kind(42, "bomb of spaces", lambda: with_members(SEED_XLSX, {"xl/x.xml": b" " * 90_000_000}, level=9), "unpacked_size"),
    Kind(42, "bomb of shared bytes", lambda: overlapping(40), "polyglot"),
    Kind(43, "a cell at the far end", lambda: workbook(_far_cell), "exhausted too_many_cells"),
    Kind(44, "member larger than it says", lambda: understated(SEED_XLSX, SHEET, 100), "member_size"),
    Kind(45, "zip in the zip", lambda: with_members(SEED_XLSX, {"xl/embeddings/a.xlsx": SEED_XLSX}), "nested_archive"),
    Kind(45, "100,000 members", lambda: with_members(SEED_XLSX, {f"x/{at}": b"" for at in range(2_000)}), "too_many_members"),
    Kind(45, "link", lambda: with_mode(SEED_XLSX, "xl/link", stat.S_IFLNK | 0o777), "member_link"),
    Kind(45, "path out", lambda: with_members(SEED_XLSX, {"../../etc/x": b""}), "member_name"),
    Kind(45, "absolute path", lambda: with_members(SEED_XLSX, {"/etc/x": b""}), "member_name"),
    Kind(46, "macros inside", lambda: with_members(SEED_XLSX, {"xl/vbaProject.bin": b"x"}), "macros"),
    Kind(46, "macro workbook", lambda: edited("[Content_Types].xml", b"sheet.main+xml", b"sheet.macroEnabled.main+xml"), "macros"),
    Kind(46, "macro sheet", lambda: with_members(SEED_XLSX, {"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
    Kind(46, "macros in an old workbook", _macro_stream, "macros"),
    Kind(47, "password", _encrypted, "encrypted"),
    Kind(47, "password of the zip", _password_bit, "encrypted"),
    Kind(47, "cut workbook", lambda: SEED_XLSX[:-300], "broken_container"),
    Kind(47, "cut PDF", lambda: SEED_PDF[:3000], "broken_container no_text_layer"),
    Kind(47, "nonsense in the zip", lambda: with_members(SEED_XLSX, {SHEET: b"<worksheet><sheetData><row>"}), "broken_workbook empty"),
    Kind(47, "compound file of nothing", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "unknown_container"),
    Kind(48, "web page renamed", lambda: b"<html><body><table><tr><td>\xe7\xbb\xa9\xe6\x95\x88</td></tr></table>", "markup"),
    Kind(48, "XML spreadsheet renamed", lambda: b'<?xml version="1.0"?><Workbook></Workbook>', "markup"),
    Kind(48, "picture renamed", lambda: b"GIF89a=1;alert(1)//", "picture"),
    Kind(48, "PDF and zip in one", lambda: SEED_PDF + SEED_XLSX, "polyglot"),
    Kind(48, "zip with something before", lambda: b"PK\x03\x04" + bytes(40) + SEED_XLSX, "polyglot broken_container"),
    Kind(48, "zip with something behind", lambda: SEED_XLSX + b"MZ" + bytes(100), "broken_container polyglot"),
    Kind(48, "plain zip", lambda: with_members(SEED_XLSX, {}, drop=("xl/workbook.xml",)), "archive"),
    Kind(49, "entities in a sheet", lambda: edited(SHEET, b"<worksheet", _DTD + b"<worksheet"), "xml_declarations"),
    Kind(49, "entities in a text", lambda: edited("word/document.xml", b"<w:document", _DTD + b"<w:document", SEED_DOCX), "xml_declarations"),
    Kind(50, "external workbook", lambda: with_members(SEED_XLSX, {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "external_links"),
    Kind(50, "remote template", lambda: edited("word/_rels/document.xml.rels", b"</Relationships>", _EXTERNAL.encode() + b"</Relationships>", SEED_DOCX), "external_links"),
    Kind(51, "two sheets with a form", _two_sheets, "two_sheets"),
    Kind(51, "form on a hidden sheet", lambda: workbook(_hidden_form), "hidden_form"),
    Kind(51, "no form at all", lambda: workbook(lambda book: book.active.delete_rows(1, 90)), "empty no_title"),
    Kind(63, "PDF without lines", lambda: pdf_of("Budget 2022"), "no_ruled_table"),
    Kind(63, "PDF without text", lambda: pdf_of(""), "no_text_layer no_ruled_table"),
]  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED, ids=lambda kind: f"{kind.number}-{kind.name}")
def test_refused_with_its_reason_in_time_and_memory(kind: Kind) -> None:
    data = kind.make()
    began = time.monotonic()
    with pytest.raises(UnreadableForm) as caught:
        read_form(data, "x.xlsx")
    took = time.monotonic() - began
    assert caught.value.message_key in kind.refusal.split()
    for lang in ("zh", "en"):
        assert "{" not in caught.value.sentence(lang)
    assert took < 6, "2 s on a machine of its own"
    assert read_form(SEED_XLSX, "x").document == seed()


def _set(cell: str, value: object) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book.active[cell] = value

    return change


def _cell_of(text: str) -> str:
    """The address of the seed's workbook where a text stands."""
    sheet = openpyxl.load_workbook(io.BytesIO(SEED_XLSX)).active
    assert sheet is not None
    return str(next(cell.coordinate for row in sheet.iter_rows() for cell in row if str(cell.value) == text))


def _hide_row(book: Workbook) -> None:
    book.active.row_dimensions[book.active[_cell_of("市级司法救助")].row].hidden = True


def _hidden_copy(book: Workbook) -> None:
    book.copy_worksheet(book.active).sheet_state = "veryHidden"


def _repeat_number(book: Workbook) -> None:
    """The row 市级司法救助 is the fifth; it gets the number of the fourth."""
    row = book.active[_cell_of("市级司法救助")].row
    number = next(cell for cell in book.active[row] if str(cell.value) == "5")
    number.value = 4


def _percent(book: Workbook) -> None:
    cell = book.active[_cell_of("88")]
    cell.value, cell.number_format = 0.88, "0%"


def _read(data: bytes) -> ReadResult:
    return read_form(data, "x.xlsx")


def _reasons(result: ReadResult) -> set[str]:
    return {change.reason for change in result.changes}


def test_43_size_that_is_a_lie_harms_nothing() -> None:
    sheet = member(SEED_XLSX, SHEET)
    begin = sheet.index(b'<dimension ref="')
    lie = sheet[:begin] + b'<dimension ref="A1:XFD1048576"' + sheet[sheet.index(b'"', begin + 16) + 1 :]
    assert _read(with_members(SEED_XLSX, {SHEET: lie})).document == seed()


def test_48_csv_with_the_name_of_a_workbook_is_read_as_what_it_is() -> None:
    assert read_form(SEED.read_bytes(), "x.xlsx").source["kind"] == "table_text"


def test_51_hidden_rows_are_read_and_named_and_a_hidden_copy_is_named() -> None:
    hidden = _read(workbook(_hide_row))
    assert hidden.document == seed()
    assert "hidden_row" in _reasons(hidden)
    assert "hidden_sheet" in _reasons(_read(workbook(_hidden_copy)))


def test_52_merged_cells_and_lines_broken_inside_a_cell() -> None:
    result = _read(workbook(_set(_cell_of("社会效益指 标"), "社会效益指\n标")))
    assert result.document == seed()


def test_53_errors_and_formulas_are_flagged_where_they_stand() -> None:
    address = _cell_of("1263.12")
    for value in ("=SUM(B1:B3)", "=1/0"):
        result = _read(workbook(_set(address, value)))
        assert result.document["budget"]["basic_expenditure"] == value
        assert "formula" in _reasons(result)
        assert [one.path for one in found(result.document, "A3")] == ["budget.basic_expenditure"]
        assert str(result.places["budget.basic_expenditure"]).endswith(f"!{address}")


def test_53_error_value() -> None:
    def broken(book: Workbook) -> None:
        book.active[_cell_of("1263.12")] = "#REF!"
        book.active[_cell_of("1263.12")].data_type = "e"

    result = _read(workbook(broken))
    assert result.document["budget"]["basic_expenditure"] == "#REF!"
    assert "formula" in _reasons(result)


def test_54_numbers_as_text_per_cent_as_shown_and_dates() -> None:
    assert _read(workbook(_set(_cell_of("1263.12"), "1,263.12"))).document == seed()
    assert _read(workbook(_percent)).document == seed()
    dated = _read(workbook(_set(_cell_of("69"), dt.date(2022, 3, 1))))
    assert dated.document["basic"]["fiscally_supported_headcount"] == "2022-03-01"
    assert found(dated.document, "A5") or found(dated.document, "A0")


def test_55_numbers_of_rows_that_repeat_are_reported() -> None:
    result = _read(workbook(_repeat_number))
    assert result.document == seed()
    assert "row_number" in _reasons(result)


def test_56_sums_that_do_not_foot_are_findings() -> None:
    result = _read(workbook(_set(_cell_of("560.25"), 561)))
    assert found(result.document, "A2")


def test_57_what_does_not_fit_is_refused_by_its_cell() -> None:
    def extra(book: Workbook) -> None:
        book.active["N5"] = "又一格"

    with pytest.raises(UnreadableForm) as caught:
        _read(workbook(extra))
    assert caught.value.message_key == "unknown_cell"
    assert caught.value.sentence("zh").split("：")[0].endswith("!N5")


def _with_empty_rows(count: int) -> bytes:
    rows = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % at for at in range(100, 100 + count))
    end = b"</sheetData>"
    return with_members(SEED_XLSX, {SHEET: member(SEED_XLSX, SHEET).replace(end, rows + end)})


def test_59_empty_rows_with_a_format_are_nothing_and_a_million_are_refused() -> None:
    assert _read(_with_empty_rows(50_000)).document == seed()
    with pytest.raises(UnreadableForm) as caught:
        _read(_with_empty_rows(1_000_000))
    assert caught.value.message_key == "unpacked_size"


@pytest.mark.parametrize("mark", ["(密)", "（ 密 ）", "﹙密﹚", "（密", "密）", "【密】", "（秘密）", "（机密）★10年"])
def test_60_marks_stay_as_they_stand(mark: str) -> None:
    document = _read(workbook(_set(_cell_of("开展司法救助。"), f"开展司法救助。{mark}"))).document
    assert document["other_tasks"][4]["content"].replace(" ", "") == f"开展司法救助。{mark}".replace(" ", "")
    assert found(document, "A16")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux")
def test_process_has_limits_no_secrets_and_dies_without_harm() -> None:
    read_form(SEED_XLSX, "x")
    child = limited._reader.child
    assert child is not None
    process = Path("/proc", str(child.process.pid))
    peak = re.search(r"VmHWM:\s+(\d+) kB", process.joinpath("status").read_text("utf-8"))
    assert peak is not None
    assert int(peak[1]) < 150 * 1024
    assert process.joinpath("environ").read_bytes() == b""
    os.kill(child.process.pid, 9)
    child.process.wait()
    assert read_form(SEED_XLSX, "x").document == seed()


def test_process_that_dies_over_a_file_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        limited, "_COMMAND", ("/bin/sh", "-c", "printf '\\000\\000\\000\\002{}'; head -c 20 >/dev/null; exit 1")
    )
    limited._reader.close()
    try:
        with pytest.raises(UnreadableForm) as caught:
            read_form(SEED_XLSX, "x")
        assert caught.value.message_key == "exhausted"
    finally:
        limited._reader.close()


def test_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "_COMMAND", ("/bin/sh", "-c", "printf '\\000\\000\\000\\002{}'; exec sleep 100"))
    monkeypatch.setattr(limited, "SECONDS", 0.2)
    limited._reader.close()
    try:
        with pytest.raises(UnreadableForm) as caught:
            read_form(SEED_XLSX, "x")
        assert caught.value.message_key == "exhausted"
    finally:
        limited._reader.close()
