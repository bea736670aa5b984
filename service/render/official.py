"""The words of an official form, in the order of the page: what the XLSX and the PDF both print.

Text is printed as typed, marks of secrecy and placeholders included; nothing is lifted, shortened or translated
(财预〔2020〕10号 leaves the layout to the region; ours is that of the published form that the form type names).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.catalogue import label
from workflows.forms import form_type
from workflows.forms.base import Column, Document, Kind, Layout, Section

PRINTED_LANGUAGE = "zh"  # the official form has one language
_CODED = {Kind.LEVEL1: "level1", Kind.LEVEL2: "level2", Kind.COMPARATOR: "comparator"}
_BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which revision is printed. All None: a draft that was never submitted."""

    revision: int | None = None
    sha256: str | None = None

    @property
    def text(self) -> str:
        """The right foot of the page, such as `v7 · 9f2c 41ab`."""
        if self.revision is None or self.sha256 is None:
            return "草稿"
        return f"v{self.revision} · {self.sha256[:4]} {self.sha256[4:8]}"


DRAFT = Stamp()


@dataclass(frozen=True, slots=True)
class Value:
    """One cell: its text, and whether it stands at the right like a figure."""

    text: str
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Table:
    """A block of rows: its label, the heads of its columns, their widths in shares, the rows."""

    label: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Official:
    """Everything on the page. Money is in the unit that the heads name."""

    title: str
    head: tuple[Pair, Pair]
    basic: tuple[str, tuple[Pair, ...]]
    budget: str
    spending: tuple[str, tuple[Pair, ...]]
    income: tuple[str, tuple[Pair, ...]]
    amount_head: str
    goal: Pair
    tasks: tuple[Table, ...]
    indicators: Table


def official(document: Document) -> Official:
    """The printed words of a document. Its shape must hold; cells may be any text, as in a draft."""
    form = form_type(document["form"])
    layout = form.layout
    blocks = layout.blocks
    spending_head, spending = layout.spending
    income_head, income = layout.income
    return Official(
        title=layout.title.format(region=document["region"], fiscal_year=document["fiscal_year"]),
        head=(
            Pair(blocks["department"], _plain(document["department"])),
            Pair(blocks["supervising_department"], _plain(document["supervising_department"])),
        ),
        basic=(blocks["basic"], _pairs(layout.basic, document["basic"])),
        budget=blocks["budget"],
        spending=(spending_head, _pairs(spending, document["budget"])),
        income=(income_head, _pairs(income, document["budget"])),
        amount_head=layout.amount_head,
        goal=Pair(blocks["overall_goal"], _plain(document["overall_goal"])),
        tasks=tuple(
            _table(blocks[name], layout.task_columns, form.section(name), document[name])
            for name in ("key_tasks", "other_tasks")
        ),
        indicators=_indicators(layout, form.section("indicators"), document["indicators"]),
    )


def _indicators(layout: Layout, section: Section, rows: Sequence[Mapping[str, Any]]) -> Table:
    return _table(layout.blocks["indicators"], layout.indicator_columns, section, rows)


def _pairs(rows: Sequence[tuple[str, str]], values: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple(Pair(printed, Value(_text(values[name]), figure=True)) for printed, name in rows)


def _table(title: str, columns: Sequence[Column], section: Section, rows: Sequence[Mapping[str, Any]]) -> Table:
    """A block; with nothing filled in it keeps one empty row, as on paper."""
    empty = (tuple(Value("") for _ in columns),)
    return Table(
        title,
        tuple(column.head for column in columns),
        tuple(column.width for column in columns),
        tuple(
            tuple(_cell(column, section, row, number) for column in columns) for number, row in enumerate(rows, start=1)
        )
        or empty,
    )


def _cell(column: Column, section: Section, row: Mapping[str, Any], number: int) -> Value:
    if column.field is None:
        return Value(str(number), figure=True)
    field = section.field(column.field)
    text = _text(row.get(column.field))
    if field.kind in _CODED:
        return Value(_word(_CODED[field.kind], text))
    if field.kind is Kind.TARGET and row.get("comparator") == _BETWEEN:
        text = text.replace("~", "～", 1)
    return Value(text, figure=field.kind in (Kind.MONEY, Kind.TARGET, Kind.NUMBER, Kind.COUNT))


def _word(kind: str, code: str) -> str:
    """The printed word of a code; a cell of a draft may hold any other text and is printed as typed."""
    try:
        return label(kind, code, PRINTED_LANGUAGE)
    except KeyError:
        return code


def _plain(value: object) -> Value:
    return Value(_text(value))


def _text(value: object) -> str:
    """Unknown is an empty cell, as on paper; a zero is a zero."""
    return "" if value is None else str(value)
