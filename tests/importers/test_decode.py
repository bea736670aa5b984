"""Bytes that are a form in any of three encodings, and bytes that are none."""

import codecs

import pytest

from service.importers import UnreadableForm, read_form
from service.importers.decode import MAX_BYTES, decoded
from tests.workflows.documents import SEED, seed

TEXT = SEED.read_text("utf-8")


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", TEXT.encode()),
        ("utf-8", TEXT.encode("utf-8-sig")),
        ("utf-16", TEXT.encode("utf-16")),
        ("utf-16", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")),
        ("utf-16", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        ("utf-16", TEXT.encode("utf-16-le")),
        ("utf-16", TEXT.encode("utf-16-be")),
        ("gb18030", TEXT.encode("gb18030")),
        ("gb18030", TEXT.encode("gbk")),
        ("utf-8", TEXT.replace("\n", "\r\n").encode()),
        ("utf-8", TEXT.replace("\n", "\r").encode()),
        ("utf-8", TEXT.replace("\n\n一级", "\f一级").encode()),
    ],
)
def test_same_document_in_every_encoding(encoding: str, data: bytes) -> None:
    result = read_form(data, "x.txt")
    assert result.source == {"kind": "table_text", "encoding": encoding}
    assert result.document == seed()


@pytest.mark.parametrize(
    ("data", "key", "line"),
    [
        (b"", "empty", None),
        (b" \n\t\r\n", "empty", None),
        ("\ufeff\u3000".encode(), "empty", None),
        (b"\x89PNG\r\n", "picture", None),
        (b"\x1f\x8b\x08", "archive", None),
        (b"\x7fELF\x02\x01\x01\0\0\0", "binary", None),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "encoding", None),
        (TEXT.encode()[:1000] + b"\xff\xff" + TEXT.encode()[1000:], "encoding", 12),
        ("部门名称，但是 Big5：".encode() + "預算績效目標表".encode("big5"), "encoding", 1),
        (TEXT[:40].encode() + "表".encode()[:2], "cut_off", 7),
        (TEXT.encode("utf-16")[:-1], "encoding", 40),
        (TEXT.replace("1263.12", "12\x0063").encode(), "binary", None),
        (TEXT.replace("1263.12", "12\x0763").encode(), "damaged", 10),
        (TEXT.replace("基本支出", "基本\ufffd支出").encode(), "damaged", 10),
        (TEXT.replace("基本支出", "基本\uffff支出").encode(), "damaged", 10),
        (b"a" * (MAX_BYTES + 1), "too_large", None),
    ],
)
def test_refused(data: bytes, key: str, line: int | None) -> None:
    with pytest.raises(UnreadableForm) as caught:
        decoded(data)
    assert (caught.value.message_key, caught.value.line) == (key, line)
    for lang in ("zh", "en"):
        sentence = caught.value.sentence(lang)
        assert "{" not in sentence
        assert line is None or str(line) in sentence
