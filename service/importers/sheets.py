"""Workbooks as plain grids: XLSX, XLS and ODS, every cell as the text that a person would copy from it."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
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

from service.importers.unreadable import UnreadableForm

Merge = tuple[int, int, int, int]

MAX_CELLS = 400_000  # blank ones between filled ones included, in all sheets together
MAX_SHEETS = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` start at A1, rows and columns count from 0; blank is "", numbers are plain decimals.

    `merged` are (first row, first column, last row, last column); only the first cell of such a range has a text.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    hidden: bool = False
    merged: tuple[Merge, ...] = ()


def workbook_sheets(data: bytes) -> tuple[Sheet, ...]:
    """All sheets of a workbook in their order, the hidden ones too. Raises UnreadableForm."""
    return parsed(data)


def parsed(data: bytes) -> tuple[Sheet, ...]:
    """The same, without guard and without limits: for the process that has them."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        described = [one for one in workbook.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet]
        if len(described) > MAX_SHEETS:
            raise UnreadableForm("too_many_sheets", params={"limit": str(MAX_SHEETS)})
        return tuple(_sheets(workbook, described))
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
