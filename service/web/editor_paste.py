"""A block pasted from a spreadsheet becomes rows. Pure.

Rules of Excel and WPS: cells are parted by tabs, rows by line ends, a cell with either stands in quotes, the text ends with
one line end too many. Merged first cells come as blanks and are filled down.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.web.editor_notes import typed
from service.web.editor_post import clean
from service.web.editor_view import NUMERIC
from workflows.catalogue import label
from workflows.forms.base import Field, Kind, Section
from workflows.levels import level1, level2
from workflows.quantities import comparator, is_blank, number
from workflows.ulid import new_ulid

MOST_ROWS = 200
_FILLED_DOWN = frozenset({Kind.LEVEL1, Kind.LEVEL2})
_WORDS = {Kind.LEVEL1: level1, Kind.LEVEL2: level2, Kind.COMPARATOR: comparator}
_READ = NUMERIC | set(_WORDS)
_NUMBERING = "序号"


@dataclass(frozen=True, slots=True)
class Pasted:
    """The rows afterwards; how many were written over, how many were added, and how many were left out at the limit.

    `unread` are cells (row, field) whose text is no number or none of the choices: they keep it, and the checks say so.
    """

    rows: list[dict[str, Any]]
    changed: int
    added: int
    left_out: int
    unread: frozenset[tuple[int, str]] = frozenset()

    @property
    def asks(self) -> bool:
        """Whether a person is to look at it first: it adds more than a row, or does not understand a cell."""
        return self.added > 1 or bool(self.unread)


def block(text: str) -> list[list[str]]:
    """The cells of a pasted text. Empty lines at its end are none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [row or [""] for row in csv.reader((f"{line}\n" for line in lines), delimiter="\t", strict=False)]
    while rows and all(is_blank(cell) for cell in rows[-1]):
        rows.pop()
    return rows


def pasted(section: Section, rows: Sequence[dict[str, Any]], text: str, *, row: int, field: str) -> Pasted:
    """Write a block from the cell (`row`, `field`) on, to the right and downwards; rows that are missing are added.

    A heading that repeats ours and a column of row numbers are no cells.
    """
    fields = list(typed(section))
    start = next((index for index, one in enumerate(fields) if one.name == field), 0)
    cells = _without_heading(block(text), fields)
    if start == 0:
        cells = _without_numbers(cells, len(fields))
    room = min(MOST_ROWS, section.max_rows - row)
    kept = [dict(one) for one in rows]
    before, unread = len(kept), set()
    _fill_down(cells, fields[start:])
    for offset, line in enumerate(cells[:room]):
        if row + offset >= len(kept):
            kept.append({"id": new_ulid(), **{one.name: None for one in fields}})
        for one, cell in zip(fields[start:], line, strict=False):
            kept[row + offset][one.name] = _read(one, cell)
            if not is_understood(one, kept[row + offset][one.name]):
                unread.add((row + offset, one.name))
    added = len(kept) - before
    return Pasted(kept, len(cells[:room]) - added, added, len(cells) - len(cells[:room]), frozenset(unread))


def is_understood(field: Field, cell: object) -> bool:
    """Whether a cell that wants a number or a choice holds one. A target may be words: its comparator decides."""
    if cell is None or isinstance(cell, int) or field.kind not in _READ:
        return True
    known = _WORDS.get(field.kind)
    return known(str(cell)) is not None if known else number(str(cell)) is not None


def _read(field: Field, cell: str) -> str | int | None:
    """A cell as kept: codes for the words of selects, everything else as the editor keeps what is typed."""
    known = _WORDS.get(field.kind)
    return (known(cell) if known else None) or clean(field, cell)


def _without_heading(cells: list[list[str]], fields: Sequence[Field]) -> list[list[str]]:
    words = {label("field", one.name, "zh") for one in fields} | {_NUMBERING, "符号", "单位", "指标解释"}
    first = ["".join(cell.split()).partition("(")[0].partition("（")[0] for cell in cells[0]] if cells else []
    return cells[1:] if len(first) > 1 and all(cell in words for cell in first if cell) else cells


def _without_numbers(cells: list[list[str]], width: int) -> list[list[str]]:
    numbered = bool(cells) and all(len(line) > width and line[0].strip().isdecimal() for line in cells)
    return [line[1:] for line in cells] if numbered else cells


def _fill_down(cells: list[list[str]], fields: Sequence[Field]) -> None:
    for column, field in enumerate(fields):
        above = ""
        for line in cells if field.kind in _FILLED_DOWN else ():
            if column < len(line):
                line[column] = above = line[column].strip() or above
