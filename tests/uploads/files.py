"""Small files for uploads, made here byte by byte: whole ones, and ones that must not be taken."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final, cast

import typst

from tests.chromium import FONTS

TYPES: Final = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/x.xml" ContentType="application/vnd.openxmlformats-officedocument.{}.main+xml"/></Types>'
EICAR: Final = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A container with these members, packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # of no particular time
    return out.getvalue()


def docx(*paragraphs: str, **members: str | bytes) -> bytes:
    """A document with these paragraphs; `members` by names in which `__` is a slash and a last `_` a dot."""
    text = "".join(f"<w:p><w:r><w:t>{one[:2]}</w:t></w:r><w:r><w:t>{one[2:]}</w:t></w:r></w:p>" for one in paragraphs)
    more = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in members.items()}
    return zipped(
        {
            "[Content_Types].xml": TYPES.format("wordprocessingml.document"),
            "word/document.xml": f"<w:document><w:body>{text or '<w:p/>'}</w:body></w:document>",
            **more,
        }
    )


def xlsx(*cells: str, sheet: str = "Sheet1", **members: str | bytes) -> bytes:
    """A workbook with these shared strings."""
    strings = "".join(f"<si><r><t>{one[:1]}</t></r><r><t>{one[1:]}</t></r></si>" for one in cells)
    more = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in members.items()}
    return zipped(
        {
            "[Content_Types].xml": TYPES.format("spreadsheetml.sheet"),
            "xl/workbook.xml": f'<workbook><sheets><sheet name="{sheet}" sheetId="1"/></sheets></workbook>',
            "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
            **more,
        }
    )


def ofd(text: str = "佐证材料") -> bytes:
    """An OFD document with one line."""
    return zipped(
        {
            "OFD.xml": '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" DocType="OFD"/>',
            "Doc_0/Pages/Page_0/Content.xml": f"<ofd:TextObject><ofd:TextCode>{text}</ofd:TextCode></ofd:TextObject>",
        }
    )


def pdf(*lines: str) -> bytes:
    """A real PDF with a text layer."""
    source = '#set text(font: "Noto Sans SC")\n' + "\n\n".join(lines or ("佐证材料",))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    compiler = typst.Compiler(source.encode(), font_paths=fonts)
    return cast(bytes, compiler.compile(format="pdf"))


def raw_pdf(*objects: bytes, end: bytes = b"%%EOF\n") -> bytes:
    """A PDF by hand: what it holds is looked at before any library opens it."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer <</Root 1 0 R>>\nstartxref\n0\n" + end


def stream(content: bytes, head: bytes = b"/Filter /FlateDecode") -> bytes:
    """A packed stream of a PDF."""
    return b"<<%s>>\nstream\n%s\nendstream" % (head, zlib.compress(content))


def png(width: int = 2, height: int = 2) -> bytes:
    """A grey picture that claims to have this size."""
    rows = zlib.compress(b"\x00" * min((width + 1) * height, 4096))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(width: int = 2, height: int = 2) -> bytes:
    """The segments of a JPEG of this size, with a scan of nothing."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
         b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x11\x22\x33" + b"\xff\xd9"
    )  # fmt: skip


def bomb() -> bytes:
    """A workbook of a few hundred kB that unpacks to 400 MB."""
    return xlsx(xl__worksheets__sheet1_DOT_xml=b"<c/>" * 100_000_000)


def swapped(data: bytes, old: bytes, new: bytes) -> bytes:
    """The same with one name in it changed everywhere, directory included; both names have one length."""
    assert len(old) == len(new)
    return data.replace(old, new)
