"""What XLSX says of its cells beyond their values, and that no file makes the search for it slow."""

import time

import pytest

from service.importers.sheet_marks import marks_of

_BOOK = b'<workbook><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
_RELATIONS = b'<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'
_STYLES = (
    b'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.0%"/><numFmt numFmtId="165" formatCode="0&quot;%&quot;"/>'
    b'</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="9"/>'
    b'<xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def _members(sheet: bytes) -> dict[str, bytes]:
    return {
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _RELATIONS,
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": sheet,
    }


def test_marks() -> None:
    sheet = (
        b'<sheetData><row r="1"><c r="A1" s="1"><v>0.5</v></c><c r="B1" s="2"><v>0.5</v></c><c r="C1" s="3"><v>5</v></c>'
        b'<c r="D1"><f>A1+1</f></c><c r="E1"><f>A1&amp;"x"</f><v></v></c><c r="F1"><f>A1</f><v>3</v></c></row>'
        b'<row hidden="1" r="7"><c r="G7" t="e"><v>#REF!</v></c><c r="AA7" s="1" t="s"><v>4</v></c></row></sheetData>'
    )
    marks = marks_of(_members(sheet))["S"]
    assert marks.percent == {(0, 0), (0, 1)}
    assert marks.instead == {(0, 3): "=A1+1", (0, 4): '=A1&"x"', (6, 6): "#REF!"}
    assert marks.hidden_rows == (6,)


def test_sheet_without_marks_has_none() -> None:
    assert marks_of(_members(b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')) == {}


@pytest.mark.parametrize(
    "piece",
    [b"<c>", b"<c ", b'<row hidden="1" ', b"<f><c></f>", b"<cellXfs>", b"<numFmt ", b"<Relationship ", b"<c r="],
)
@pytest.mark.slow
def test_no_sheet_is_slow(piece: bytes) -> None:
    content = piece * (2_000_000 // len(piece)) + b't="e" hidden="1"'
    began = time.process_time()
    marks_of(_members(content) | {"xl/styles.xml": content, "xl/_rels/workbook.xml.rels": content + _RELATIONS})
    assert time.process_time() - began < 8
