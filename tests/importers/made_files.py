"""Files for the table of bad files: the seed as a workbook with one thing changed, and containers that are traps."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
from openpyxl import Workbook

DATA = Path(__file__).with_name("data")
SEED_XLSX = DATA.joinpath("seed.xlsx").read_bytes()
SEED_DOCX = DATA.joinpath("seed.docx").read_bytes()
SEED_PDF = DATA.joinpath("seed.pdf").read_bytes()
SHEET = "xl/worksheets/sheet1.xml"

Change = Callable[[Workbook], None]


def workbook(change: Change | None = None) -> bytes:
    """The seed's workbook after `change` had its sheet (openpyxl)."""
    book = openpyxl.load_workbook(io.BytesIO(SEED_XLSX))
    if change is not None:
        change(book)
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def with_members(
    data: bytes, members: Mapping[str, bytes | str], *, drop: tuple[str, ...] = (), level: int = 6
) -> bytes:
    """The container with members put in or replaced."""
    stored = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target,
    ):
        for name in source.namelist():
            if name not in members and name not in drop:
                target.writestr(name, source.read(name))
        for name, content in members.items():
            target.writestr(name, content)
    return stored.getvalue()


def member(data: bytes, name: str) -> bytes:
    """One member of a container."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return source.read(name)


def edited(name: str, before: bytes, after: bytes, data: bytes = SEED_XLSX) -> bytes:
    """The container with bytes of one member replaced; they must be there."""
    content = member(data, name)
    assert before in content
    return with_members(data, {name: content.replace(before, after, 1)})


def with_mode(data: bytes, name: str, mode: int) -> bytes:
    """The container with one more member of this Unix mode."""
    stored = io.BytesIO(data)
    with zipfile.ZipFile(stored, "a") as target:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        target.writestr(info, b"/etc/passwd")
    return stored.getvalue()


def rows_bomb(rows: int) -> bytes:
    """A sheet of so many rows, each of one number: some kilobytes that unpack to a hundred times as much."""
    row = b"<row><c><v>1</v></c></row>" * 1000
    begin, end = member(SEED_XLSX, SHEET).split(b"<sheetData>", 1)
    content = begin + b"<sheetData>" + row * (rows // 1000) + end[end.index(b"</sheetData>") :]
    return with_members(SEED_XLSX, {SHEET: content}, level=9)


def understated(data: bytes, name: str, size: int) -> bytes:
    """The container whose directory says that a member has `size` bytes."""
    changed = bytearray(data)
    at = changed.rfind(b"PK\x01\x02", 0, changed.rfind(name.encode()))
    struct.pack_into("<I", changed, at + 24, size)
    return bytes(changed)


def overlapping(count: int) -> bytes:
    """Entries that all share the bytes of one packed member."""
    packed = zlib.compress(b"0" * 500_000, 9)[2:-4]
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), 500_000, 1, 0) + b"a"
    body = local + packed
    entry = (b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(packed), 500_000, 3, 0, 0, 0, 0, 0, 0)
    entries = b"".join(struct.pack("<4sHHHHHHIIIHHHHHII", *entry) + f"{at:03}".encode() for at in range(count))
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entries), len(body), 0)
    return body + entries + end


def pdf_of(text: str) -> bytes:
    """A one-page PDF with a text and no ruled line."""
    stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode("latin-1")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made = b"%PDF-1.4\n"
    offsets = []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(made)
    made += b"xref\n0 6\n0000000000 65535 f \n" + table
    return made + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
