"""What every layout reader reads: lines of cells, each knowing where it stands, from text and from grids alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.importers.cells import label as label_of
from service.importers.grid import Sheet
from service.importers.guard import Container
from service.importers.places import Place
from service.importers.unreadable import UnreadableForm

MAX_LINES = 20_000
_COMMAS = ",,"  # two in a row: a row of a sheet, hardly a sentence


@dataclass(slots=True)
class Line:
    """One printed line that is not blank: its number in the file (in its sheet, on its page) and its cells.

    `broken` says that a page ends right above it. `ragged` lines come from text, where a cell may be lost at the end.
    """

    number: int
    cells: Sequence[str]
    sheet: str | None = None
    page: int | None = None
    broken: bool = False
    ragged: bool = False

    _labels: list[str] | None = field(default=None, repr=False)

    @property
    def labels(self) -> list[str]:
        """The cells as labels, without gaps; long texts are none and stay as they are."""
        if self._labels is None:
            self._labels = [label_of(cell) if cell else "" for cell in self.cells]
        return self._labels

    @property
    def first(self) -> tuple[int, str]:
        """The first filled cell: its index and label; (0, "") where only blanks stand."""
        for index, cell in enumerate(self.cells):
            if cell and (label := label_of(cell)):
                return index, label
        return 0, ""

    @property
    def filled(self) -> int:
        """How many cells are not blank."""
        return len(self.cells) - self.cells.count("")

    @property
    def text(self) -> str:
        """The line as printed."""
        return "\t".join(self.cells).strip()

    def place(self, column: int | None = None) -> Place:
        """Where the line, or one cell of it, stands."""
        return Place(self.number, self.sheet, self.page, column)

    def refused(
        self, key: str, params: Mapping[str, str] | None = None, *, column: int | None = None
    ) -> UnreadableForm:
        """The refusal of the file over this line."""
        return UnreadableForm(key, self.number, params, place=self.place(column))


def lines_of_text(text: str) -> list[Line]:
    """The lines of a text whose cells are parted by tabs, or of a CSV. Raises UnreadableForm when there are too many."""
    raw = text.split("\n")
    _refuse_endless(raw)
    if "\t" not in text and _COMMAS in text:
        return _lines_of_csv(text)
    return [Line(number, line.split("\t"), ragged=True) for number, line in enumerate(raw, start=1) if line.strip()]


def _lines_of_csv(text: str) -> list[Line]:
    """A sheet saved as CSV: every row as wide as the widest, line breaks inside quotes. A broken one ends where it breaks."""
    reader = csv.reader(io.StringIO(text))
    try:
        return [Line(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as fault:
        raise UnreadableForm("broken_workbook", reader.line_num) from fault


def lines_of_sheet(sheet: Sheet, container: Container) -> list[Line]:
    """The lines of a workbook's sheet or of a Word file."""
    _refuse_endless(sheet.rows)
    name = sheet.name if container is not Container.DOCX else None
    return list(_filled(sheet.rows, sheet=name))


def lines_of_pages(pages: Sequence[Sheet]) -> list[Line]:
    """The lines of all pages of a PDF."""
    lines: list[Line] = []
    for number, page in enumerate(pages, start=1):
        found = list(_filled(page.rows, page=number))
        if found and lines:
            found[0].broken = True
        lines += found
    return lines


def _filled(rows: Sequence[tuple[str, ...]], *, sheet: str | None = None, page: int | None = None) -> Iterator[Line]:
    for number, row in enumerate(rows, start=1):
        if any(row) and any(map(str.strip, row)):
            yield Line(number, row, sheet=sheet, page=page)


def _refuse_endless(rows: Sequence[object]) -> None:
    if len(rows) > MAX_LINES:
        raise UnreadableForm("too_many_lines", params={"limit": str(MAX_LINES)})
