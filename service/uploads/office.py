"""DOCX, XLSX and OFD: ZIP containers, looked into member by member and never unpacked beyond what they say."""

from __future__ import annotations

import html
import re
import stat
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as DeflateError  # noqa: N812 - named like an error

from service.uploads.kinds import Kind, UnfitFileError

MOST_MEMBERS: Final = 5_000
MOST_UNPACKED: Final = 300 * 1024 * 1024
MOST_RATIO: Final = 200
RATIO_COUNTS_FROM: Final = 4 * 1024 * 1024
LARGEST_XML: Final = 64 * 1024 * 1024

_MAIN: Final = {
    b"wordprocessingml.document.main+xml": Kind.DOCX,
    b"spreadsheetml.sheet.main+xml": Kind.XLSX,
}
_BAD_NAME = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|[\\:\x00-\x1f]|//")
_MACROS = re.compile(r"(?:^|/)(?:vba\w*\.(?:bin|xml)|macrosheets/|dialogsheets/|activeX/)", re.IGNORECASE)
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
# Fetched from another machine when the file is opened. A template or a picture on the writer's own disk is not.
_ELSEWHERE = re.compile(rb"""\bTarget\s*=\s*["'](?!file:///?[A-Za-z]:)(?:[a-z][a-z+.-]+:|\\\\|//)""", re.IGNORECASE)
_XML: Final = (".xml", ".rels", ".vml", ".xbrl")
_MOST_DEPTH: Final = 1  # a chart in a document brings its workbook along
# Other containers and programs: an attachment holds no attachments, for nobody would look into those.
_NESTED: Final = (
    b"PK\x03\x04",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b\x08",
    b"\xd0\xcf\x11\xe0",
    b"%PDF-",
    b"MZ",
    b"\x7fELF",
)
_ENDS = re.compile(
    r"</(?:\w+:)?(?:p|si|is|c|TextObject|title|comment|oddHeader|oddFooter|lpstr)>|<(?:\w+:)?(?:br|tab|cr)\b[^>]*>"
)
_SHEET = re.compile(r'<(?:\w+:)?sheet\b[^>]*\bname="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_SCRIPTS: Final = (b"<ofd:JavaScript", b"<JavaScript", b'Action="JavaScript')


def kind_of(archive: ZipFile) -> Kind:
    """What the container says that it is. Raises UnfitFileError for anything else."""
    names = set(archive.namelist())
    if "OFD.xml" in names:
        if b"www.ofdspec.org" not in _member(archive, archive.getinfo("OFD.xml")):
            raise UnfitFileError("broken")
        return Kind.OFD
    if "[Content_Types].xml" not in names:
        raise UnfitFileError("archive")
    types = _member(archive, archive.getinfo("[Content_Types].xml"))
    if b"macroEnabled" in types:
        raise UnfitFileError("macros")
    found = {kind for sign, kind in _MAIN.items() if sign in types}
    if len(found) != 1:
        raise UnfitFileError("archive")
    return found.pop()


def opened(file: BinaryIO, *, size: int) -> ZipFile:
    """The container, when its directory is honest and it is nothing else besides. Raises UnfitFileError."""
    try:
        archive = ZipFile(file)
    except (BadZipFile, NotImplementedError, OSError, ValueError) as fault:
        raise UnfitFileError("broken") from fault
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise UnfitFileError("unpacked")
    if len({one.filename.lower() for one in members}) != len(members):
        raise UnfitFileError("broken")
    first = min((one.header_offset for one in members), default=1)
    if first or archive.comment or not _ends_there(file, size):
        raise UnfitFileError("two_in_one")
    total = 0
    for one in members:
        total += one.file_size
        _check_member(one)
    if total > MOST_UNPACKED:
        raise UnfitFileError("unpacked")
    return archive


def _ends_there(file: BinaryIO, size: int) -> bool:
    """The last record of the directory is the end of the file."""
    file.seek(size - 22)
    return file.read(4) == b"PK\x05\x06"


def _check_member(one: ZipInfo) -> None:
    if _BAD_NAME.search(one.filename) or stat.S_ISLNK(one.external_attr >> 16):
        raise UnfitFileError("member_name")
    if one.flag_bits & 0x1:
        raise UnfitFileError("encrypted")
    if one.file_size > RATIO_COUNTS_FROM and one.file_size > MOST_RATIO * max(one.compress_size, 1):
        raise UnfitFileError("unpacked")


def check_members(archive: ZipFile, *, depth: int = 0) -> Iterator[str]:
    """Look into every member; gives the texts of the XML ones. Raises UnfitFileError."""
    for one in archive.infolist():
        if _MACROS.search(one.filename):
            raise UnfitFileError("macros")
        if "/embeddings/" in one.filename:
            yield from _embedded(archive, one, depth)
        elif one.filename.lower().endswith(_XML):
            content = _member(archive, one)
            _check_xml(one.filename, content)
            if not one.filename.endswith(".rels"):
                yield from texts(content.decode("utf-8", "replace"))
        elif _head(archive, one).startswith(_NESTED):
            raise UnfitFileError("embedded")


def _embedded(archive: ZipFile, one: ZipInfo, depth: int) -> Iterator[str]:
    """A workbook or document inside has to be as harmless as the one around it."""
    content = _member(archive, one)
    if depth >= _MOST_DEPTH or not content.startswith(b"PK\x03\x04"):
        raise UnfitFileError("embedded")
    inner = opened(BytesIO(content), size=len(content))
    kind_of(inner)
    yield from check_members(inner, depth=depth + 1)


def _check_xml(name: str, content: bytes) -> None:
    if content.startswith(_WIDE) or _DECLARATIONS.search(content):
        raise UnfitFileError("declarations")
    if any(sign in content for sign in _SCRIPTS):
        raise UnfitFileError("scripts")
    if name.endswith(".rels") and b"External" in content:
        for match in _RELATIONSHIP.finditer(content):
            if b"/hyperlink" not in match[0] and b"External" in match[0] and _ELSEWHERE.search(match[0]):
                raise UnfitFileError("links")


def texts(xml: str) -> Iterator[str]:
    """The running texts of an XML member: one for each paragraph, cell or text object, its runs joined."""
    for name in _SHEET.findall(xml):
        yield html.unescape(name)
    start = 0
    for end in _ENDS.finditer(xml):
        words = _TAG.sub("", xml[start : end.start()])
        start = end.end()
        if words and not words.isspace():
            yield html.unescape(words)
    words = _TAG.sub("", xml[start:])
    if words and not words.isspace():
        yield html.unescape(words)


def _head(archive: ZipFile, one: ZipInfo) -> bytes:
    try:
        with archive.open(one) as member:
            return member.read(16)
    except (BadZipFile, NotImplementedError, DeflateError, OSError, EOFError, ValueError) as fault:
        raise UnfitFileError("broken") from fault


def _member(archive: ZipFile, one: ZipInfo) -> bytes:
    """The content. `zipfile` unpacks no more than the directory promised, and that is bounded."""
    if one.file_size > LARGEST_XML:
        raise UnfitFileError("unpacked")
    try:
        return archive.read(one)
    except (BadZipFile, NotImplementedError, DeflateError, OSError, EOFError, ValueError) as fault:
        raise UnfitFileError("broken") from fault
