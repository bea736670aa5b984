"""The official form as a Word file on A4: tables of the same columns as the PDF, every cell a plain text.

Nothing in it is a field, a link or a formula, and nothing of the document stands anywhere but in its cells.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from functools import singledispatchmethod
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document as Word
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tc
from docx.shared import Mm, Pt
from docx.table import Table as Grid
from docx.table import _Cell as Cell
from docx.table import _Row as Row

from service.render.official import Ledger, Names, Official, Pairs, Part, Prose, Stamp, Table, Value

FONT: Final = "宋体"
PAGE: Final = (210, 297)  # mm
MARGINS: Final = (20, 17, 20, 20)  # top, right, bottom, left, mm
PADDING: Final = {"top": 2.4, "left": 4, "bottom": 2.4, "right": 4}  # of each cell, pt
LABEL_SIDES: Final = 7  # pt beside a label
FRAME: Final = (11, 6, 19, 26, 21, 17)  # shares of the six columns of the head of the sheet
_TWIPS: Final = 20  # in a point
_LONG: Final = 800  # characters: a row with such a cell may run over a page, as in the PDF
_EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - Word keeps a moment without a zone; the same document, the same bytes
_ZIP_EPOCH: Final = (2000, 1, 1, 0, 0, 0)
_LEFT, _MIDDLE, _RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def official_docx(form: Official, stamp: Stamp) -> bytes:
    """One Word file; the same input gives the same bytes."""
    word = docx.Document()
    _setup(word, form, stamp)
    for group in form.groups:
        first = group[0]
        if isinstance(first, Table) and first.wide:
            _wide(word, first)
        else:
            frame = _Frame(_grid(word, FRAME))
            for part in group:
                frame.add(part)
    buffer = io.BytesIO()
    word.save(buffer)
    return _fixed(buffer.getvalue())


def _setup(word: Word, form: Official, stamp: Stamp) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = (Mm(size) for size in PAGE)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = (Mm(one) for one in MARGINS)
    style = word.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(9)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    properties = word.core_properties
    properties.title, properties.author, properties.comments = form.title, "", ""
    properties.created = properties.modified = _EPOCH
    title = word.add_paragraph()
    title.alignment = _MIDDLE
    run = title.add_run(form.title)
    run.bold, run.font.size = True, Pt(16)
    foot = section.footer.paragraphs[0]
    foot.alignment = _RIGHT
    foot.add_run(stamp.text).font.size = Pt(8)


def _grid(word: Word, shares: Sequence[int]) -> Grid:
    grid: Grid = word.add_table(rows=0, cols=len(shares), style="Table Grid")
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    width = PAGE[0] - MARGINS[1] - MARGINS[3]
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Mm(width * share / sum(shares))
    padding = OxmlElement("w:tblCellMar")
    for side, points in PADDING.items():
        one = OxmlElement(f"w:{side}")
        for key, value in _points(points).items():
            one.set(qn(f"w:{key}"), value)
        padding.append(one)
    look = grid._tbl.tblPr.find(qn("w:tblLook"))  # noqa: SLF001 - Word wants the padding before it
    look.addprevious(padding)
    return grid


def _points(points: float) -> dict[str, str]:
    return {"w": str(round(points * _TWIPS)), "type": "dxa"}


def _wide(word: Word, table: Table) -> None:
    _gap(word)
    grid = _grid(word, table.widths)
    label, heads = _line(grid), _line(grid)
    _put(label.cells[0].merge(label.cells[-1]), table.label, _MIDDLE, bold=True)
    for cell, head in zip(heads.cells, table.heads, strict=True):
        _put(cell, head, _MIDDLE, bold=True)
    for row in (label, heads):
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - python-docx has no name for it
    for values in table.rows:
        for at, (cell, value) in enumerate(zip(_line(grid).cells, values, strict=True)):
            middle = at in table.centred or (table.numbered and at == 0)
            _put(cell, value.text, _MIDDLE if middle else _RIGHT if value.figure else _LEFT)


def _gap(word: Word) -> None:
    """A line of almost no height between two tables, which would become one if they touched; one rule is enough there."""
    for last in word.element.body.xpath("(./w:tbl)[last()]/w:tr[last()]/w:tc"):
        _within(last, "tcBorders", bottom={"val": "nil"})
    gap = word.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(1)
    gap.add_run().font.size = Pt(1)


def _within(cell: CT_Tc, name: str, **sides: dict[str, str]) -> None:
    """A property of a cell for some of its sides, which python-docx has no name for. Word wants it before `vAlign`."""
    found = OxmlElement(f"w:{name}")
    for side, values in sides.items():
        one = OxmlElement(f"w:{side}")
        for key, value in values.items():
            one.set(qn(f"w:{key}"), value)
        found.append(one)
    properties = cell.get_or_add_tcPr()
    place = properties.find(qn("w:vAlign"))
    properties.insert(len(properties) if place is None else properties.index(place), found)


class _Frame:
    """The table of the head of the sheet while it is filled, from the top down."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    @singledispatchmethod
    def add(self, part: Part) -> None:
        """The rows of one part."""
        raise TypeError(part)

    @add.register
    def _names(self, part: Names) -> None:
        first, second = part.pairs
        self._row((0, 0, first.label), (1, 3, first.value), (4, 4, second.label), (5, 5, second.value))

    @add.register
    def _pairs(self, part: Pairs) -> None:
        rows = []
        for at in range(0, len(part.pairs), 2):
            left = part.pairs[at]
            right = part.pairs[at + 1] if at + 1 < len(part.pairs) else None
            ends = ((4, 4, right.label), (5, 5, Value(right.value.text))) if right else ((4, 5, Value("")),)
            rows.append(self._row((1, 2, left.label), (3, 3, Value(left.value.text)), *ends))
        self._beside(part.label, rows)

    @add.register
    def _ledger(self, part: Ledger) -> None:
        heads = ((1, 2, part.left_head), (3, 3, part.amount_head), (4, 4, part.right_head), (5, 5, part.amount_head))
        rows = [self._row(*heads)]
        for left, right in part.rows:
            cells = ((1, 2, Value(left.label)), (3, 3, left.value), (4, 4, Value(right.label)), (5, 5, right.value))
            rows.append(self._row(*cells))
        self._beside(part.label, rows)

    @add.register
    def _prose(self, part: Prose) -> None:
        cells = self._row()
        _label(cells[0], part.label)
        _put(cells[1].merge(cells[5]), part.value.text, _LEFT)

    @add.register
    def _table(self, part: Table) -> None:
        spans = ((1, 1), (2, 2), (3, 4), (5, 5))
        rows = [self._row(*((*span, head) for span, head in zip(spans, part.heads, strict=True)))]
        for number, *values in part.rows:
            row = self._row(*((*span, value) for span, value in zip(spans[1:], values, strict=True)), plain=_LEFT)
            _put(row[1], number.text, _MIDDLE)
            rows.append(row)
        self._beside(part.label, rows)

    def _row(self, *cells: tuple[int, int, str | Value], plain: WD_ALIGN_PARAGRAPH = _MIDDLE) -> tuple[Cell, ...]:
        """One row: first and last column of each cell and what is in it; a bare text is a label."""
        found: tuple[Cell, ...] = _line(self.grid).cells
        for first, last, content in cells:
            cell = found[first].merge(found[last]) if last > first else found[first]
            if isinstance(content, Value):
                _put(cell, content.text, _RIGHT if content.figure else plain)
            else:
                _put(cell, content, _MIDDLE, bold=True)
        return found

    def _beside(self, label: str, rows: Sequence[tuple[Cell, ...]]) -> None:
        first, last = rows[0][0], rows[-1][0]
        _label(first.merge(last) if len(rows) > 1 else first, label)


