"""The table of funds of project forms: opening, adjusted and executed amounts by source, with rate and points.

The amounts go to the form's section of money and to its execution; rates and points are only compared, the system
reckons them itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from service.importers import spellings
from service.importers.anchors import key
from service.importers.columns import columns_of
from service.importers.lines import Line
from service.importers.parted_values import amount_of
from service.importers.reading_state import Reading
from workflows import quantities
from workflows.forms.base import Kind, Section, Shape

_COLUMNS = {key(label): name for name, labels in spellings.FUND_COLUMNS.items() for label in labels}
_ROWS = {key(label): name for name, labels in spellings.FUND_ROWS.items() for label in labels}
_ANNUAL, _LONG_TERM = ("当年", "年度", "本年"), ("长期", "中期", "总额")


@dataclass
class Funds:
    """Amounts as printed by (row, column): `total` and the sources, `opening`, `adjusted`, `executed` and the rest.

    `unit` is that of the head or of the sheet; `remarks` are lines that tell what was done.
    `by_source`: sources stand in columns, the year and the long term in rows.
    """

    amounts: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    unit: str = ""
    remarks: list[Line] = field(default_factory=list)
    by_source: bool = False

    def open(self, line: Line, heads: Mapping[str, int]) -> None:
        """Note what the head says."""
        self.by_source = "total" in heads
        for label in line.labels:
            for unit in ("万元", "元"):
                if f"({unit})" in label:
                    self.unit = unit
                    return

    def put(self, row: str, column: str, text: str, line: Line) -> None:
        """One printed cell; of two rows of one name the first counts."""
        if text.strip() and (row, column) not in self.amounts:
            self.amounts[row, column] = text.strip()
            self.lines[row, column] = line

    def number(self, row: str, column: str) -> Decimal | None:
        """The amount as a number."""
        text, _ = amount_of(self.amounts.get((row, column), ""))
        return quantities.number(text.removesuffix("%"))

    def line_of(self, row: str, column: str) -> str:
        """The number of the line in which the cell stands, as changes name it."""
        line = self.lines.get((row, column))
        return "" if line is None else str(line.number)


def fund_heads(line: Line) -> dict[str, int] | None:
    """The columns of a table of funds, None when the line is no head of one."""
    heads = columns_of(line, _COLUMNS, needed=("opening",), lenient=True)
    if heads is None:
        sources = columns_of(line, _ROWS, needed=("total", "fiscal_appropriation"), lenient=True)
        return sources if sources is not None and not any(_is_figure(label) for label in line.labels) else None
    return heads if len(heads) > 1 else None


def read_funds(funds: Funds, line: Line, heads: Mapping[str, int]) -> bool:
    """A row of the table; whether it was one."""
    first = next((label for label in line.labels if label), "")
    if funds.by_source:
        period: str | None = "opening" if first in _ANNUAL else "long_term" if first in _LONG_TERM else None
        if period is None:
            return False
        for source, index in heads.items():
            if index < len(line.cells):
                funds.put(source, period, line.cells[index], line)
        return True
    row = _row(first)
    if row is None:
        return False
    for column, index in heads.items():
        if index < len(line.cells):
            funds.put(row, column, line.cells[index], line)
    return True


def read_money_line(funds: Funds, reading: Reading, line: Line, column: int | None = None) -> bool:
    """A label of an amount with its figure beside it, outside of a table; with `column` the figure of a unit's line."""
    if column is not None:
        if not _is_figure(line.labels[column]):
            return False
        reading.dropped("", line, "derived_total", line.cells[column].strip())
        return True
    row = _row(line.labels[0])
    values = [cell for cell in line.cells[1:] if cell.strip()]
    if row is None or not values or not _is_figure(values[0].strip()):
        return False
    funds.put(row, "opening", values[0], line)
    return True


def settle(funds: Funds, reading: Reading) -> None:
    """Put the amounts where the form has them: of the year, of the long term, and of the execution."""
    section = next((one for one in reading.anchors.form.sections if _is_money(one)), None)
    totals = {name for name in ("total_funds",) if section and any(one.name == name for one in section.fields)}
    left: list[str] = []
    for (row, column), text in funds.amounts.items():
        path = _place(section, row, column, totals=totals)
        if path is None:
            left.append(text)
            continue
        amount, unit = amount_of(text)
        line = funds.lines[row, column]
        holder, name = path.split(".")
        if holder not in reading.document:
            reading.document[holder] = {one.name: None for one in reading.anchors.form.section(holder).fields}
        reading.document[holder][name] = amount or None
        reading.places.put(path, line.place())
        if unit is not None:
            reading.notes.add(path, text, amount, reason="fused")
        reading.units.setdefault(holder, unit or funds.unit or "万元")
    if left:
        reading.notes.add("execution", "、".join(left)[:200], None, reason="funds_not_kept")


def _place(section: Section | None, row: str, column: str, *, totals: set[str]) -> str | None:
    if column in ("adjusted", "executed") and row == "total":
        return "execution.adjusted_budget" if column == "adjusted" else "execution.executed_amount"
    if section is None or column not in ("opening", "long_term"):
        return None
    name = {"total": "total_funds"}.get(row, row) if column == "opening" else "long_term_funds"
    if column == "long_term" and row != "total":
        return None
    fits = any(one.name == name for one in section.fields) and (row != "total" or totals)
    return f"{section.name}.{name}" if fits else None


def _is_money(section: Section) -> bool:
    return section.shape is Shape.FIELDS and any(
        one.kind is Kind.MONEY and one.name == "fiscal_appropriation" for one in section.fields
    )


def _row(label: str) -> str | None:
    return _ROWS.get(key(label.removeprefix("其中").lstrip(":：")))


def _is_figure(text: str) -> bool:
    return quantities.number(amount_of(text)[0]) is not None
