"""What changed between two documents: amounts with difference and percent, words by character, rows by id and then name.

Pure: documents in, rows out. Both sides are shown as they are; nothing is guessed for a blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from workflows.draft import target_sections
from workflows.forms import form_type
from workflows.forms.base import Document, Kind, Section, Shape, Stage

# A shared run of one or two characters inside a rewritten clause is chance and reads as noise.
CHANCE: Final = 2
# Comparing characters costs their product; longer texts are shown whole, side by side.
LONGEST: Final = 3000
SHORT: Final = 24  # a cell up to this long is shown whole
NEAR: Final = 12  # characters of what both share, on each side of a change

Row = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: `same`, `add` or `del`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of a section: `kind` added, removed, changed or same; `cells` are the fields that differ."""

    kind: str
    path: str
    before: Row | None
    after: Row | None
    cells: frozenset[str] = frozenset()

    @property
    def shown(self) -> Row:
        """The row to name it by: as it is now, or as it was."""
        row = self.after if self.after is not None else self.before
        assert row is not None, "a change has a side"
        return row


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything side by side. `rows` by section, in the order of the newer document, removed ones last."""

    amounts: tuple[Amount, ...]
    texts: Mapping[str, tuple[Piece, ...]]
    rows: Mapping[str, tuple[RowChange, ...]]

    def places(self, path: str) -> int:
        """How many places of a long text were rewritten: a replacement is one place."""
        places, before = 0, "same"
        for piece in self.texts[path]:
            places += piece.kind != "same" and before == "same"
            before = piece.kind
        return places

    @property
    def count(self) -> int:
        """How many things differ: amounts, places of long texts, rows."""
        rows = sum(row.kind != "same" for changes in self.rows.values() for row in changes)
        return sum(amount.changed for amount in self.amounts) + sum(map(self.places, self.texts)) + rows

    def tally(self, section: str) -> dict[str, int]:
        """How many rows of a section were added, removed, changed, and stayed."""
        kinds = [change.kind for change in self.rows[section]]
        return {kind: kinds.count(kind) for kind in ("added", "changed", "removed", "same")}


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
            places = 2 if one.kind is Kind.MONEY else 0
            yield Amount(one.name, section.name, _text(old.get(one.name)), _text(new.get(one.name)), places)


def _texts(sections: Sequence[Section], before: Document, after: Document) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    for section in sections:
        old, new = before.get(section.name), after.get(section.name)
        if section.shape is Shape.TEXT:
            yield section.name, pieces(old or "", new or "")
        elif section.shape is Shape.FIELDS:
            for one in section.fields:
                if one.kind is Kind.LONG_TEXT:
                    sides = [str((side or {}).get(one.name) or "") for side in (old, new)]
                    yield f"{section.name}.{one.name}", pieces(*sides)


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def matched(
    section: str, before: Sequence[Row], after: Sequence[Row], *, fields: Sequence[str]
) -> tuple[RowChange, ...]:
    """Rows paired by their id, then by their name where it is the only one of that name on both sides."""
    partner = _partners(before, after)
    changes = []
    for index, row in enumerate(after):
        old = partner.get(index)
        path = f"{section}[{index}]"
        if old is None:
            changes.append(RowChange("added", path, None, row, frozenset(fields)))
            continue
        cells = frozenset(name for name in fields if _text(before[old].get(name)) != _text(row.get(name)))
        changes.append(RowChange("changed" if cells else "same", path, before[old], row, cells))
    gone = set(range(len(before))) - set(partner.values())
    return (*changes, *(RowChange("removed", section, before[old], None) for old in sorted(gone)))


def _partners(before: Sequence[Row], after: Sequence[Row]) -> dict[int, int]:
    """Position in `after` to position in `before`."""
    partner: dict[int, int] = {}
    for key in (_id, _name):
        free_old = [index for index in range(len(before)) if index not in partner.values()]
        free_new = [index for index in range(len(after)) if index not in partner]
        olds = _unique(before, free_old, key)
        for name, index in _unique(after, free_new, key).items():
            if name in olds:
                partner[index] = olds[name]
    return partner


def _unique(rows: Sequence[Row], positions: Sequence[int], key: Any) -> dict[str, int]:  # noqa: ANN401
    named: dict[str, list[int]] = {}
    for index in positions:
        if name := key(rows[index]):
            named.setdefault(name, []).append(index)
    return {name: found[0] for name, found in named.items() if len(found) == 1}


def _id(row: Row) -> str | None:
    return row.get("id")


def _name(row: Row) -> str | None:
    return row.get("name") or row.get("level3") or row.get("content")


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """A text by runs of characters; runs that agree by chance inside a rewritten clause count as rewritten."""
    if before == after:
        return (Piece("same", after),) if after else ()
    if len(before) > LONGEST or len(after) > LONGEST:
        return tuple(Piece(kind, text) for kind, text in (("del", before), ("add", after)) if text)
    runs: list[list[str]] = []  # [removed, added] or [kept]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal" and (i2 - i1 > CHANCE or i1 == 0 or i2 == len(before)):
            runs.append([after[j1:j2]])
        elif runs and len(runs[-1]) == 2:
            runs[-1][0] += before[i1:i2]
            runs[-1][1] += after[j1:j2]
        else:
            runs.append([before[i1:i2], after[j1:j2]])
    return tuple(piece for run in runs for piece in _of_run(run) if piece.text)


def _of_run(run: list[str]) -> tuple[Piece, ...]:
    return (Piece("same", run[0]),) if len(run) == 1 else (Piece("del", run[0]), Piece("add", run[1]))


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that differs, by its path; each side as runs of text, what they share cut to a few words."""

    path: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def cell_changes(comparison: Comparison) -> list[CellChange]:
    """The same as a flat list of cells, for the record of what a new round changed."""
    changes = [
        _cell(f"{amount.section}.{amount.field}", amount.before, amount.after)
        for amount in comparison.amounts
        if amount.changed
    ]
    for path, runs in comparison.texts.items():
        if comparison.places(path):
            changes.append(CellChange(path, _side(runs, "del"), _side(runs, "add")))
    for rows in comparison.rows.values():
        for row in rows:
            changes.extend(_row_cells(row))
    return changes


