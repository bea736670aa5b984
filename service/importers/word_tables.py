"""A Word file as a grid: its paragraphs and table rows in their order, read from the XML as it streams by.

Text that is no longer there (deletions, moved away) and the second copy of text boxes are left out. A cell that spans
columns is followed by blank ones; a cell that continues the one above is blank.
"""

from collections.abc import Mapping
from xml.parsers import expat

from service.importers.grid import Sheet
from service.importers.unreadable import UnreadableForm

MAX_ROWS = 20_000
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_SKIPPED = frozenset({"del", "moveFrom", "Fallback"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def tables_of(members: Mapping[str, bytes]) -> tuple[Sheet, ...]:
    """One grid for the whole text. Raises UnreadableForm when the XML is broken."""
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.buffer_text = True
    try:
        parser.Parse(members["word/document.xml"], True)
    except expat.ExpatError as fault:
        raise UnreadableForm("broken_container") from fault
    return (Sheet("", tuple(reading.rows)),)


class _Reading:
    """What has streamed by: finished rows, and the row, cell and text that are open."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.row: list[str] = []
        self.cell: list[str] = []  # paragraphs of the open cell
        self.paragraph: list[str] = []
        self.tables = 0
        self.span = 1
        self.continues = False
        self.in_text = False
        self.skipping = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        kind = _local(name)
        if self.skipping or kind in _SKIPPED:
            self.skipping += 1
        elif kind == "t":
            self.in_text = True
        elif kind == "tbl":
            self.tables += 1
        elif self.tables == 1 and kind in ("tr", "tc"):
            self._open(kind)
        elif kind in ("gridSpan", "vMerge", "gridBefore") and self.tables == 1:
            self._shape(kind, _value(attributes))
        elif kind in _BREAKS:
            self.paragraph.append(_BREAKS[kind])

    def end(self, name: str) -> None:
        """An element ends."""
        kind = _local(name)
        if self.skipping:
            self.skipping -= 1
        elif kind == "t":
            self.in_text = False
        elif kind == "p":
            self._end_paragraph()
        elif kind == "tbl":
            self.tables -= 1
        elif self.tables == 1 and kind == "tc":
            text = "\n".join(self.cell).strip("\n")
            self.row += ["" if self.continues else text, *[""] * (self.span - 1)]
            self.cell = []
        elif self.tables == 1 and kind == "tr":
            self._add(tuple(self.row))

    def text(self, content: str) -> None:
        """Characters; only those of runs are text."""
        if self.in_text and not self.skipping:
            self.paragraph.append(content)

    def _open(self, kind: str) -> None:
        if kind == "tr":
            self.row = []
        else:
            self.cell, self.span, self.continues = [], 1, False

    def _shape(self, kind: str, value: str | None) -> None:
        if kind == "vMerge":
            self.continues = value != "restart"
        elif value is not None and value.isascii() and value.isdigit() and int(value) < 100:
            if kind == "gridSpan":
                self.span = max(1, int(value))
            else:
                self.row += [""] * int(value)

    def _end_paragraph(self) -> None:
        text = "".join(self.paragraph)
        self.paragraph = []
        if self.tables:
            self.cell.append(text)
        elif text.strip():
            for line in text.split("\n"):
                self._add(tuple(line.split("\t")))

    def _add(self, row: tuple[str, ...]) -> None:
        if len(self.rows) >= MAX_ROWS:
            raise UnreadableForm("too_many_lines", params={"limit": str(MAX_ROWS)})
        self.rows.append(row)


def _local(name: str) -> str:
    """The name without its namespace; that of other vocabularies (drawings, equations) only where we skip it."""
    space, _, kind = name.rpartition(" ")
    return kind if space in (_WORD, _STRICT) or kind in _SKIPPED else ""


def _value(attributes: Mapping[str, str]) -> str | None:
    return next((value for name, value in attributes.items() if name.endswith(" val")), None)
