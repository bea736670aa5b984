"""Which sheet of a workbook is the form: the one that has a title. Two of them are a question that only people answer."""

from collections.abc import Sequence

from service.importers.cells import Notes
from service.importers.grid import Sheet
from service.importers.guard import Container
from service.importers.lines import lines_of_sheet
from service.importers.titles import WITHIN, relative_of, title_of
from service.importers.unreadable import UnreadableForm

_MOST_NAMED = 20


def chosen_sheet(sheets: Sequence[Sheet], container: Container, *, notes: Notes) -> Sheet:
    """The sheet with the form. Raises UnreadableForm: several of them, only a hidden one, none at all.

    Other sheets that hold a form in hiding, and hidden rows of the chosen one, are reported.
    """
    if len(sheets) == 1 and not sheets[0].hidden and not sheets[0].hidden_rows:
        return sheets[0]
    forms = [sheet for sheet in sheets if _is_form(sheet, container)]
    shown = [sheet for sheet in forms if not sheet.hidden]
    if len(shown) > 1:
        raise UnreadableForm("two_sheets", params={"sheets": "、".join(one.name[:31] for one in shown[:_MOST_NAMED])})
    if forms and not shown:
        raise UnreadableForm("hidden_form", params={"sheet": forms[0].name[:31]})
    chosen = shown[0] if shown else _only(sheets)
    for sheet in forms:
        if sheet.hidden:
            notes.add("", sheet.name[:31], None, reason="hidden_sheet")
    for row in chosen.hidden_rows[:_MOST_NAMED]:
        if row < len(chosen.rows) and any(chosen.rows[row]):
            notes.add(
                "",
                " ".join(cell for cell in chosen.rows[row] if cell)[:60],
                None,
                reason="hidden_row",
                line=str(row + 1),
            )
    return chosen


def _is_form(sheet: Sheet, container: Container) -> bool:
    lines = lines_of_sheet(Sheet(sheet.name, sheet.rows[: 4 * WITHIN]), container)[:WITHIN]
    return any(title_of(line) for line in lines) or relative_of(lines) is not None


def _only(sheets: Sequence[Sheet]) -> Sheet:
    """Without any title the first filled sheet is read, so that the refusal names what stands there."""
    filled = [sheet for sheet in sheets if not sheet.hidden and any(any(row) for row in sheet.rows)]
    if not filled:
        raise UnreadableForm("empty")
    return filled[0]
