"""Where something stands in a file: a line of text, a cell of a sheet, a row on a page."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from workflows.catalogue import sentence

_PLAIN_SHEET = re.compile(r"\w+")


class Place(NamedTuple):
    """`line` counts from 1 in the text, the sheet or the page; `column` of a cell counts from 0."""

    line: int
    sheet: str | None = None
    page: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """The same in every language: `Sheet1!C12`, `p2:5`, `12`."""
        if self.sheet is not None:
            name = self.sheet if _PLAIN_SHEET.fullmatch(self.sheet) else "'{}'".format(self.sheet.replace("'", "''"))
            return f"{name}!{column_letters(self.column or 0)}{self.line}"
        return f"{self.line}" if self.page is None else f"p{self.page}:{self.line}"

    def text(self, lang: str) -> str:
        """In words: `Sheet1!C12`, 第 2 页第 5 行, 第 12 行."""
        if self.sheet is not None:
            return str(self)
        if self.page is not None:
            return sentence("unreadable.place_page", lang, page=self.page, line=self.line)
        return sentence("unreadable.place_line", lang, line=self.line)


class Places(Mapping[str, Place]):
    """Where each path was read. Rows are kept as rows: a cell of one gets its place when somebody asks for it."""

    def __init__(self) -> None:
        self._cells: dict[str, Place] = {}
        self._rows: dict[str, tuple[Place, Mapping[str, int]]] = {}

    def put(self, path: str, place: Place) -> None:
        """One cell."""
        self._cells[path] = place

    def put_row(self, path: str, place: Place, columns: Mapping[str, int]) -> None:
        """A row with the columns of its fields."""
        self._rows[path] = (place, columns)

    def __getitem__(self, path: str) -> Place:
        """The place of a cell, or of a whole row; of a field without a column that of its row. Raises KeyError."""
        if path in self._cells:
            return self._cells[path]
        row, _, name = path.rpartition(".")
        if path in self._rows:
            return self._rows[path][0]
        place, columns = self._rows[row]
        # A value that the file wrote into another cell of the row, as `≥50个` in one, has the place of its row.
        return place._replace(column=columns.get(name))

    def __iter__(self) -> Iterator[str]:
        yield from self._cells
        for path, (_, columns) in self._rows.items():
            yield from (f"{path}.{name}" for name in columns if name != "number")

    def __len__(self) -> int:
        return sum(1 for _ in self)


def column_letters(column: int) -> str:
    """A, B, …, Z, AA for columns that count from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
