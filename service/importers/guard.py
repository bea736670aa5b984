"""What kind of container a file is, and whether it may be opened at all: macros, passwords, links and tricks are refused.

Nothing here opens a file; it looks at bytes. Only then does a library see it, in the process that has limits.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from service.importers.archive import unpacked
from service.importers.marked_comments import refuse_marked_comments
from service.importers.unreadable import UnreadableForm


class Container(StrEnum):
    """Binary files that a reader exists for."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    DOCX = "docx"
    PDF = "pdf"


class Guarded(NamedTuple):
    """A file that may be opened; `members` are those of a ZIP container, unpacked."""

    container: Container
    members: Mapping[str, bytes]


ZIP, COMPOUND, PDF = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_ZIP_END = b"PK\x05\x06"
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?[^<]*+\s*+)*+<!")
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_MACRO_NAMES = re.compile(
    r"(?:^|/)(?:vba\w*\.(?:bin|xml)|macrosheets/|dialogsheets/|activeX/)|^Scripts/|^Basic/(?!script-l[bc]\.xml$)"
)
_XML = (".xml", ".rels")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
# Streams of an old compound file, by the names that stand in its directory.
_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("_VBA_PROJECT", "macros"),
    ("WordDocument", "old_word"),
)


def is_binary(data: bytes) -> bool:
    """Whether a reader for containers is asked, and not the one for text."""
    return data.startswith((ZIP, COMPOUND, PDF))


def guarded(data: bytes) -> Guarded:
    """The container, when it may be opened. Raises UnreadableForm with the reason why not."""
    if data.startswith(PDF):
        if _ZIP_END in data[-0x10100:]:
            raise UnreadableForm("polyglot")
        return Guarded(Container.PDF, {})
    if data.startswith(COMPOUND):
        return Guarded(_compound(data), {})
    members = unpacked(data)
    container = _container(members)
    _refuse_active(members)
    refuse_marked_comments(members)
    return Guarded(container, members)


def _compound(data: bytes) -> Container:
    for name, reason in _STREAMS:
        if name.encode("utf-16-le") in data:
            raise UnreadableForm(reason)
    if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") in data:
        return Container.XLS
    raise UnreadableForm("unknown_container")


def _container(members: Mapping[str, bytes]) -> Container:
    if members.get("mimetype", b"").strip() == _ODS:
        if b"encryption-data" in members.get("META-INF/manifest.xml", b""):
            raise UnreadableForm("encrypted")
        return Container.ODS
    if "OFD.xml" in members:
        raise UnreadableForm("ofd")
    if "[Content_Types].xml" in members:
        if "xl/workbook.xml" in members:
            return Container.XLSX
        if "word/document.xml" in members:
            return Container.DOCX
    raise UnreadableForm("archive")


def _refuse_active(members: Mapping[str, bytes]) -> None:
    """No macros, no entities, nothing that is fetched from elsewhere when the file is opened."""
    if b"macroEnabled" in members.get("[Content_Types].xml", b""):
        raise UnreadableForm("macros")
    for name, content in members.items():
        if _MACRO_NAMES.search(name):
            raise UnreadableForm("macros")
        if name.startswith("xl/externalLinks/"):
            raise UnreadableForm("external_links")
        if name.endswith(_XML):
            if content.startswith(_WIDE_MARKS) or _has_declarations(content):
                raise UnreadableForm("xml_declarations")
            if name.endswith(".rels") and b"External" in content:
                _refuse_external(content)


def _has_declarations(content: bytes) -> bool:
    """A DTD stands before the root element or nowhere; only a file with something there is searched."""
    return _PROLOG.match(content) is not None and _DECLARATIONS.search(content) is not None


def _refuse_external(relationships: bytes) -> None:
    """A hyperlink that somebody may click is fine; templates, pictures and objects from elsewhere are not."""
    for match in _RELATIONSHIP.finditer(relationships):
        if b'"External"' in match[0] and b"/hyperlink" not in match[0]:
            raise UnreadableForm("external_links")
