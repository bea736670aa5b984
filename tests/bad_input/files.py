"""Files that nobody should open blindly (the guide's C), each made here from few bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import openpyxl

from tests.web.filling import SEED

BOOK: Final = SEED.parents[1] / "importers" / "data" / "seed.xlsx"
_SHEET = "xl/worksheets/sheet1.xml"
_EMPTY = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s'
    b"<sheetData>%s</sheetData></worksheet>"
)


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file: what it is by the guide, the name that it comes with, and its bytes when they are asked for."""

    number: int
    name: str
    filename: str
    data: Callable[[], bytes]

    @property
    def id(self) -> str:
        """Its name in the run."""
        return f"{self.number}-{self.name.replace(' ', '-')}"


def _with(changes: Mapping[str, bytes], *, base: bytes | None = None) -> bytes:
    """The seed's workbook with members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base or BOOK.read_bytes())) as old, zipfile.ZipFile(out, "w", 8) as new:
        for member in old.namelist():
            if member not in changes:
                new.writestr(member, old.read(member))
        for name, data in changes.items():
            new.writestr(name, data)
    return out.getvalue()


def _edited(edit: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.load_workbook(BOOK)
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _bomb() -> bytes:
    return _with({_SHEET: _EMPTY % (b"", b'<row r="1"><c r="A1"><v>1</v></c></row>' * 2_000_000)})


def _lie() -> bytes:
    """Says that it has 1,048,576 rows of 16,384 cells, and has one."""
    return _with(
        {
            _SHEET: _EMPTY
            % (b'<dimension ref="A1:XFD1048576"/>', b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        }
    )


def _small_in_its_header() -> bytes:
    data = bytearray(_with({"xl/comments1.xml": b"\0" * 3_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def _entities(declared: bytes) -> bytes:
    head = b'<?xml version="1.0"?><!DOCTYPE worksheet [' + declared + b"]>"
    return _with(
        {_SHEET: head + _EMPTY[21:] % (b"", b'<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>')}
    )


def _laughs() -> bytes:
    lines = b"".join(b'<!ENTITY %c "%s">' % (97 + at, b"&%c;" % (98 + at) * 10) for at in range(9))
    return _entities(lines + b'<!ENTITY j "ha">')


def _external() -> bytes:
    relation = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" Target="http://x.invalid/a.xlsx" TargetMode="External"/></Relationships>'
    return _with(
        {
            "xl/externalLinks/_rels/externalLink1.xml.rels": relation,
            "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
        }
    )


def _twice(book: openpyxl.Workbook) -> None:
    book.copy_worksheet(book.active)


def _hidden(book: openpyxl.Workbook) -> None:
    book.active.row_dimensions[8].hidden = True


def _errors(book: openpyxl.Workbook) -> None:
    for row in book.active:
        for cell in row:
            if cell.value in ("69", 69):
                cell.value = "=#REF!"


def _marks(book: openpyxl.Workbook) -> None:
    for row in book.active:
        for cell in row:
            if cell.value == "扫黑除恶工作":
                cell.value = "【密】（机密）★10年"


def _hidden_sheet(book: openpyxl.Workbook) -> None:
    """The form alone on a sheet that nobody sees."""
    book.create_sheet("说明", 0)
    book.active = 0
    book.worksheets[1].sheet_state = "veryHidden"


def _hidden_second(book: openpyxl.Workbook) -> None:
    book.copy_worksheet(book.active).sheet_state = "veryHidden"


def _merged(book: openpyxl.Workbook) -> None:
    """Over cells of the first task: its amount is swallowed."""
    sheet = book.active
    at = next(cell for row in sheet for cell in row if cell.value == "扫黑除恶工作")
    sheet.merge_cells(start_row=at.row, start_column=at.column, end_row=at.row, end_column=at.column + 3)


def _repeated_head(book: openpyxl.Workbook) -> None:
    """As after a page break, its words cut by the line."""
    sheet = book.active
    head = next(cell.row for row in sheet for cell in row if cell.value == "三级指标")
    words = [str(cell.value or "").replace("指标", "指\n标") for cell in sheet[head]]
    last = max(cell.row for row in sheet for cell in row if cell.value)
    sheet.insert_rows(last - 2)
    for cell, word in zip(sheet[last - 2], words, strict=True):
        if type(cell).__name__ == "Cell":
            cell.value = word or None


def _formula(book: openpyxl.Workbook) -> None:
    """A sum instead of a number, and no value kept beside it."""
    for row in book.active:
        for cell in row:
            if str(cell.value) in ("1263.12", "1263.1200"):
                cell.value = "=560.25+702.87"


def _numbers_as_text(book: openpyxl.Workbook) -> None:
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in book.active:
        for cell in row:
            if isinstance(cell.value, int | float):
                cell.value, cell.data_type = f"{cell.value}\u00a0", "s"


def _comment(book: openpyxl.Workbook) -> None:
    for row in book.active:
        for cell in row:
            if cell.value == "扫黑除恶工作":
                cell.comment = openpyxl.comments.Comment("（机密）★10年", "甲")


def _empty_rows() -> bytes:
    """A million rows that have a height and nothing else, after the form."""
    sheet = zipfile.ZipFile(BOOK).read(_SHEET)
    rows = b"".join(b'<row r="%d" ht="15"/>' % at for at in range(200, 1_000_000))
    return _with({_SHEET: sheet.replace(b"</sheetData>", rows + b"</sheetData>")})


def _link_out() -> bytes:
    """A member that is a symbolic link."""
    out = io.BytesIO(BOOK.read_bytes())
    with zipfile.ZipFile(out, "a") as archive:
        member = zipfile.ZipInfo("xl/media/link.xml")
        member.create_system, member.external_attr = 3, 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    return out.getvalue()


def _for_macros() -> bytes:
    types = zipfile.ZipFile(BOOK).read("[Content_Types].xml")
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    assert plain in types
    return _with({"[Content_Types].xml": types.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")})


def _dde() -> bytes:
    return _with(
        {
            "xl/externalLinks/externalLink1.xml": b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
        }
    )


def _remote_picture() -> bytes:
    relation = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="http://x.invalid/a.png" TargetMode="External"/></Relationships>'
    return _with({"xl/drawings/_rels/drawing1.xml.rels": relation, "xl/drawings/drawing1.xml": b"<wsDr/>"})


def _text(**changes: str) -> bytes:
    table = SEED.read_text("utf-8")
    for old, new in changes.items():
        table = table.replace(old, new)
    return table.encode()


_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
FILES: Final = (
    BadFile(42, "a zip bomb", "a.xlsx", _bomb),
    BadFile(43, "a lie about its size", "a.xlsx", _lie),
    BadFile(44, "a member larger than it says", "a.xlsx", _small_in_its_header),
    BadFile(45, "a workbook in a zip in a zip", "a.xlsx", lambda: _zip({"a.zip": _zip({"a.xlsx": BOOK.read_bytes()})})),
    BadFile(45, "a member with a path out", "a.xlsx", lambda: _with({"../../etc/x": b"1"})),
    BadFile(45, "five thousand members", "a.xlsx", lambda: _with({f"xl/media/{at}.xml": b"" for at in range(5000)})),
    BadFile(46, "macros inside", "a.xlsx", lambda: _with({"xl/vbaProject.bin": b"Attribute VB_Name"})),
    BadFile(47, "a password", "a.xlsx", lambda: _OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512),
    BadFile(47, "an old file cut short", "a.xls", lambda: _OLE),
    BadFile(48, "a page that calls itself a workbook", "a.xls", lambda: b"<html><table><tr><td>1</td></tr></table></html>"),
    BadFile(48, "text that calls itself a workbook", "a.xlsx", lambda: b"a,b,c\n1,2,3\n"),
    BadFile(48, "a picture that is a script", "a.xlsx", lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"),
    BadFile(48, "a PDF that is a zip", "a.pdf", lambda: b"%PDF-1.7\n" + BOOK.read_bytes()),
    BadFile(49, "entities that multiply", "a.xlsx", _laughs),
    BadFile(49, "an entity from outside", "a.xlsx", lambda: _entities(b'<!ENTITY a SYSTEM "file:///etc/passwd">')),
    BadFile(50, "links to elsewhere", "a.xlsx", _external),
    BadFile(51, "the same sheet twice", "a.xlsx", lambda: _edited(_twice)),
    BadFile(51, "a hidden row", "a.xlsx", lambda: _edited(_hidden)),
    BadFile(45, "a member that is a link", "a.xlsx", _link_out),
    BadFile(46, "a workbook for macros without any", "a.xlsm", _for_macros),
    BadFile(47, "a workbook of another office", "a.et", lambda: _OLE),
    BadFile(50, "a link that runs a program", "a.xlsx", _dde),
    BadFile(50, "a picture from elsewhere", "a.xlsx", _remote_picture),
    BadFile(51, "another name of the sheet", "a.xlsx", lambda: _edited(lambda book: setattr(book.active, "title", "Sheet99"))),
    BadFile(51, "a form on a hidden sheet", "a.xlsx", lambda: _edited(_hidden_sheet)),
    BadFile(51, "a second form on a hidden sheet", "a.xlsx", lambda: _edited(_hidden_second)),
    BadFile(52, "merged over key columns", "a.xlsx", lambda: _edited(_merged)),
    BadFile(52, "the head again in the middle", "a.xlsx", lambda: _edited(_repeated_head)),
    BadFile(53, "a formula without its value", "a.xlsx", lambda: _edited(_formula)),
    BadFile(54, "numbers as text, days from 1904", "a.xlsx", lambda: _edited(_numbers_as_text)),
    BadFile(55, "no numbers", "a.txt", lambda: _text(**{"\n2\t": "\n\t", "\n3\t": "\n\t"})),
    BadFile(57, "a row that is wrong among many", "a.txt", lambda: _text(**{"\t100000\t": "\t十万\t"})),
    BadFile(59, "a million empty rows", "a.xlsx", _empty_rows),
    BadFile(60, "a mark in a comment", "a.xlsx", lambda: _edited(_comment)),
    BadFile(53, "an error for a value", "a.xlsx", lambda: _edited(_errors)),
    BadFile(55, "numbers that begin again", "a.txt", lambda: _text(**{"\n2\t": "\n1\t"})),
    BadFile(56, "sums that differ", "a.txt", lambda: _text(**{"\t1263.12": "\t1263.13"})),
    BadFile(60, "marks of secrecy in other spellings", "a.xlsx", lambda: _edited(_marks)),
    BadFile(34, "bytes that are no text", "a.txt", lambda: b"\xff\xfe\x00" + b"\x81" * 40),
    BadFile(34, "GB18030", "a.txt", lambda: SEED.read_text("utf-8").encode("gb18030")),
    BadFile(34, "UTF-16 with its mark", "a.txt", lambda: SEED.read_text("utf-8").encode("utf-16")),
    BadFile(32, "five megabytes", "a.txt", lambda: SEED.read_bytes() + b"x" * (5 * 1024 * 1024)),
)  # fmt: skip
