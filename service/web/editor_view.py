"""What the editor shows of a draft: sections, rows and cells with their text, size and marks.

Pure: no request, no database. A cell shows what was typed; what the checks say of it stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.web.editor_base import packed, packed_rows
from service.web.editor_notes import WEIGHT, Note, anchor, typed
from workflows.catalogue import label, sentence
from workflows.draft import ACTUALS, HEAD
from workflows.findings import place
from workflows.forms.base import Field, FormType, Kind, Section, Shape, Stage
from workflows.levels import level1, level2
from workflows.quantities import COMPARATORS, comparator, number, plain

# A section as it stands in a draft: rows, fields or one text, whatever its shape says; a cell: any text, a number, null.
Value = Any

NUMERIC = frozenset({Kind.MONEY, Kind.COUNT, Kind.NUMBER})
_CHOSEN = frozenset({Kind.LEVEL1, Kind.LEVEL2, Kind.COMPARATOR})
_TITLES = {HEAD: "header", ACTUALS: "indicators"}
# Half-widths that a line of a filled-in column holds at 1366 px: the rows of a text area where the browser can't size it.
_LINE = {"name": 26, "content": 78, "level3": 24, "interpretation": 26}
_WHOLE_LINE = 120
_TEMPLATES = {Shape.FIELDS: "editor/fields.html", Shape.TEXT: "editor/text.html", Shape.ROWS: "editor/rows.html"}
# Classes of columns; a text that may be long takes what the others leave.
_WIDTHS = {
    Kind.MONEY: "w9", Kind.NUMBER: "w7", Kind.LEVEL1: "w7", Kind.LEVEL2: "w10", Kind.COMPARATOR: "w5", Kind.TARGET: "w6",
    Kind.UNIT: "w6",
}  # fmt: skip
_SHORT = 40  # characters


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a select; `group` heads second-level indicators by their first level."""

    value: str
    text: str
    chosen: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell: what to draw (`control`: number, text, area, select), what is in it, what was found."""

    id: str
    name: str
    field: str
    label: str
    short: str
    control: str
    text: str
    limit: int
    required: bool
    mark: str = ""
    notes: tuple[Note, ...] = ()
    rows: int = 1
    unit: str | None = None
    options: tuple[Option, ...] = ()
    numeric: bool = False
    width: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row with its stable id; `number` counts from 1."""

    id: str
    index: int
    cells: tuple[CellView, ...]
    tag: str | None = None

    @property
    def number(self) -> int:
        """The printed number of the row."""
        return self.index + 1

    @property
    def blank(self) -> bool:
        """Whether nobody has typed anything into it: what it lacks is listed, and nothing of it is red yet."""
        return not any(one.text for one in self.cells)


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section of the page. `base` is its value, packed, which a save sends back.

    `cell_words` names any of its cells, with `{row}` and `{field}` to be filled in.
    """

    code: str
    title: str
    version: int
    base: str
    cells: tuple[CellView, ...] = ()
    rows: tuple[RowView, ...] = ()
    notes: tuple[Note, ...] = ()
    max_rows: int = 0
    filled: bool = False
    template: str = ""
    cell_words: str = ""

    @property
    def mark(self) -> str:
        """The heaviest mark of its notes: the state of its step."""
        return max((note.mark for note in self.notes), key=WEIGHT.__getitem__, default="")

    @property
    def state(self) -> str:
        """Class of its step: er, wr, ok or todo."""
        if self.mark:
            return {"hold": "wr", "err": "er", "warn": "wr"}[self.mark]
        return "ok" if self.filled else "todo"

    def cell(self, name: str) -> CellView:
        """The cell of this field. Raises KeyError."""
        for one in self.cells:
            if one.field == name:
                return one
        raise KeyError(name)


def sections_of(
    form: FormType, values: Mapping[str, tuple[int, Value]], *, notes: Sequence[Note], lang: str
) -> dict[str, SectionView]:
    """Every section of the target stage, by name, from `{section: (version, value)}` of the draft."""
    wanted = [one for one in form.sections if one.stage is Stage.TARGET]
    return {one.name: section_of(form, one, *values.get(one.name, (0, None)), notes=notes, lang=lang) for one in wanted}


def begun(value: Value) -> bool:
    """Whether anything stands in a section; a row counts, even an empty one."""
    if isinstance(value, Mapping):
        return any(cell not in (None, "") for cell in value.values())
    return value not in (None, "", [], ())


def section_of(
    form: FormType, section: Section, version: int, value: Value, *, notes: Sequence[Note], lang: str
) -> SectionView:
    """One section as it stands."""
    # A section that nobody has begun is not wrong yet: no red before the first word (the panel and 检查 list it).
    mine = tuple(note for note in notes if note.section == section.name) if begun(value) else ()
    cells: tuple[CellView, ...] = ()
    rows: tuple[RowView, ...] = ()
    if section.shape is Shape.ROWS:
        rows = tuple(_row(form, section, index, row, notes=mine, lang=lang) for index, row in enumerate(value or ()))
    elif section.shape is Shape.FIELDS:
        held = value or {}
        cells = tuple(
            _cell(
                form,
                one,
                held.get(one.name),
                path=one.name if section.name == HEAD else f"{section.name}.{one.name}",
                name=one.name,
                notes=mine,
                lang=lang,
            )
            for one in typed(section)
        )
    else:
        only = section.fields[0]
        cells = (_cell(form, only, value, path=section.name, name=section.name, notes=mine, lang=lang),)
    filled = bool(rows) or any(one.text for one in cells)
    title = label("section", _TITLES.get(section.name, section.name), lang)
    template = "editor/ledger.html" if form.layout.ledger(section.name) else _TEMPLATES[section.shape]
    base = packed_rows(value) if section.shape is Shape.ROWS else packed(value)
    row_words = sentence("place.row", lang, section=title, row="{row}")
    cell_words = sentence("place.cell", lang, section=row_words, field="{field}")
    return SectionView(
        section.name, title, version, base, cells, rows, mine, section.max_rows, filled, template, cell_words
    )


def _row(
    form: FormType, section: Section, index: int, row: Mapping[str, Any], *, notes: Sequence[Note], lang: str
) -> RowView:
    begun_row = any(row.get(one.name) not in (None, "") for one in typed(section))
    mine = [note for note in notes if note.row == index] if begun_row else []
    cells = tuple(
        _cell(
            form, one, row.get(one.name), path=f"{section.name}[{index}].{one.name}", name=f"{index}.{one.name}",
            notes=mine, lang=lang, comparator_text=str(row.get("comparator") or ""),
        )
        for one in typed(section)
    )  # fmt: skip
    return RowView(str(row.get("id") or ""), index, cells, row.get("secrecy_tag"))


def _cell(
    form: FormType,
    field: Field,
    value: Value,
    *,
    path: str,
    name: str,
    notes: Sequence[Note],
    lang: str,
    comparator_text: str = "",
) -> CellView:
    here = anchor(path, form)
    mine = tuple(note for note in notes if here == note.anchor or here in note.also)
    text = shown(field, value)
    return CellView(
        id=here,
        name=name,
        field=field.name,
        label=place(path, lang),
        short=label("field", field.name, lang),
        control=_control(field, comparator_text),
        text=text,
        limit=field.limit,
        required=field.required,
        mark=max((note.mark for note in mine), key=WEIGHT.__getitem__, default=""),
        notes=mine,
        rows=lines(text, _WHOLE_LINE if path == name else _LINE.get(field.name, 40)),
        unit=field.unit,
        options=_options(form, field, text, lang),
        numeric=field.kind in NUMERIC or field.kind is Kind.TARGET,
        width=_width(field),
    )


def _width(field: Field) -> str:
    if field.kind is Kind.TEXT:
        return "w8" if field.limit <= _SHORT else "w12"
    return _WIDTHS.get(field.kind, "")


def _control(field: Field, comparator_text: str) -> str:
    if field.kind in _CHOSEN:
        return "select"
    if field.kind is Kind.TARGET:
        return "text" if comparator(comparator_text) in ("qual", "between") else "number"
    if field.kind in NUMERIC:
        return "number"
    return "area" if field.kind in (Kind.LONG_TEXT, Kind.TEXT) else "text"


def shown(field: Field, value: Value) -> str:
    """A cell as the input shows it: amounts with thousands and two places, all else as it is kept."""
    if value is None:
        return ""
    text = str(value)
    amount = number(text) if field.kind is Kind.MONEY else None
    if amount is None:
        return text
    whole, _, part = plain(amount).partition(".")
    return f"{int(whole):,}.{part.ljust(2, '0')}" if whole.lstrip("-") != "0" else f"{whole}.{part.ljust(2, '0')}"


def lines(text: str, width: int) -> int:
    """How many lines the text needs in a column of `width` half-widths; a Han character takes two."""
    paragraphs = text.split("\n")
    return sum(max(1, -(-sum(1 if ord(char) < 0x2E80 else 2 for char in one) // width)) for one in paragraphs)


def _options(form: FormType, field: Field, text: str, lang: str) -> tuple[Option, ...]:
    if field.kind not in _CHOSEN:
        return ()
    if field.kind is Kind.COMPARATOR:
        code = comparator(text)
        entries = [Option(one, label("comparator", one, lang), one == code) for one in COMPARATORS]
    elif field.kind is Kind.LEVEL1:
        code = level1(text)
        entries = [Option(one, label("level1", one, lang), one == code) for one in form.tree.branches]
    else:
        code = level2(text)
        entries = [
            Option(one, label("level2", one, lang), one == code, label("level1", branch, lang))
            for branch, twigs in form.tree.branches.items()
            for one in twigs
        ]
    return (*_as_typed(text, entries), *entries)


def _as_typed(text: str, entries: Sequence[Option]) -> tuple[Option, ...]:
    """The empty entry, and the text itself where it is none of the entries: nothing typed is lost by a select."""
    empty = Option("", "", not text)
    if not text or any(one.chosen for one in entries):
        return (empty,)
    return (empty, Option(text, text, chosen=True))
