"""The official form as a workbook: one sheet, seven columns, cells merged as on paper.

Texts are written as texts, whatever they begin with: no cell of ours is ever a formula. Figures are numbers.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Final
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service.render.cells import number
from service.render.official import Official, Pair, Stamp, Table, Value

SHEET: Final = "绩效目标表"
FONT: Final = "宋体"
LINE_POINTS: Final = 14.0
WIDTH_CHARACTERS: Final = 92  # of all columns together, so that A4 portrait takes them at full size
# Which of the seven columns a cell of the head block covers: label, first label, its value, second label, its value.
LABEL, FIRST, FIRST_VALUE, SECOND, SECOND_VALUE = (0, 0), (1, 2), (3, 3), (4, 5), (6, 6)
NAME_VALUE: Final = (1, 3)
WHOLE: Final = (1, 6)
TASK: Final = ((1, 1), (2, 2), (3, 5), (6, 6))
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # the same document gives the same bytes

Span = tuple[int, int]


def official_xlsx(form: Official, stamp: Stamp) -> bytes:
    """One workbook; the same input gives the same bytes."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": form.title, "created": _EPOCH.replace(tzinfo=None)})
        _Page(workbook, form).write(stamp)
    return buffer.getvalue()


class _Page:
    """The sheet while it is written, from the top down; `row` is the next one."""

    def __init__(self, workbook: xlsxwriter.Workbook, form: Official) -> None:
        self.form = form
        self.sheet: Worksheet = workbook.add_worksheet(SHEET)
        self.row = 0
        shares = form.indicators.widths
        self.widths = [share * WIDTH_CHARACTERS / sum(shares) for share in shares]
        base = {"font_name": FONT, "font_size": 10, "valign": "vcenter", "text_wrap": True, "border": 1}
        self.head: Format = workbook.add_format({**base, "bold": True, "align": "center"})
        self.text: Format = workbook.add_format({**base, "align": "left"})
        self.middle: Format = workbook.add_format({**base, "align": "center"})
        self.figure: Format = workbook.add_format({**base, "align": "right"})
        self.title: Format = workbook.add_format(
            {"font_name": FONT, "font_size": 16, "bold": True, "align": "center", "valign": "vcenter"}
        )

    def write(self, stamp: Stamp) -> None:
        """Everything, in the order of the page."""
        form = self.form
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        self._setup(stamp)
        self.sheet.merge_range(0, 0, 0, 6, "", self.title)
        self.sheet.write_string(0, 0, form.title, self.title)
        self.sheet.set_row(0, 30)
        self.row = 1
        self._head_row(form.head)
        self._basic(*form.basic)
        self._budget()
        self._line([(LABEL, form.goal.label, self.head), (WHOLE, form.goal.value, self.text)])
        for block in form.tasks:
            self._tasks(block)
        self._indicators(form.indicators)

    def _setup(self, stamp: Stamp) -> None:
        self.sheet.set_paper(9)  # A4
        self.sheet.set_portrait()
        self.sheet.set_margins(left=0.79, right=0.67, top=0.79, bottom=0.79)
        self.sheet.center_horizontally()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer(f"&C第 &P 页 / 共 &N 页&R&8{stamp.text}")

    def _head_row(self, pairs: tuple[Pair, Pair]) -> None:
        first, second = pairs
        self._line(
            [
                (LABEL, first.label, self.head),
                (NAME_VALUE, first.value, self.middle),
                (SECOND, second.label, self.head),
                (SECOND_VALUE, second.value, self.middle),
            ]
        )

    def _basic(self, label: str, pairs: Sequence[Pair]) -> None:
        start = self.row
        for at in range(0, len(pairs), 2):
            left, right = pairs[at], pairs[at + 1] if at + 1 < len(pairs) else Pair("", Value(""))
            self._two(left, right, label=self.head, value=self.middle)
        self._label(start, label)

    def _budget(self) -> None:
        form, start = self.form, self.row
        spending, income = form.spending[1], form.income[1]
        self._two(
            Pair(form.spending[0], Value(form.amount_head)),
            Pair(form.income[0], Value(form.amount_head)),
            label=self.head,
            value=self.head,
        )
        empty = Pair("", Value(""))
        for at in range(max(len(spending), len(income))):
            left = spending[at] if at < len(spending) else empty
            right = income[at] if at < len(income) else empty
            self._two(left, right, label=self.middle, value=self.figure)
        self._label(start, form.budget)

    def _two(self, left: Pair, right: Pair, *, label: Format, value: Format) -> None:
        self._line(
            [
                (FIRST, left.label, label),
                (FIRST_VALUE, left.value, value),
                (SECOND, right.label, label),
                (SECOND_VALUE, right.value, value),
            ]
        )

    def _tasks(self, block: Table) -> None:
        start = self.row
        self._line([(span, head, self.head) for span, head in zip(TASK, block.heads, strict=True)])
        for row in block.rows:
            styles = (self.middle, self.text, self.text, self.figure)
            self._line([(span, value, style) for span, value, style in zip(TASK, row, styles, strict=True)])
        self._label(start, block.label)

    def _indicators(self, table: Table) -> None:
        self._line([((0, 6), table.label, self.head)])
        self._line([((at, at), head, self.head) for at, head in enumerate(table.heads)])
        self.sheet.repeat_rows(self.row - 2, self.row - 1)
        for row in table.rows:
            self._line([((at, at), value, self._style(at, value)) for at, value in enumerate(row)])

    def _style(self, column: int, value: Value) -> Format:
        if value.figure:
            return self.figure
        return self.text if column in (2, 3) else self.middle

    def _label(self, start: int, text: str) -> None:
        """The label at the left of the rows from `start` to here."""
        end = self.row - 1
        if end > start:
            self.sheet.merge_range(start, 0, end, 0, "", self.head)
        self.sheet.write_string(start, 0, text, self.head)

    def _line(self, cells: Sequence[tuple[Span, Value | str, Format]]) -> None:
        """One row. Its height is reckoned, because a sheet does not fit merged cells by itself."""
        lines = 1
        for (first, last), cell, style in cells:
            value = cell if isinstance(cell, Value) else Value(cell)
            if last > first:
                self.sheet.merge_range(self.row, first, self.row, last, "", style)
            self._put(first, value, style)
            lines = max(lines, _lines(value.text, sum(self.widths[first : last + 1])))
        self.sheet.set_row(self.row, min(409, lines * LINE_POINTS + 4))
        self.row += 1

    def _put(self, column: int, value: Value, style: Format) -> None:
        figure = number(value.text) if value.figure else None
        if figure is not None:
            self.sheet.write_number(self.row, column, figure, style)
        elif value.text:
            self.sheet.write_string(self.row, column, value.text, style)
        else:
            self.sheet.write_blank(self.row, column, None, style)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in `width` characters, a Chinese one counting two."""
    usable = max(2.0, width - 1.5)
    return sum(max(1, ceil(_width(line) / usable)) for line in text.split("\n"))


def _width(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in line)
