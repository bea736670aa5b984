"""The official form as a workbook: one sheet, as many columns as its widest table, cells merged as on paper.

Texts are written as texts, whatever they begin with: no cell of ours is ever a formula. Figures are numbers.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Final
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service.render.cells import number
from service.render.official import Ledger, Names, Official, Pair, Pairs, Part, Prose, Stamp, Table, Value

SHEET: Final = "绩效目标表"
FONT: Final = "宋体"
LINE_POINTS: Final = 14.0
WIDTH_CHARACTERS: Final = 92  # of all columns together, so that A4 portrait takes them at full size
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # the same document gives the same bytes

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Which columns a cell of the head of the sheet covers, where the sheet has `columns` of them (seven or more)."""

    columns: int

    label: Span = (0, 0)
    name_value: Span = (1, 3)
    first: Span = (1, 2)
    first_value: Span = (3, 3)
    second: Span = (4, 5)

    @property
    def second_value(self) -> Span:
        """The last columns."""
        return (6, self.columns - 1)

    @property
    def whole(self) -> Span:
        """Everything beside the label."""
        return (1, self.columns - 1)

    @property
    def task(self) -> tuple[Span, Span, Span, Span]:
        """The four columns of a table beside its label."""
        return ((1, 1), (2, 2), (3, self.columns - 2), (self.columns - 1, self.columns - 1))


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
        shares = max((table.widths for table in form.wide_tables), key=len)
        self.widths = [share * WIDTH_CHARACTERS / sum(shares) for share in shares]
        self.frame = _Frame(len(shares))
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
        self.sheet.merge_range(0, 0, 0, self.frame.columns - 1, "", self.title)
        self.sheet.write_string(0, 0, form.title, self.title)
        self.sheet.set_row(0, 30)
        self.row = 1
        for part in form.parts:
            self._part(part)

    def _part(self, part: Part) -> None:
        match part:
            case Names():
                self._names(*part.pairs)
            case Pairs():
                self._pairs(part)
            case Ledger():
                self._ledger(part)
            case Prose():
                self._line([(self.frame.label, part.label, self.head), (self.frame.whole, part.value, self.text)])
            case Table():
                (self._wide if part.wide else self._tasks)(part)

    def _setup(self, stamp: Stamp) -> None:
        self.sheet.set_paper(9)  # A4
        self.sheet.set_portrait()
        self.sheet.set_margins(left=0.79, right=0.67, top=0.79, bottom=0.79)
        self.sheet.center_horizontally()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer(f"&C第 &P 页 / 共 &N 页&R&8{stamp.text}")

    def _names(self, first: Pair, second: Pair) -> None:
        self._line(
            [
                (self.frame.label, first.label, self.head),
                (self.frame.name_value, first.value, self.middle),
                (self.frame.second, second.label, self.head),
                (self.frame.second_value, second.value, self.middle),
            ]
        )

    def _pairs(self, part: Pairs) -> None:
        start, pairs = self.row, part.pairs
        for at in range(0, len(pairs), 2):
            left, right = pairs[at], pairs[at + 1] if at + 1 < len(pairs) else Pair("", Value(""))
            self._two(left, right, label=self.head, value=self.middle)
        self._label(start, part.label)

    def _ledger(self, part: Ledger) -> None:
        start, amount = self.row, Value(part.amount_head)
        self._two(Pair(part.left_head, amount), Pair(part.right_head, amount), label=self.head, value=self.head)
        for left, right in part.rows:
            self._two(left, right, label=self.middle, value=self.figure)
        self._label(start, part.label)

    def _two(self, left: Pair, right: Pair, *, label: Format, value: Format) -> None:
        self._line(
            [
                (self.frame.first, left.label, label),
                (self.frame.first_value, left.value, value),
                (self.frame.second, right.label, label),
                (self.frame.second_value, right.value, value),
            ]
        )

    def _tasks(self, block: Table) -> None:
        start = self.row
        self._line([(span, head, self.head) for span, head in zip(self.frame.task, block.heads, strict=True)])
        for row in block.rows:
            styles = (self.middle, self.text, self.text, self.figure)
            self._line([(span, value, style) for span, value, style in zip(self.frame.task, row, styles, strict=True)])
        self._label(start, block.label)

    def _wide(self, table: Table) -> None:
        spans = _spans(table.widths, self.widths)
        self._line([((0, self.frame.columns - 1), table.label, self.head)])
        self._line([(span, head, self.head) for span, head in zip(spans, table.heads, strict=True)])
        if table is self.form.wide_tables[-1]:
            self.sheet.repeat_rows(self.row - 2, self.row - 1)
        for row in table.rows:
            self._line([(spans[at], value, self._style(table, at, value)) for at, value in enumerate(row)])

    def _style(self, table: Table, column: int, value: Value) -> Format:
        if value.figure:
            return self.figure
        return self.middle if column in table.centred else self.text

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


def _spans(shares: Sequence[int], widths: Sequence[float]) -> list[Span]:
    """Which columns of the sheet each column of a table takes, near its share; each takes at least one."""
    spans, start, taken = [], 0, 0.0
    for left, share in zip(range(len(shares) - 1, -1, -1), shares, strict=True):
        taken += share * sum(widths) / sum(shares)
        end = start
        while end + 1 < len(widths) - left and (not left or sum(widths[: end + 1]) + widths[end + 1] / 2 <= taken):
            end += 1
        spans.append((start, end))
        start = end + 1
    return spans


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in `width` characters, a Chinese one counting two."""
    usable = max(2.0, width - 1.5)
    return sum(max(1, ceil(_width(line) / usable)) for line in text.split("\n"))


def _width(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in line)
