"""Where something stands in a file: a line of text, a cell of a sheet, a row on a page."""

import re
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


def column_letters(column: int) -> str:
    """A, B, …, Z, AA for columns that count from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
