"""JPEG and PNG: whole, no larger than a screen ever needs, and nothing else behind them."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from service.uploads.kinds import UnfitFileError

MOST_PIXELS: Final = 100_000_000  # a page scanned at 600 dpi has 35 million
LONGEST_SIDE: Final = 20_000
PNG_SIGN: Final = b"\x89PNG\r\n\x1a\n"
JPEG_SIGN: Final = b"\xff\xd8\xff"
_CHUNK = struct.Struct(">I4s")
_SIZE_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NO_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_MOST_CHUNKS: Final = 100_000
# What must not be read a second time as something else: archives, programs, documents, pages.
_OTHERS: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"%PDF-",
    b"Rar!",
    b"7z\xbc\xaf",
    b"MZ",
    b"\x7fELF",
    b"<html",
    b"<script",
)


def check_png(file: BinaryIO) -> None:
    """Walk the chunks to the last one, which ends the file. Raises UnfitFileError."""
    file.seek(len(PNG_SIGN))
    for number in range(_MOST_CHUNKS):
        head = file.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            raise UnfitFileError("broken")
        length, name = _CHUNK.unpack(head)
        if number == 0:
            if name != b"IHDR" or length != 13:
                raise UnfitFileError("broken")
            check_size(*struct.unpack(">II", file.read(8)))
            length -= 8
        file.seek(length + 4, 1)
        if name == b"IEND":
            break
    if file.read(1):
        raise UnfitFileError("two_in_one")


def check_jpeg(file: BinaryIO) -> None:
    """Walk the segments to the first scan, which comes after the size. Raises UnfitFileError."""
    file.seek(2)
    sized = False
    while True:
        marker = _marker(file)
        if marker == 0xDA:
            break
        if marker in _NO_LENGTH:
            continue
        raw = file.read(2)
        length = int.from_bytes(raw, "big") - 2
        if len(raw) < 2 or length < 0:
            raise UnfitFileError("broken")
        if marker in _SIZE_MARKERS:
            body = file.read(5)
            if len(body) < 5:
                raise UnfitFileError("broken")
            height, width = struct.unpack(">HH", body[1:])
            check_size(width, height)
            sized, length = True, length - 5
        file.seek(length, 1)
    if not sized:
        raise UnfitFileError("broken")
    _check_end(file)


def _marker(file: BinaryIO) -> int:
    if file.read(1) != b"\xff":
        raise UnfitFileError("broken")
    while (raw := file.read(1)) == b"\xff":
        pass
    if raw in (b"", b"\x00", b"\xd9"):
        raise UnfitFileError("broken")
    return raw[0]


def _check_end(file: BinaryIO) -> None:
    """A camera may add a second picture behind the first; nothing else has a place there."""
    rest = file.read()
    end = rest.find(b"\xff\xd9")
    if end < 0:
        raise UnfitFileError("broken")
    behind = rest[end + 2 :]
    if behind.strip(b"\x00 \r\n").startswith(_OTHERS) or b"PK\x05\x06" in rest[-65_557:]:
        raise UnfitFileError("two_in_one")


def check_size(width: int, height: int) -> None:
    """A picture of a few kB may claim to be as large as a wall. Raises UnfitFileError."""
    if not width or not height:
        raise UnfitFileError("broken")
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise UnfitFileError("picture_size", side=f"{LONGEST_SIDE:,}", pixels=f"{MOST_PIXELS // 1_000_000:,}")
