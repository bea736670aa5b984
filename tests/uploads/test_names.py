"""Names of uploads: corpus 61 of the bad inputs, and what must stay as it is."""

from __future__ import annotations

import pytest

from service.uploads.names import LONGEST, extension_of, kept_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("印制合同（盖章）.pdf", "印制合同（盖章）.pdf"),
        ("𠮷野 验收单 2022.JPG", "𠮷野 验收单 2022.JPG"),
        ("../../etc/x.pdf", "x.pdf"),
        ("C:\\Users\\me\\x.pdf", "x.pdf"),
        ("a\x00.pdf", "a.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("CON", "_CON"),
        ("con.pdf", "_con.pdf"),
        ("com1.tar.pdf", "_com1.tar.pdf"),
        ("contract.pdf", "contract.pdf"),
        (".pdf", "pdf"),
        ("...pdf", "pdf"),
        ("\u202exfdp.exe", "xfdp.exe"),
        ("x\u200b\u2066.pdf", "x.pdf"),
        ("x.pdf;filename*=UTF-8''y.exe", "x.pdf_filename_=UTF-8''y.exe"),
        ('x";filename="y.pdf', "x__filename=_y.pdf"),
        ("x.pdf. . ", "x.pdf"),
        ("", "file"),
        ("   ", "file"),
        ("/", "file"),
    ],
)
def test_a_name_is_harmless_and_still_readable(sent: str, kept: str) -> None:
    assert kept_name(sent) == kept


def test_a_long_name_is_cut_before_its_extension() -> None:
    name = kept_name("长" * 400 + ".pdf")
    assert len(name) == LONGEST
    assert name.endswith("长.pdf")


@pytest.mark.parametrize(("name", "extension"), [("a.PDF", "pdf"), ("a.b.xlsx", "xlsx"), ("a", ""), ("pdf", "")])
def test_extensions(name: str, extension: str) -> None:
    assert extension_of(name) == extension
