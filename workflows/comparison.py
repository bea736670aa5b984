"""What changed between two documents: amounts, long texts by character, rows by identity and then by likeness.

Pure: documents in, rows out. Both sides are shown as they are; nothing is guessed for a blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workflows.draft import target_sections
from workflows.forms import form_type
from workflows.forms.base import Document, Kind, Section, Shape, Stage
from workflows.row_matching import RowChange, matched, name_of, text_of
from workflows.text_diff import Piece, pieces, places, side

SHORT: Final = 24  # a cell up to this long is shown whole
KINDS: Final = ("added", "changed", "moved", "removed", "same")


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure of the head of the form, before and after, as text of the documents."""

    field: str
    section: str
    before: str | None
    after: str | None
    places: int = 0

    @property
    def changed(self) -> bool:
        """Whether it differs; 1 and 1.00 are one figure in canonical documents, so texts compare."""
        return self.before != self.after

    @property
    def path(self) -> str:
        """Where it stands, on both sides."""
        return f"{self.section}.{self.field}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything side by side. `rows` by section, in the order of the newer document, removed ones last."""

    amounts: tuple[Amount, ...]
    texts: Mapping[str, tuple[Piece, ...]]
    rows: Mapping[str, tuple[RowChange, ...]]

    def places(self, path: str) -> int:
        """How many places of a long text were rewritten: a replacement is one place."""
        return places(self.texts[path])

    @property
    def count(self) -> int:
        """How many things differ: amounts, places of long texts, rows."""
        rows = sum(row.kind != "same" for changes in self.rows.values() for row in changes)
        return sum(amount.changed for amount in self.amounts) + sum(map(self.places, self.texts)) + rows

    def tally(self, section: str) -> dict[str, int]:
        """How many rows of a section were added, changed, moved, removed, and stayed."""
        kinds = [change.kind for change in self.rows[section]]
        return {kind: kinds.count(kind) for kind in KINDS}

    def differs(self, path: str) -> bool:
        """Whether what stands at a path of the older document is another now: a row, a cell of a row, a field, a text."""
        row, _, field = path.partition(".")
        if "[" in row:
            here = next((one for rows in self.rows.values() for one in rows if one.before_path == row), None)
            return here is not None and (here.kind == "removed" or (field in here.cells if field else bool(here.cells)))
        if path in self.texts:
            return self.places(path) > 0
        return any(one.changed for one in self.amounts if path in (one.path, one.section))

    def now_at(self, path: str) -> str | None:
        """Where the newer document has what stood at a path of the older one; None where it is gone."""
        row, dot, field = path.partition(".")
        if "[" not in row:
            return path
        here = next((one for rows in self.rows.values() for one in rows if one.before_path == row), None)
        return None if here is None or here.after is None else f"{here.path}{dot}{field}"


def compare(before: Document, after: Document) -> Comparison:
    """The newer document against the older, by the form of the newer one."""
    sections = target_sections(form_type(after["form"]))
    single = sorted((one for one in sections if one.shape is Shape.FIELDS), key=_has_no_money)
    return Comparison(
        amounts=tuple(amount for section in single for amount in _amounts(section, before, after)),
        texts=dict(_texts(sections, before, after)),
        rows={
            one.name: matched(one.name, before.get(one.name) or (), after.get(one.name) or (), fields=_typed(one))
            for one in sections
            if one.shape is Shape.ROWS
        },
    )


def _has_no_money(section: Section) -> bool:
    return all(one.kind is not Kind.MONEY for one in section.fields)


def _typed(section: Section) -> tuple[str, ...]:
    return tuple(one.name for one in section.fields if one.stage is Stage.TARGET)


def _amounts(section: Section, before: Document, after: Document) -> Iterator[Amount]:
    old, new = before.get(section.name) or {}, after.get(section.name) or {}
    for one in section.fields:
        if one.kind is not Kind.LONG_TEXT:
            decimals = 2 if one.kind is Kind.MONEY else 0
            yield Amount(one.name, section.name, text_of(old.get(one.name)), text_of(new.get(one.name)), decimals)


def _texts(sections: Sequence[Section], before: Document, after: Document) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    for section in sections:
        old, new = before.get(section.name), after.get(section.name)
        if section.shape is Shape.TEXT:
            yield section.name, pieces(old or "", new or "")
        elif section.shape is Shape.FIELDS:
            for one in section.fields:
                if one.kind is Kind.LONG_TEXT:
                    sides = [str((each or {}).get(one.name) or "") for each in (old, new)]
                    yield f"{section.name}.{one.name}", pieces(*sides)


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that differs, by its path; each side as runs of text, what they share cut to a few words."""

    path: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def cell_changes(comparison: Comparison) -> list[CellChange]:
    """The same as a flat list of cells, for the record of what a new round changed. A row that only moved has none."""
    changes = [_cell(amount.path, amount.before, amount.after) for amount in comparison.amounts if amount.changed]
    for path, runs in comparison.texts.items():
        if comparison.places(path):
            changes.append(CellChange(path, side(runs, "del"), side(runs, "add")))
    for rows in comparison.rows.values():
        for row in rows:
            changes.extend(_row_cells(row))
    return changes


def _row_cells(row: RowChange) -> Iterator[CellChange]:
    if row.kind == "changed":
        before, after = row.before or {}, row.after or {}
        for name in sorted(row.cells):
            yield _cell(f"{row.path}.{name}", text_of(before.get(name)), text_of(after.get(name)))
    elif row.kind in ("added", "removed"):
        said = name_of(row.shown)
        yield _cell(row.path, said if row.kind == "removed" else None, said if row.kind == "added" else None)


def _cell(path: str, before: str | None, after: str | None) -> CellChange:
    """A short cell is replaced as a whole; in a long one the places are marked."""
    if max(len(before or ""), len(after or "")) <= SHORT:
        return CellChange(path, _whole("del", before), _whole("add", after))
    runs = pieces(before or "", after or "")
    return CellChange(path, side(runs, "del"), side(runs, "add"))


def _whole(kind: str, text: str | None) -> tuple[Piece, ...]:
    return (Piece(kind, text),) if text else ()
