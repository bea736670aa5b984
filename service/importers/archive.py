"""The members of a ZIP container (XLSX, DOCX, ODS), refused before anything is unpacked beyond what it says it holds.

Walked by hand and strictly, because the libraries that read workbooks trust what the directory says: a member may be
larger than its entry, overlap another one, carry a path or a link, and a bomb is found only by unpacking it.
Source of the limits: a form has some 10 kB; measured bombs had 4 million rows in 259 kB.
"""

import re
import stat
import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from service.importers.unreadable import UnreadableForm

MAX_UNPACKED = 24 * 1024 * 1024
MAX_RATIO = 100
MAX_MEMBERS = 1_000
_RATIO_COUNTS_FROM = 2 * 1024 * 1024

_END = struct.Struct("<4sHHHHIIH")
_ENTRY = struct.Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_END_SIGN, _ENTRY_SIGN, _LOCAL_SIGN = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 0xFFFF
_ENCRYPTED, _UTF8_NAME = 0x1, 0x800
_STORED, _DEFLATED = 0, 8
_UNIX = 3
_BAD_NAME = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|[\\:\x00-\x1f]|//")
_NESTED = (_LOCAL_SIGN, b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


class _Entry(NamedTuple):
    """What the directory says of a member: sizes in bytes, `offset` that of its local header."""

    name: str
    method: int
    packed: int
    unpacked: int
    offset: int


def unpacked(data: bytes) -> Mapping[str, bytes]:
    """Every member by its name, proven to be as long as it says. Raises UnreadableForm with the first thing amiss."""
    entries = _directory(data)
    if sum(entry.unpacked for entry in entries) > MAX_UNPACKED:
        raise UnreadableForm("unpacked_size", params={"limit": str(MAX_UNPACKED // 1024 // 1024)})
    for entry in entries:
        if entry.unpacked > _RATIO_COUNTS_FROM and entry.unpacked > MAX_RATIO * entry.packed:
            raise UnreadableForm("unpacked_ratio", params={"limit": str(MAX_RATIO)})
    _refuse_overlap(data, entries)
    return {entry.name: _content(data, entry) for entry in entries}


def _directory(data: bytes) -> list[_Entry]:
    at = data.rfind(_END_SIGN, max(0, len(data) - _END.size - _LONGEST_COMMENT))
    if at < 0 or len(data) - at < _END.size:
        raise UnreadableForm("broken_container")
    _, disk, first_disk, here, total, size, start, comment = _END.unpack_from(data, at)
    if disk or first_disk or here != total or start + size != at or at + _END.size + comment != len(data):
        raise UnreadableForm("polyglot" if start + size < at else "broken_container")
    if total > MAX_MEMBERS:
        raise UnreadableForm("too_many_members", params={"limit": str(MAX_MEMBERS)})
    entries, seen = [], set()
    for _ in range(total):
        entry, start = _entry(data, start)
        if entry.name.lower() in seen:
            raise UnreadableForm("member_name", params={"name": _shown(entry.name)})
        seen.add(entry.name.lower())
        entries.append(entry)
    if start != at:
        raise UnreadableForm("broken_container")
    return entries


def _entry(data: bytes, at: int) -> tuple[_Entry, int]:
    try:
        found = _ENTRY.unpack_from(data, at)
    except struct.error as fault:
        raise UnreadableForm("broken_container") from fault
    sign, made_by, _, flags, method, _, _, _, packed, plain, name_size, extra, comment, _, _, mode, offset = found
    raw = data[at + _ENTRY.size : at + _ENTRY.size + name_size]
    if sign != _ENTRY_SIGN or len(raw) != name_size or 0xFFFFFFFF in (packed, plain, offset):
        raise UnreadableForm("broken_container")
    if flags & _ENCRYPTED:
        raise UnreadableForm("encrypted")
    if method not in (_STORED, _DEFLATED):
        raise UnreadableForm("broken_container")
    name = raw.decode("utf-8" if flags & _UTF8_NAME else "cp437", "replace")
    if _BAD_NAME.search(name):
        raise UnreadableForm("member_name", params={"name": _shown(name)})
    if made_by >> 8 == _UNIX and stat.S_ISLNK(mode >> 16):
        raise UnreadableForm("member_link", params={"name": _shown(name)})
    return _Entry(name, method, packed, plain, offset), at + _ENTRY.size + name_size + extra + comment


def _refuse_overlap(data: bytes, entries: list[_Entry]) -> None:
    """Members stand one after the other from the first byte on; else the same bytes could count many times."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset < end or (end == 0 and entry.offset):
            raise UnreadableForm("polyglot")
        end = _begin(data, entry) + entry.packed


def _begin(data: bytes, entry: _Entry) -> int:
    """Where the content of a member begins."""
    try:
        found = _LOCAL.unpack_from(data, entry.offset)
    except struct.error as fault:
        raise UnreadableForm("broken_container") from fault
    if found[0] != _LOCAL_SIGN:
        raise UnreadableForm("broken_container")
    return entry.offset + _LOCAL.size + int(found[9]) + int(found[10])


def _content(data: bytes, entry: _Entry) -> bytes:
    """The content, never unpacked further than the directory promised."""
    begin = _begin(data, entry)
    packed = data[begin : begin + entry.packed]
    content = packed if entry.method == _STORED else _inflated(packed, entry.unpacked)
    if len(content) != entry.unpacked:
        raise UnreadableForm("member_size", params={"name": _shown(entry.name)})
    if content.startswith(_NESTED):
        raise UnreadableForm("nested_archive", params={"name": _shown(entry.name)})
    return content


def _inflated(packed: bytes, promised: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return inflater.decompress(packed, promised + 1)
    except zlib.error as fault:
        raise UnreadableForm("broken_container") from fault


def _shown(name: str) -> str:
    return "".join(char for char in name[:60] if char.isprintable())