def _label(cell: Cell, text: str) -> None:
    """A label at the left: four characters to a line as on the printed form, unless one would be left over."""
    _put(cell, text, _MIDDLE, bold=True)
    if len(text) % 4 != 1:
        _within(cell._tc, "tcMar", left=_points(LABEL_SIDES), right=_points(LABEL_SIDES))  # noqa: SLF001


def _line(grid: Grid) -> Row:
    """A new row, which no page breaks."""
    row: Row = grid.add_row()  # type: ignore[no-untyped-call]
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - python-docx has no name for it
    return row


def _put(cell: Cell, text: str, align: WD_ALIGN_PARAGRAPH, *, bold: bool = False) -> None:
    """The text of a cell. Characters that XML has no place for never get here: no document holds them."""
    for extra in cell.paragraphs[1:]:
        extra._p.getparent().remove(extra._p)  # noqa: SLF001 - merging leaves an empty paragraph of each cell
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    paragraph.add_run(text).bold = bold
    if len(text) > _LONG:
        for whole in cell._tc.xpath("ancestor::w:tr[1]/w:trPr/w:cantSplit"):  # noqa: SLF001
            whole.getparent().remove(whole)


def _fixed(data: bytes) -> bytes:
    """The same archive without the time of its making."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as made, ZipFile(out, "w", ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(ZipInfo(name, _ZIP_EPOCH), made.read(name), ZIP_DEFLATED)
    return out.getvalue()
