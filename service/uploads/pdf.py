"""PDF: one document, without scripts, programs, files in it or a password; and the texts of its pages."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from service.uploads import office
from service.uploads.kinds import UnfitFileError

SIGN: Final = b"%PDF-"
MOST_INFLATED: Final = 200 * 1024 * 1024
MOST_PAGES: Final = 3_000
_ZIP_END: Final = b"PK\x05\x06"
_STREAM = re.compile(rb"stream\r?\n")
_END: Final = b"%%EOF"
_STREAM_END: Final = b"endstream"


def _name(word: bytes) -> bytes:
    """A pattern for a name, each letter of which may be written as its hex code."""
    letters = b"".join(b"(?:%s|#%02x|#%02X)" % (re.escape(bytes([char])), char, char) for char in word)
    return b"/" + letters + rb"(?![A-Za-z0-9])"


_ACTIVE: Final = re.compile(
    b"|".join(_name(word) for word in (b"JavaScript", b"Launch", b"RichMedia", b"Rendition"))
    + rb"|/XFA\s*(?:\[|\d+\s+\d+\s+R)"
)
_FILES: Final = re.compile(b"|".join(_name(word) for word in (b"EmbeddedFile", b"EmbeddedFiles")))
_PINNED: Final = re.compile(_name(b"FileAttachment"))
_ENCRYPTED: Final = re.compile(_name(b"Encrypt"))
_OBJECTS: Final = re.compile(_name(b"ObjStm"))
# A stream of objects that is packed in another way than all writers do is packed so that nobody looks into it.
_ODD_FILTERS: Final = re.compile(rb"/(?:A|L|R|C)\w*(?:Hex|85|ZW|Length|Crypt)\w*|/(?:AHx|A85|LZW|RL)\b|/Crypt|#")


def check_pdf(data: bytes) -> bool:
    """Whether the document carries files, which have to be looked at.

    Raises UnfitFileError for one that does something when it is opened, or that is something else besides.
    """
    end = data.rfind(_END)
    if end < 0:
        raise UnfitFileError("broken")
    if data[end + len(_END) :].strip(b"\x00 \t\r\n") or _ZIP_END in data[-65_557:]:
        raise UnfitFileError("two_in_one")
    if _ENCRYPTED.search(data):
        raise UnfitFileError("encrypted")
    _refuse_odd_objects(data)
    carries = False
    for part in chain((data,), _inflated(data)):
        if _ACTIVE.search(part):
            raise UnfitFileError("scripts")
        if _PINNED.search(part):
            raise UnfitFileError("embedded")
        carries = carries or _FILES.search(part) is not None
    return carries


def _refuse_odd_objects(data: bytes) -> None:
    for found in _OBJECTS.finditer(data):
        head = data[data.rfind(b"obj", 0, found.start()) + 3 : data.find(b"stream", found.end())]
        if _ODD_FILTERS.search(head):
            raise UnfitFileError("scripts")


def _inflated(data: bytes) -> Iterator[bytes]:
    """The compressed streams, wherever one seems to begin: objects may hide in them. Raises UnfitFileError for a bomb."""
    left, view = MOST_INFLATED, memoryview(data)
    for match in _STREAM.finditer(data):
        begin = match.end()
        if data[begin : begin + 1] and data[begin] & 0x0F != 8:  # no header of zlib
            continue
        found = _one_inflated(data, view, begin, limit=left)
        left -= len(found)
        if left <= 0:
            raise UnfitFileError("unpacked")
        yield found


def _one_inflated(data: bytes, view: memoryview, begin: int, *, limit: int) -> bytes:
    """What a stream unpacks to; its packed bytes may hold the word that ends it."""
    inflater, found = zlib.decompressobj(), b""
    try:
        while not inflater.eof and len(found) < limit:
            end = data.find(_STREAM_END, begin)
            end = len(data) if end < 0 else end + len(_STREAM_END)
            found += inflater.decompress(view[begin:end], limit - len(found))
            if end == len(data):
                break
            begin = end
    except zlib.error:
        pass  # what was unpacked up to here is looked at all the same
    return found


def texts(data: bytes, *, carries: bool) -> Iterator[str]:
    """The text layer, a page each, and the texts of what is written into the document as a file, such as the data of an
    electronic invoice. Raises UnfitFileError for a document that cannot be read, or carries anything else than data.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        if len(document) > MOST_PAGES:
            raise UnfitFileError("unpacked")
        if carries:
            yield from _carried(document)
        for number in range(len(document)):
            page = document[number]
            layer = page.get_textpage()
            yield layer.get_text_range()
            layer.close()
            page.close()
        document.close()
    except pypdfium2.PdfiumError as fault:
        raise UnfitFileError("broken") from fault


def _carried(document: Any) -> Iterator[str]:  # noqa: ANN401 - a document of pypdfium2
    count = document.count_attachments()
    if not count:
        raise UnfitFileError("embedded")
    for number in range(count):
        one = document.get_attachment(number)
        content = bytes(one.get_data()).removeprefix(b"\xef\xbb\xbf")
        if not one.get_name().lower().endswith((".xml", ".xbrl")) or not content.lstrip().startswith(b"<"):
            raise UnfitFileError("embedded")
        yield from office.texts(content.decode("utf-8", "replace"))
