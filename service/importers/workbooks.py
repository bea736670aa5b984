"""XLSX, XLS and ODS by calamine: every cell as the text that a person would copy from it."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from service.importers.grid import Sheet
from service.importers.sheet_marks import NONE, Marks, marks_of
from service.importers.unreadable import UnreadableForm

MAX_CELLS = 200_000  # blank ones between filled ones included, in all sheets together
MAX_SHEETS = 60
_LONGEST, _WIDEST = 5_000, 300  # rows, columns: an error beyond is none of ours
_MACRO_SHEETS = (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba)


def sheets_of(data: bytes, members: Mapping[str, bytes]) -> tuple[Sheet, ...]:
    """All sheets of a workbook that was guarded; `members` are those of an XLSX. Raises UnreadableForm.

    Without limits of its own: it runs in the process that has them (service/importers/limited.py).
    """
    marks = marks_of(members)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if any(one.typ in _MACRO_SHEETS for one in workbook.sheets_metadata):
            raise UnreadableForm("macros")
        described = [one for one in workbook.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet]
        if len(described) > MAX_SHEETS:
            raise UnreadableForm("too_many_sheets", params={"limit": str(MAX_SHEETS)})
        return tuple([_marked(sheet, marks.get(sheet.name, NONE)) for sheet in _sheets(workbook, described)])
    except PasswordError as fault:
        raise UnreadableForm("encrypted") from fault
    except CalamineError as fault:
        raise UnreadableForm("broken_workbook") from fault


def _sheets(workbook: CalamineWorkbook, described: Iterable[SheetMetadata]) -> Iterable[Sheet]:
    left = MAX_CELLS
    for one in described:
        sheet = workbook.get_sheet_by_name(one.name)
        left -= _size(sheet)
        if left < 0:
            raise UnreadableForm("too_many_cells", params={"sheet": one.name[:31], "limit": str(MAX_CELLS)})
        grid = sheet.to_python(skip_empty_area=False)
        rows = tuple([tuple([cell if cell.__class__ is str else shown(cell) for cell in row]) for row in grid])
        merged = tuple([(*first, *last) for first, last in sheet.merged_cell_ranges or ()])
        yield Sheet(one.name, rows, one.visible is not SheetVisibleEnum.Visible, merged)


def _marked(sheet: Sheet, marks: Marks) -> Sheet:
    """The sheet with per cent as it shows it, and with errors where calamine gives nothing."""
    if marks is NONE:
        return sheet
    rows = [list(row) for row in sheet.rows]
    for row, column in marks.percent:
        if row < len(rows) and column < len(rows[row]) and rows[row][column]:
            rows[row][column] = _percent(rows[row][column])
    for (row, column), text in marks.instead.items():
        if row < _LONGEST and column < _WIDEST:
            _put(rows, row=row, column=column, text=text)
    return replace(sheet, rows=tuple([tuple(row) for row in rows]), hidden_rows=marks.hidden_rows)


def _percent(text: str) -> str:
    """0.95 in a cell that shows per cent is what somebody typed as 95%."""
    try:
        return f"{(Decimal(text) * 100).normalize():f}%"
    except InvalidOperation:
        return text


def _put(rows: list[list[str]], *, row: int, column: int, text: str) -> None:
    while len(rows) <= row:
        rows.append([])
    rows[row] += [""] * (column + 1 - len(rows[row]))
    rows[row][column] = text


def _size(sheet: CalamineSheet) -> int:
    """Cells from A1 to the last filled one."""
    return 0 if sheet.end is None else (sheet.end[0] + 1) * (sheet.end[1] + 1)


def shown(value: object) -> str:
    """A cell value as text: numbers with the 15 digits that a workbook keeps, days as 2022-03-01."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _number(round(value.total_seconds() / 86_400, 10))
    return str(value)


def _number(value: float) -> str:
    """What is stored as 0.30000000000000004 was meant, and is shown, as 0.3."""
    if not isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text