def _row_cells(row: RowChange) -> Iterator[CellChange]:
    if row.kind == "changed":
        before, after = row.before or {}, row.after or {}
        for name in sorted(row.cells):
            yield _cell(f"{row.path}.{name}", _text(before.get(name)), _text(after.get(name)))
    elif row.kind != "same":
        said = _name(row.shown)
        yield _cell(row.path, said if row.kind == "removed" else None, said if row.kind == "added" else None)


def _cell(path: str, before: str | None, after: str | None) -> CellChange:
    """A short cell is replaced as a whole; in a long one the places are marked."""
    if max(len(before or ""), len(after or "")) <= SHORT:
        return CellChange(path, _whole("del", before), _whole("add", after))
    runs = pieces(before or "", after or "")
    return CellChange(path, _side(runs, "del"), _side(runs, "add"))


def _whole(kind: str, text: str | None) -> tuple[Piece, ...]:
    return (Piece(kind, text),) if text else ()


def _side(runs: Sequence[Piece], kind: str) -> tuple[Piece, ...]:
    """One side of a text: its own runs and, between them, the neighbourhood of what both share."""
    last = len(runs) - 1
    return tuple(
        Piece("same", _near(one.text, first=index == 0, last=index == last)) if one.kind == "same" else one
        for index, one in enumerate(runs)
        if one.kind in ("same", kind)
    )


def _near(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * NEAR:
        return text
    head, tail = "" if first else text[:NEAR], "" if last else text[-NEAR:]
    return f"{head}…{tail}"
