"""The offline workbook: a form to fill in without the system, that comes back as changes to the draft it was made of.

The first sheet holds what stands once, each section of rows has a sheet of its own. Labels are locked without a password;
rows can be added, deleted and sorted, and a hidden first column moves with them: it carries each row's id, in front of a
single cell its path, in front of the codes of a table's columns the section's name. So nothing depends on where a cell
stands. A very hidden sheet keeps the state that the workbook started from (workflows/offline_identity.py).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from service.render.offline_cells import Pen, head, height, lines, width
from service.render.offline_sums import Amounts, Line
from workflows.catalogue import label, sentence
from workflows.draft import HEAD, HEAD_FIELDS, target_sections
from workflows.forms.base import Field, FormType, Kind, Section, Shape, Stage
from workflows.offline_identity import SHEET, TABLE_MARK, Identity, identity_lines

SPARE: Final = 20  # empty rows behind the last one
MARKS, LABELS, VALUES, UNITS = range(4)  # columns of the first sheet
FIRST_FIELD: Final = 2  # column of a table, behind the hidden id and the number
SUMS, CODES, HEADS, FIRST_ROW = 2, 3, 4, 5  # rows of a table's sheet
_TALL: Final = 260  # points of the line of a long text
_SHEET_NAME: Final = 31
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))
_MACHINE: Final = frozenset({Kind.ID, Kind.TAG, Kind.TASK})
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # the same draft gives the same bytes
_PROTECTION: Final = {
    "insert_rows": True, "delete_rows": True, "sort": True, "format_rows": True, "format_columns": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfflineDraft:
    """A draft as it goes out: the form, whose it is, and every section with its version, the head included."""

    form: FormType
    submission_id: int
    region: str
    fiscal_year: int
    department: str
    sections: Mapping[str, tuple[int, Any]]

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever the section holds
        """The value of a section, None where nobody began it."""
        return self.sections.get(name, (0, None))[1]

    @property
    def identity(self) -> Identity:
        """What the workbook will know of itself."""
        return Identity(
            self.form.id,
            self.submission_id,
            self.region,
            self.department,
            self.fiscal_year,
            {name: version for name, (version, _) in self.sections.items()},
            {name: value for name, (_, value) in self.sections.items()},
        )


def head_section(form: FormType) -> Section:
    """The head of a draft as a section of fields."""
    fields = tuple(one for one in form.header if one.name in HEAD_FIELDS and one.kind not in _MACHINE)
    return Section(HEAD, Shape.FIELDS, fields)


def filled_fields(section: Section) -> tuple[Field, ...]:
    """The cells that people fill in before the form is approved."""
    return tuple(one for one in section.fields if one.stage is Stage.TARGET and one.kind not in _MACHINE)


def offline_workbook(draft: OfflineDraft, *, lang: str) -> bytes:
    """The workbook of a draft, its words in one language; the same draft gives the same bytes."""
    buffer = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    # A row is deleted only where all of its cells are free, those without any format too.
    options |= {"default_format_properties": {"locked": False}}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": _title(draft, lang), "created": _EPOCH.replace(tzinfo=None)})
        yuan = (draft.value(HEAD) or {}).get("money_source_unit") == "元"
        pen = Pen(book, draft.form, lang, 6 if yuan else 2)
        _Workbook(book, pen, draft).write()
    return buffer.getvalue()


def _title(draft: OfflineDraft, lang: str) -> str:
    return sentence("workbook.title", lang, year=draft.fiscal_year, form=label("form", draft.form.code, lang))


class _Workbook:
    """The sheets while they are written."""

    def __init__(self, book: xlsxwriter.Workbook, pen: Pen, draft: OfflineDraft) -> None:
        self.pen, self.draft, self.lang = pen, draft, pen.lang
        tables = [one for one in target_sections(draft.form) if one.shape is Shape.ROWS]
        self.first: Worksheet = book.add_worksheet(self._say("sheet"))
        self.tables = [(one, book.add_worksheet(self._sheet_name(one))) for one in tables]
        pen.write_lists()
        self.hidden: Worksheet = book.add_worksheet(SHEET)
        self.amounts = Amounts(draft.form, {name: value for name, (_, value) in draft.sections.items()})
        self.row = 0

    def write(self) -> None:
        for row, facts in enumerate(identity_lines(self.draft.identity)):
            for column, text in enumerate(facts):
                self.hidden.write_string(row, column, text)
        self.hidden.very_hidden()
        for section, sheet in self.tables:
            self._table(section, sheet)
        self._first_sheet()
        for section, sheet in self.tables:  # only now every amount has its place
            for line in self.amounts.concerning(section.name, self.lang)[:1]:
                sheet.merge_range(SUMS, 1, SUMS, FIRST_FIELD, "", self.pen.label)
                sheet.write_string(SUMS, 1, line.words, self.pen.label)
                self._balance(sheet, (SUMS, FIRST_FIELD + 1), line)
                sheet.set_row(SUMS, 34)

    def _say(self, key: str, **params: object) -> str:
        return sentence(f"workbook.{key}", self.lang, **params)

    def _sheet_name(self, section: Section) -> str:
        return label("section", section.name, self.lang).translate(_FORBIDDEN)[:_SHEET_NAME]

    def _first_sheet(self) -> None:
        sheet, pen = self.first, self.pen
        sheet.set_column(MARKS, MARKS, 4, None, {"hidden": True})
        for column, wide in ((LABELS, 26), (VALUES, 66), (UNITS, 10)):
            sheet.set_column(column, column, wide)
        self._across(_title(self.draft, self.lang), pen.title, height=34)
        self._across(self._say("guide"), pen.guide, height=64)
        self._locked(label("field", "department", self.lang), self.draft.department)
        self._fields(head_section(self.draft.form))
        for section in target_sections(self.draft.form):
            if section.shape is not Shape.ROWS:
                self._across(label("section", section.name, self.lang), pen.block, height=22)
                self._fields(section)
        self._balances()
        _finish(sheet, landscape=False)

    def _across(self, text: str, style: Format, *, height: int) -> None:
        self.first.merge_range(self.row, LABELS, self.row, UNITS, "", style)
        self.first.write_string(self.row, LABELS, text, style)
        self.first.set_row(self.row, height)
        self.row += 1

    def _locked(self, words: str, text: str) -> None:
        self.first.write_string(self.row, LABELS, words, self.pen.label)
        self.first.write_string(self.row, VALUES, text, self.pen.locked)
        self.first.write_blank(self.row, UNITS, None, self.pen.locked)
        self.row += 1

    def _fields(self, section: Section) -> None:
        value, sheet = self.draft.value(section.name), self.first
        for one in filled_fields(section):
            whole = section.shape is Shape.TEXT
            mark = section.name if whole else f"{section.name}.{one.name}"
            sheet.write_string(self.row, MARKS, mark, self.pen.id)
            sheet.write_string(self.row, LABELS, head(one, self.lang), self.pen.label)
            self.pen.put(sheet, (self.row, VALUES), one, value if whole else (value or {}).get(one.name))
            self.pen.validate(sheet, (self.row, VALUES, self.row, VALUES), one)
            sheet.write_string(self.row, UNITS, one.unit or "", self.pen.locked)
            if whole:
                sheet.set_row(self.row, _TALL)
            self.amounts.places[mark] = f"'{sheet.name}'!{xl_rowcol_to_cell(self.row, VALUES, True, True)}"
            self.row += 1

    def _balances(self) -> None:
        lines = self.amounts.all(self.lang)
        if lines:
            self._across(self._say("balances"), self.pen.block, height=22)
        for line in lines:
            self.first.write_string(self.row, LABELS, line.words, self.pen.label)
            self._balance(self.first, (self.row, VALUES), line)
            self.first.set_row(self.row, height(2))
            self.first.write_blank(self.row, UNITS, None, self.pen.locked)
            self.row += 1

    def _balance(self, sheet: Worksheet, at: tuple[int, int], line: Line) -> None:
        sheet.write_formula(*at, line.formula, self.pen.sum, line.result)
        for sign, style in (("✓", self.pen.even), ("▲", self.pen.off)):
            sheet.conditional_format(
                *at, *at, {"type": "text", "criteria": "begins with", "value": sign, "format": style}
            )

    def _table(self, section: Section, sheet: Worksheet) -> None:
        """One section of rows: title, codes (hidden), heads, the rows, and empty ones to go on with."""
        pen, fields = self.pen, filled_fields(section)
        last = FIRST_FIELD + len(fields) - 1
        sheet.set_column(0, 0, 4, pen.id, {"hidden": True})
        sheet.set_column(1, 1, 6)
        for column, one in enumerate(fields, FIRST_FIELD):
            sheet.set_column(column, column, width(one))
        sheet.merge_range(0, 1, 0, last, "", pen.title)
        sheet.write_string(0, 1, label("section", section.name, self.lang), pen.title)
        sheet.set_row(0, 30)
        sheet.merge_range(1, 1, 1, last, "", pen.guide)
        sheet.write_string(1, 1, self._say("table_guide", limit=section.max_rows), pen.guide)
        sheet.set_row(1, 34)
        self._heads(sheet, section, fields)
        rows = self.draft.value(section.name) or []
        shown = max(len(rows), min(len(rows) + SPARE, section.max_rows))
        for number in range(shown):
            self._row(sheet, fields, number, rows[number] if number < len(rows) else {})
        self._columns(sheet, section, fields)
        sheet.freeze_panes(FIRST_ROW, 0)
        sheet.repeat_rows(HEADS)
        _finish(sheet, landscape=True)

    def _heads(self, sheet: Worksheet, section: Section, fields: Sequence[Field]) -> None:
        sheet.write_string(CODES, 0, TABLE_MARK + section.name)
        sheet.set_row(CODES, None, None, {"hidden": True})
        sheet.write_string(HEADS, 1, self._say("number"), self.pen.head)
        for column, one in enumerate(fields, FIRST_FIELD):
            sheet.write_string(CODES, column, one.name)
            sheet.write_string(HEADS, column, head(one, self.lang), self.pen.head)
        sheet.set_row(HEADS, 30)

    def _row(self, sheet: Worksheet, fields: Sequence[Field], number: int, row: Mapping[str, Any]) -> None:
        at = FIRST_ROW + number
        if row.get("id"):
            sheet.write_string(at, 0, str(row["id"]), self.pen.id)
        sheet.write_formula(at, 1, f"=ROW()-{FIRST_ROW}", self.pen.row, number + 1)
        for column, one in enumerate(fields, FIRST_FIELD):
            self.pen.put(sheet, (at, column), one, row.get(one.name))
        sheet.set_row(at, height(max(lines(one, row.get(one.name), self.lang) for one in fields)))

    def _columns(self, sheet: Worksheet, section: Section, fields: Sequence[Field]) -> None:
        """What each column takes, as far down as rows may go, and where its amounts stand."""
        bottom = FIRST_ROW + max(section.max_rows, 1) - 1
        for column, one in enumerate(fields, FIRST_FIELD):
            self.pen.validate(sheet, (FIRST_ROW, column, bottom, column), one)
            sheet.ignore_errors({"number_stored_as_text": xl_range(FIRST_ROW, column, bottom, column)})
            place = f"'{sheet.name}'!{xl_range_abs(FIRST_ROW, column, bottom, column)}"
            self.amounts.places[f"{section.name}.{one.name}"] = place
            if one.name == section.name_field:
                named = place
        for one in fields:
            self.amounts.names[f"{section.name}.{one.name}"] = named


def _finish(sheet: Worksheet, *, landscape: bool) -> None:
    """Locks without a password, and a page that prints on A4."""
    sheet.protect("", dict(_PROTECTION))
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
