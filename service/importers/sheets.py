"""Workbooks as plain grids: XLSX, XLS and ODS, every cell as the text that a person would copy from it."""

from service.importers.grid import Sheet
from service.importers.guard import Container
from service.importers.limited import grids
from service.importers.unreadable import UnreadableForm

__all__ = ["Sheet", "workbook_sheets"]

_WORKBOOKS = (Container.XLSX, Container.XLS, Container.ODS)


def workbook_sheets(data: bytes) -> tuple[Sheet, ...]:
    """All sheets of a workbook in their order, the hidden ones too. Raises UnreadableForm: none, or not to be opened."""
    container, sheets = grids(data)
    if container not in _WORKBOOKS:
        raise UnreadableForm("no_workbook")
    return sheets
