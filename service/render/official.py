"""The words of an official form, in the order of the page: what the files and the print page all show.

Text is printed as typed, marks of secrecy and placeholders included; nothing is lifted, shortened or translated
(财预〔2020〕10号 leaves the layout to the region; ours is what the form type says).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.catalogue import label
from workflows.document import cell_at
from workflows.forms import base as forms
from workflows.forms import form_type
from workflows.forms.base import Column, Document, FormType, Kind, Printed, Section

PRINTED_LANGUAGE = "zh"  # the official form has one language
_CODED = {Kind.LEVEL1: "level1", Kind.LEVEL2: "level2", Kind.COMPARATOR: "comparator"}
_FIGURES = frozenset({Kind.MONEY, Kind.TARGET, Kind.NUMBER, Kind.COUNT})
_CENTRED = frozenset({Kind.LEVEL1, Kind.LEVEL2, Kind.COMPARATOR, Kind.UNIT})
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
class Names:
    """A row of two labels with their values."""

    pairs: tuple[Pair, Pair]
    kind: str = "names"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Short cells two to a row, the label of the block at the left."""

    label: str
    pairs: tuple[Pair, ...]
    kind: str = "pairs"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Money in two columns, each under its head."""

    label: str
    left_head: str
    right_head: str
    amount_head: str
    rows: tuple[tuple[Pair, Pair], ...]
    kind: str = "ledger"


@dataclass(frozen=True, slots=True)
class Prose:
    """One long text beside its label."""

    label: str
    value: Value
    kind: str = "prose"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their heads; `wide` over the whole page with the label above, else beside the label in four columns.

    `widths` are shares; `centred` are the columns whose words stand in the middle, `numbered` whether the first one
    counts the rows.
    """

    label: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Value, ...], ...]
    centred: tuple[int, ...]
    wide: bool
    numbered: bool
    kind: str = "table"


Part = Names | Pairs | Ledger | Prose | Table


@dataclass(frozen=True, slots=True)
class Official:
    """Everything on the page. Money is in the unit that the heads name."""

    title: str
    parts: tuple[Part, ...]

    @property
    def groups(self) -> tuple[tuple[Part, ...], ...]:
        """The parts as the page draws them: runs that share one frame of columns, and each wide table by itself."""
        found: list[list[Part]] = []
        for part in self.parts:
            if found and not _is_wide(part) and not _is_wide(found[-1][0]):
                found[-1].append(part)
            else:
                found.append([part])
        return tuple(tuple(group) for group in found)

    @property
    def wide_tables(self) -> tuple[Table, ...]:
        """The tables over the whole page."""
        return tuple(part for part in self.parts if isinstance(part, Table) and part.wide)


def official(document: Document) -> Official:
    """The printed words of a document. Its shape must hold; cells may be any text, as in a draft."""
    form = form_type(document["form"])
    title = form.layout.title.format(region=document["region"], fiscal_year=document["fiscal_year"])
    return Official(title, tuple(_part(part, form, document) for part in form.layout.parts))


def _is_wide(part: Part) -> bool:
    return isinstance(part, Table) and part.wide


def _part(part: forms.Part, form: FormType, document: Document) -> Part:
    if isinstance(part, forms.Names):
        first, second = (Pair(printed, Value(_text(cell_at(document, path)))) for printed, path in part.pairs)
        return Names((first, second))
    if isinstance(part, forms.Prose):
        return Prose(part.label, Value(_text(cell_at(document, part.path))))
    section, value = form.section(part.section), document[part.section]
    if isinstance(part, forms.Pairs):
        return Pairs(part.label, _pairs(part.pairs, section, value))
    if isinstance(part, forms.Ledger):
        left, right = (_pairs(pairs, section, value) for _head, pairs in (part.left, part.right))
        return Ledger(part.label, part.left[0], part.right[0], part.amount_head, _beside(left, right))
    return _table(part, section, value)


def _pairs(pairs: Sequence[Printed], section: Section, values: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple(
        Pair(printed, Value(_text(values[name]), figure=section.field(name).kind in _FIGURES))
        for printed, name in pairs
    )


def _beside(left: Sequence[Pair], right: Sequence[Pair]) -> tuple[tuple[Pair, Pair], ...]:
    empty = Pair("", Value(""))
    most = max(len(left), len(right))
    both = ((*side, *[empty] * (most - len(side))) for side in (left, right))
    return tuple(zip(*both, strict=True))


def _table(part: forms.Rows | forms.Matrix, section: Section, rows: Sequence[Mapping[str, Any]]) -> Table:
    """A block; with nothing filled in it keeps one empty row, as on paper."""
    columns = part.columns
    empty = (tuple(Value("") for _ in columns),)
    filled = (
        tuple(_cell(column, section, row, number) for column in columns) for number, row in enumerate(rows, start=1)
    )
    return Table(
        part.label,
        tuple(column.head for column in columns),
        tuple(column.width for column in columns),
        tuple(filled) or empty,
        tuple(at for at, column in enumerate(columns) if _is_centred(column, section)),
        wide=isinstance(part, forms.Matrix),
        numbered=columns[0].field is None,
    )


def _is_centred(column: Column, section: Section) -> bool:
    return column.field is not None and section.field(column.field).kind in _CENTRED


def _cell(column: Column, section: Section, row: Mapping[str, Any], number: int) -> Value:
    if column.field is None:
        return Value(str(number), figure=True)
    field = section.field(column.field)
    text = _text(row.get(column.field))
    if field.kind in _CODED:
        return Value(_word(_CODED[field.kind], text))
    if field.kind is Kind.TARGET and row.get("comparator") == _BETWEEN:
        text = text.replace("~", "～", 1)
    return Value(text, figure=field.kind in _FIGURES)


def _word(kind: str, code: str) -> str:
    """The printed word of a code; a cell of a draft may hold any other text and is printed as typed."""
    try:
        return label(kind, code, PRINTED_LANGUAGE)
    except KeyError:
        return code


def _text(value: object) -> str:
    """Unknown is an empty cell, as on paper; a zero is a zero."""
    return "" if value is None else str(value)
