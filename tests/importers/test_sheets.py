"""Workbooks as grids: what a cell shows, hidden sheets, merged cells."""

import datetime as dt
import io
import math

import openpyxl
import pytest

from service.importers import UnreadableForm
from service.importers.guard import Container
from service.importers.limited import grids
from service.importers.workbooks import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1263.12, "1263.12"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (100000.0, "100000"),
        (1e20, "100000000000000000000"),
        (1e-7, "0.0000001"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (True, "TRUE"),
        (dt.date(2022, 3, 1), "2022-03-01"),
        (dt.datetime(2022, 3, 1), "2022-03-01"),  # noqa: DTZ001  # as a workbook gives it
        (dt.datetime(2022, 3, 1, 8, 5), "2022-03-01 08:05"),  # noqa: DTZ001
        (dt.timedelta(days=1, hours=12), "1.5"),
        ("=1+1", "=1+1"),
    ],
)
def test_what_a_cell_shows(value: object, text: str) -> None:
    assert shown(value) == text


def test_grid_starts_at_its_first_cell_and_knows_hidden_sheets_and_merges() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet["B2"], sheet["D4"] = "名称", 560.25
    sheet.merge_cells("B2:C3")
    hidden = workbook.create_sheet("记录")
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = 1
    stored = io.BytesIO()
    workbook.save(stored)
    container, (first, second) = grids(stored.getvalue())
    assert container is Container.XLSX
    assert first.rows == (("", "", "", ""), ("", "名称", "", ""), ("", "", "", ""), ("", "", "", "560.25"))
    assert first.merged == ((1, 1, 2, 2),)
    assert (first.hidden, second.hidden) == (False, True)
    assert (second.name, second.rows) == ("记录", (("1",),))


def test_what_is_no_workbook_is_refused() -> None:
    for data in (b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600):
        with pytest.raises(UnreadableForm):
            grids(data)
