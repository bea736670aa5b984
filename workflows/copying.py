"""Starting from last year's form (从上年复制): what it offers, and what of it a draft takes over. Pure.

Copying adds and never replaces: cells that hold something and rows whose name is there already stay as they are. Amounts are
this year's to decide, so they are copied only when asked for. What is withheld is never copied, nor is anything that belongs
to the year's end. Every copied cell is told apart until somebody touched it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.errors import InvalidRequest
from workflows.forms.base import Document, Field, FormType, Kind, Section, Shape, Stage
from workflows.holds import marked_cells
from workflows.quantities import is_blank
from workflows.secrecy import PLACEHOLDER, has_mark
from workflows.ulid import new_ulid

Value = Any


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """A row of last year by its index. `there`: the draft has a row of that name."""

    index: int
    cells: Mapping[str, Value]
    there: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """What a section of last year offers. `cells` are those outside of tables that hold something; `withheld` counts what
    is left out because it is secret, `filled` the cells that the draft has filled in already.
    """

    section: Section
    cells: Mapping[str, Value]
    rows: tuple[OfferedRow, ...]
    withheld: int
    filled: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show of it."""
        return not (self.cells or self.rows or self.withheld)


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose: whole sections by name, single rows by section and index, and whether amounts come along."""

    sections: frozenset[str]
    rows: frozenset[tuple[str, int]] = frozenset()
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class CopiedCell:
    """A cell that was copied; `row_id` is empty outside of tables."""

    row_id: str
    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Taken:
    """A section after copying: its new value, the cells that were copied, and how many rows were added."""

    section: str
    value: Value
    cells: tuple[CopiedCell, ...]
    rows: int


def offered(form: FormType, last: Document, values: Mapping[str, Value]) -> tuple[Offered, ...]:
    """What last year's document offers to a draft with these section values, in the order of the form."""
    sections = (one for one in form.sections if one.stage is Stage.TARGET)
    return tuple(_offered(one, last.get(one.name), values.get(one.name)) for one in sections)


def _offered(section: Section, last: Value, value: Value) -> Offered:
    if section.shape is Shape.ROWS:
        rows = [row for row in last or () if isinstance(row, Mapping)]
        named = {_name(section, row) for row in value or ()}
        shown = tuple(
            OfferedRow(index, _cells(section, row), there=_name(section, row) in named)
            for index, row in enumerate(rows)
            if not _is_withheld(row)
        )
        return Offered(section, {}, shown, len(rows) - len(shown), 0)
    held = _fields(section, last)
    free = {name: cell for name, cell in held.items() if not (isinstance(cell, str) and _is_secret(cell))}
    now = _fields(section, value)
    return Offered(section, free, (), len(held) - len(free), sum(not is_blank(now.get(name)) for name in free))


def copied(form: FormType, last: Document, values: Mapping[str, Value], choice: Choice) -> tuple[Taken, ...]:
    """The sections that change. Raises InvalidRequest where a table would grow beyond its limit."""
    found = (_taken(one, values.get(one.section.name), choice) for one in offered(form, last, values))
    return tuple(one for one in found if one is not None)


def _taken(one: Offered, value: Value, choice: Choice) -> Taken | None:
    name = one.section.name
    if one.section.shape is Shape.ROWS:
        wanted = [
            row for row in one.rows if not row.there and (name in choice.sections or (name, row.index) in choice.rows)
        ]
        return _with_rows(one.section, value or [], wanted, amounts=choice.amounts)
    if name not in choice.sections:
        return None
    now = _fields(one.section, value)
    kept = {field.name for field in _copyable(one.section, amounts=choice.amounts)}
    new = {field: cell for field, cell in one.cells.items() if field in kept and is_blank(now.get(field))}
    if not new:
        return None
    cells = tuple(CopiedCell("", field, cell) for field, cell in new.items())
    return Taken(name, new[name] if one.section.shape is Shape.TEXT else {**(value or {}), **new}, cells, 0)


def _with_rows(section: Section, rows: Sequence[Value], wanted: Sequence[OfferedRow], *, amounts: bool) -> Taken | None:
    if not wanted:
        return None
    if len(rows) + len(wanted) > section.max_rows:
        raise InvalidRequest("shape.too_many_rows", field=section.name, limit=str(section.max_rows))
    kept = {field.name for field in _copyable(section, amounts=amounts)}
    added, cells = [], []
    for row in wanted:
        row_id, taken = new_ulid(), {name: cell for name, cell in row.cells.items() if name in kept}
        blank = {one.name: None for one in section.fields if one.stage is Stage.TARGET}
        added.append({"id": row_id, **blank, **taken})
        cells += [CopiedCell(row_id, name, cell) for name, cell in taken.items()]
    return Taken(section.name, [*rows, *added], tuple(cells), len(added))


def _copyable(section: Section, *, amounts: bool) -> Iterator[Field]:
    for one in section.fields:
        if one.stage is Stage.TARGET and (amounts or one.kind is not Kind.MONEY):
            yield one


def _cells(section: Section, row: Mapping[str, Value]) -> dict[str, Value]:
    names = (one.name for one in section.fields if one.stage is Stage.TARGET)
    return {name: row[name] for name in names if not is_blank(row.get(name))}


def _fields(section: Section, value: Value) -> dict[str, Value]:
    """The cells of a section outside of tables; the one text of a text section under its own name."""
    if section.shape is Shape.TEXT:
        return {} if is_blank(value) else {section.name: value}
    return _cells(section, value) if isinstance(value, Mapping) else {}


def _name(section: Section, row: Mapping[str, Value]) -> str:
    """What a row is known by: its first short text, without white space."""
    first = next((one.name for one in section.fields if one.stage is Stage.TARGET and one.kind is Kind.TEXT), "")
    return "".join(str(row.get(first) or "").split()) or str(row.get("id"))


def _is_withheld(row: Mapping[str, Value]) -> bool:
    cells = (cell for cell in row.values() if isinstance(cell, str))
    return bool(row.get("secrecy_tag") or marked_cells(dict(row))) or any(PLACEHOLDER in cell for cell in cells)


def _is_secret(cell: str) -> bool:
    return PLACEHOLDER in cell or has_mark(cell)


def stale_years(text: str, *, year: int) -> tuple[tuple[int, int], ...]:
    """Where the year stands in a text, from and up to. Not in the number of a document (〔2021〕5号), which stays as it is."""
    found = re.finditer(rf"(?<![\d〔\[［]){year}(?![\d〕\]］])", text, re.ASCII)
    return tuple(match.span() for match in found)


def with_year(text: str, *, old: int, new: int) -> str:
    """The text with every such year replaced."""
    for start, end in reversed(stale_years(text, year=old)):
        text = f"{text[:start]}{new}{text[end:]}"
    return text
