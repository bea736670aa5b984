"""A block pasted from a spreadsheet becomes rows. Pure.

Rules of Excel and WPS: cells are parted by tabs, rows by line ends, a cell with either stands in quotes, the text ends with
one line end too many. Merged first cells come as blanks and are filled down. A row of headings is known as the reader of
files knows one; then each column goes where its heading says.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from service.importers.anchors import heads_of
from service.importers.columns import columns_of
from service.importers.lines import Line
from service.web.editor_notes import typed
from service.web.editor_view import NUMERIC
from workflows.forms.base import Field, Kind, Section
from workflows.levels import level1, level2
from workflows.offered_amounts import offered
from workflows.quantities import comparator, is_blank, number, plain
from workflows.tidying import spelled
from workflows.ulid import new_ulid

MOST_ROWS = 200
_FILLED_DOWN = frozenset({Kind.LEVEL1, Kind.LEVEL2})
_WORDS = {Kind.LEVEL1: level1, Kind.LEVEL2: level2, Kind.COMPARATOR: comparator}
_READ = NUMERIC | set(_WORDS)
_Column = Field | None  # None: row numbers, or nothing of ours


@dataclass(frozen=True, slots=True)
class Pasted:
    """The rows afterwards; how many were written over, how many were added, and how many were left out at the limit.

    `unread` are cells (row, field) whose text is no number or none of the choices: they keep it, and the checks say so.
    `offers` are those of them that are an amount with its unit, in 万元: written so only when somebody says yes.
    `beside` are headings of columns that the table does not have; `sorted_in`: a heading sent a column elsewhere than where
    it would have gone by its place.
    """

    rows: list[dict[str, Any]]
    changed: int
    added: int
    left_out: int
    unread: frozenset[tuple[int, str]] = frozenset()
    offers: Mapping[tuple[int, str], Decimal] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    sorted_in: bool = False

    @property
    def asks(self) -> bool:
        """Whether a person is to look at it first: it adds more than a row, does not understand a cell, or leaves one out."""
        return self.added > 1 or bool(self.unread) or bool(self.beside) or self.sorted_in


def block(text: str) -> list[list[str]]:
    """The cells of a pasted text. Empty lines at its end are none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [row or [""] for row in csv.reader((f"{line}\n" for line in lines), delimiter="\t", strict=False)]
    while rows and all(is_blank(cell) for cell in rows[-1]):
        rows.pop()
    return rows


def pasted(
    section: Section, rows: Sequence[dict[str, Any]], text: str, *, row: int, field: str, convert: bool = False
) -> Pasted:
    """Write a block from the cell (`row`, `field`) on, to the right and downwards; rows that are missing are added.

    A row of headings and a column of row numbers are no cells. `convert`: amounts with their unit are written in 万元.
    """
    cells, columns, beside, sorted_in = _laid_out(block(text), section, field)
    room = min(MOST_ROWS, section.max_rows - row)
    kept = [dict(one) for one in rows]
    before, unread, offers = len(kept), set(), {}
    _fill_down(cells, columns)
    for offset, line in enumerate(cells[:room]):
        if row + offset >= len(kept):
            kept.append({"id": new_ulid(), **{one.name: None for one in typed(section)}})
        for one, cell in zip(columns, line, strict=False):
            if one is None:
                continue
            value, offer = spelled(one, cell), _offer(one, cell)
            if offer is not None and convert:
                value = plain(offer)
            kept[row + offset][one.name] = value
            if not is_understood(one, value):
                unread.add((row + offset, one.name))
                if offer is not None:
                    offers[row + offset, one.name] = offer
    added = len(kept) - before
    return Pasted(
        kept, len(cells[:room]) - added, added, len(cells) - len(cells[:room]), frozenset(unread), offers, beside,
        sorted_in,
    )  # fmt: skip


def _laid_out(
    cells: list[list[str]], section: Section, start: str
) -> tuple[list[list[str]], list[_Column], tuple[str, ...], bool]:
    """The rows of a block, what each of its columns is, headings that are none of ours, and whether one was moved."""
    fields = list(typed(section))
    at = next((index for index, one in enumerate(fields) if one.name == start), 0)
    by_place: list[_Column] = list(fields[at:])
    heads = _headings(section, cells[0]) if cells else None
    if heads is None:
        cells = _without_numbers(cells, len(fields)) if at == 0 else cells
        return cells, by_place, (), False
    known = {one.name: one for one in fields}
    columns = [known.get(heads.get(index, "")) for index in range(len(cells[0]))]
    beside = _left_out(cells, columns, numbers={index for index, name in heads.items() if name == "number"})
    said = [one for index, one in enumerate(columns) if heads.get(index) != "number"]
    return cells[1:], columns, beside, not beside and said != by_place[: len(said)]


def _left_out(cells: list[list[str]], columns: Sequence[_Column], *, numbers: set[int]) -> tuple[str, ...]:
    """The headings of columns that hold something and have no place; one without a heading is called by its number."""
    found = []
    for index in range(max(len(line) for line in cells)):
        has_place = index in numbers or (index < len(columns) and columns[index] is not None)
        if not has_place and any(index < len(line) and line[index].strip() for line in cells[1:]):
            head = "".join(cells[0][index].split()) if index < len(cells[0]) else ""
            found.append(head or f"#{index + 1}")
    return tuple(found)


def _headings(section: Section, cells: Sequence[str]) -> dict[int, str] | None:
    """Column to field, where the first row of a block is a row of headings: two at least, and most of what stands in it."""
    found = columns_of(Line(1, cells), heads_of(section), needed=(), lenient=True)
    filled = sum(1 for cell in cells if cell.strip())
    if found is None or len(found) < 2 or len(found) * 2 <= filled:
        return None
    return {index: name for name, index in found.items()}


def _offer(one: Field, cell: str) -> Decimal | None:
    return offered(cell) if one.kind is Kind.MONEY and one.unit == "万元" else None


def is_understood(field: Field, cell: object) -> bool:
    """Whether a cell that wants a number or a choice holds one. A target may be words: its comparator decides."""
    if cell is None or isinstance(cell, int) or field.kind not in _READ:
        return True
    known = _WORDS.get(field.kind)
    return known(str(cell)) is not None if known else number(str(cell)) is not None


def _without_numbers(cells: list[list[str]], width: int) -> list[list[str]]:
    numbered = bool(cells) and all(len(line) > width and line[0].strip().isdecimal() for line in cells)
    return [line[1:] for line in cells] if numbered else cells


def _fill_down(cells: list[list[str]], columns: Sequence[_Column]) -> None:
    for column, one in enumerate(columns):
        above = ""
        for line in cells if one is not None and one.kind in _FILLED_DOWN else ():
            if column < len(line):
                line[column] = above = line[column].strip() or above
