"""A zip of form files: what is in it, bounded before anything is unpacked, and one file of it at a time.

Refused as a whole, in one sentence: more files than a city has units, a file larger than a form can be, a path that leads
out of the folder, links, passwords, entries that share their bytes (the trick of the densest zip bombs).
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from workflows.errors import InvalidRequest

LARGEST_ZIP: Final = 64 * 1024 * 1024  # bytes; a thousand workbooks have some 20 MB
LARGEST_MEMBER: Final = 2 * 1024 * 1024  # bytes; what a single import takes
MOST_FILES: Final = 1000
MOST_MEMBERS: Final = 4 * MOST_FILES  # folders and what systems leave behind included
LONGEST_NAME: Final = 200

KINDS: Final = frozenset("xlsx xls ods et docx pdf txt csv tsv json".split())
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Member:
    """A form file in a zip: its place in the directory, its name as shown, its size unpacked by the directory (bytes)."""

    index: int
    name: str
    size: int


def members_of(stream: BinaryIO, *, size: int) -> tuple[Member, ...]:
    """The form files of a zip of `size` bytes, in its order. Nothing is unpacked. Raises InvalidRequest, field `file`."""
    if size > LARGEST_ZIP:
        raise _refused("zip_too_large", limit=LARGEST_ZIP // 1024 // 1024)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise _refused("zip_damaged") from error
    if len(entries) > MOST_MEMBERS:
        raise _refused("zip_too_many", limit=MOST_FILES)
    _refuse_shared_bytes(entries, size=size)
    found = [_member(index, entry) for index, entry in enumerate(entries) if not _is_left_behind(entry)]
    if not found:
        raise _refused("zip_empty")
    if len(found) > MOST_FILES:
        raise _refused("zip_too_many", limit=MOST_FILES)
    return tuple(found)


def member_bytes(stream: BinaryIO, index: int) -> bytes:
    """One file, unpacked to at most a byte more than is allowed, whatever its header claims. Raises InvalidRequest."""
    try:
        with zipfile.ZipFile(stream) as archive, archive.open(archive.infolist()[index]) as member:
            data = member.read(LARGEST_MEMBER + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        IndexError,
    ) as error:
        raise _refused("zip_member_damaged") from error
    if len(data) > LARGEST_MEMBER:
        raise InvalidRequest("file_too_large", field="file", limit=str(LARGEST_MEMBER // 1024))
    return data


def _member(index: int, entry: zipfile.ZipInfo) -> Member:
    name = shown_name(entry)
    short = name[-80:]
    if _leads_out(entry.filename) or _leads_out(name) or stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused("zip_unsafe_name", name=short)
    if entry.flag_bits & _ENCRYPTED:
        raise _refused("zip_encrypted", name=short)
    if entry.compress_type not in _METHODS:
        raise _refused("zip_method", name=short)
    if PurePosixPath(name).suffix.lower().lstrip(".") not in KINDS:
        raise _refused("zip_foreign_file", name=short)
    if entry.file_size > LARGEST_MEMBER:
        raise _refused("zip_member_too_large", name=short, limit=LARGEST_MEMBER // 1024 // 1024)
    return Member(index, name[-LONGEST_NAME:], entry.file_size)


def shown_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry as its writer meant it, without what steers a terminal.

    Windows in Chinese writes GBK without saying so; `zipfile` reads such bytes as code page 437.
    """
    name = entry.filename
    if not entry.flag_bits & _UTF8:
        raw = name.encode("cp437", "replace")
        name = next((text for text in (_decoded(raw, "utf-8"), _decoded(raw, "gb18030")) if text is not None), name)
    return "".join(char if char.isprintable() else "?" for char in name)


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _leads_out(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/") or "\0" in plain


def _is_left_behind(entry: zipfile.ZipInfo) -> bool:
    """Folders, and files of which nobody knows that they are there: thumbnails, lock files of Office, resource forks."""
    parts = entry.filename.replace("\\", "/").split("/")
    last = parts[-1]
    return entry.is_dir() or "__MACOSX" in parts or last.startswith((".", "~$")) or last in ("Thumbs.db", "desktop.ini")


def _refuse_shared_bytes(entries: Sequence[zipfile.ZipInfo], *, size: int) -> None:
    reached = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < reached:
            raise _refused("zip_damaged")
        reached = entry.header_offset + entry.compress_size
    if reached > size:
        raise _refused("zip_damaged")


def _refused(reason: str, **params: object) -> InvalidRequest:
    return InvalidRequest(reason, field="file", **{name: str(value) for name, value in params.items()})
