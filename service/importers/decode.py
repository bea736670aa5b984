"""Bytes to text: UTF-8, UTF-16 and GB18030; anything else is refused with a reason, never guessed at."""

import codecs
import re
from dataclasses import dataclass

from service.importers.unreadable import UnreadableForm

MAX_BYTES = 10 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# First bytes of files that people send by mistake, with the sentence that helps them.
_SIGNATURES = (
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
)
# Pages and spreadsheets written as markup, whatever their name ends in.
_MARKUP = re.compile(r"<(?:!doctype|\?xml|html|head|body|meta|table|style|script)\b|mime-version:", re.IGNORECASE)
# GB18030 gives some text for almost any bytes; a form has one of these.
_WORDS = ("绩效", "部门名称", '"form"')
_DAMAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text with plain line ends, and the name of the encoding it came in."""

    text: str
    encoding: str


def refuse_foreign(data: bytes) -> None:
    """Refuse what no reader is for: too large, a picture, an archive. Raises UnreadableForm."""
    if len(data) > MAX_BYTES:
        raise UnreadableForm("too_large", params={"limit": str(MAX_BYTES // 1024 // 1024)})
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableForm(kind)


def decoded(data: bytes) -> Decoded:
    """Decode a text file. Raises UnreadableForm: another kind of file, empty, unknown encoding, damaged text."""
    refuse_foreign(data)
    text, encoding = _decode(data)
    # Word processors put a form feed before a new page; it is a line end like any other.
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if not text.strip():
        raise UnreadableForm("empty")
    if _MARKUP.match(text.lstrip("\ufeff \t\n")[:40]):
        raise UnreadableForm("markup")
    _refuse_damage(text)
    return Decoded(text, encoding)


def _decode(data: bytes) -> tuple[str, str]:
    for bom, name in _BOMS:
        if data.startswith(bom):
            if name is None:
                raise UnreadableForm("encoding")
            return _strict(data[len(bom) :], name), name.removesuffix("-le").removesuffix("-be")
    if b"\x00" in data:
        return _without_bom(data), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as fault:
        return _other_than_utf8(data, fault), "gb18030"


def _other_than_utf8(data: bytes, fault: UnicodeDecodeError) -> str:
    """GB18030 where it gives words of a form; else UTF-8 that was damaged, at the line where it breaks."""
    line = data.count(b"\n", 0, fault.start) + 1
    if fault.reason == "unexpected end of data":
        raise UnreadableForm("cut_off", line) from fault
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if not any(word in text for word in _WORDS):
        raise UnreadableForm("encoding", line) from fault
    return text


def _without_bom(data: bytes) -> str:
    """UTF-16 that lost its mark: the byte order in which tabs, line ends and digits are themselves."""
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\n" in text and "\x00" not in text:
            return text
    raise UnreadableForm("binary")


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as fault:
        good = data[: fault.start].decode(name, errors="replace")
        raise UnreadableForm("encoding", good.count("\n") + 1) from fault


def _refuse_damage(text: str) -> None:
    """Control characters and U+FFFD mean that something was lost before the file came here."""
    match = _DAMAGE.search(text)
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        raise UnreadableForm("damaged", line, {"code": f"U+{ord(match[0]):04X}"})
