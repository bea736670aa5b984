"""Rows of one table in two documents: which is which, what became of each. Pure.

A row is known by its id, else by a name that is alone on both sides, else by how much its words resemble another's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

# Below this share of common characters two names are two rows: found by trying renamed rows of real forms.
ALIKE: Final = 0.6
# Every row is held against every other, so beyond this many pairs only ids and names tell.
MOST_PAIRS: Final = 20_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of a table: `kind` added, removed, changed, moved or same; `cells` are the fields that differ.

    `path` is that of the newer side, of a removed row its section alone; `before_path` that of the older side, None where
    there is none. A changed row may have `moved` too.
    """

    kind: str
    path: str
    before: Row | None
    after: Row | None
    cells: frozenset[str] = frozenset()
    before_path: str | None = None
    moved: bool = False

    @property
    def shown(self) -> Row:
        """The row to name it by: as it is now, or as it was."""
        row = self.after if self.after is not None else self.before
        assert row is not None, "a change has a side"
        return row


def matched(
    section: str, before: Sequence[Row], after: Sequence[Row], *, fields: Sequence[str]
) -> tuple[RowChange, ...]:
    """What became of each row, in the order of `after`, removed ones last."""
    partner = _partners(before, after)
    moved = _moved(partner)
    changes = []
    for index, row in enumerate(after):
        old, path = partner.get(index), f"{section}[{index}]"
        if old is None:
            changes.append(RowChange("added", path, None, row, frozenset(fields)))
            continue
        cells = frozenset(name for name in fields if text_of(before[old].get(name)) != text_of(row.get(name)))
        kind = "changed" if cells else "moved" if index in moved else "same"
        changes.append(RowChange(kind, path, before[old], row, cells, f"{section}[{old}]", index in moved))
    gone = sorted(set(range(len(before))) - set(partner.values()))
    removed = (RowChange("removed", section, before[old], None, before_path=f"{section}[{old}]") for old in gone)
    return (*changes, *removed)


def text_of(value: object) -> str | None:
    """A cell as text, None where it is blank."""
    return None if value in (None, "") else str(value)


def name_of(row: Row) -> str | None:
    """The words by which a row is known."""
    return row.get("name") or row.get("level3") or row.get("content")


def _partners(before: Sequence[Row], after: Sequence[Row]) -> dict[int, int]:
    """Position in `after` to position in `before`."""
    partner: dict[int, int] = {}
    for key in (_id, name_of):
        free_old = [index for index in range(len(before)) if index not in partner.values()]
        free_new = [index for index in range(len(after)) if index not in partner]
        olds = _unique(before, free_old, key)
        for name, index in _unique(after, free_new, key).items():
            if name in olds:
                partner[index] = olds[name]
    _pair_alike(before, after, partner)
    return partner


def _id(row: Row) -> str | None:
    return row.get("id")


def _unique(rows: Sequence[Row], positions: Sequence[int], key: Any) -> dict[str, int]:  # noqa: ANN401 - a function of a row
    named: dict[str, list[int]] = {}
    for index in positions:
        if name := key(rows[index]):
            named.setdefault(name, []).append(index)
    return {name: found[0] for name, found in named.items() if len(found) == 1}


def _pair_alike(before: Sequence[Row], after: Sequence[Row], partner: dict[int, int]) -> None:
    """Pair what is left by likeness, the best first; equals go together in their order."""
    taken = set(partner.values())
    old = [index for index in range(len(before)) if index not in taken]
    new = [index for index in range(len(after)) if index not in partner]
    if len(old) * len(new) > MOST_PAIRS:
        return
    scored = sorted(_likenesses(before, after, old, new))
    for _likeness, new_index, old_index in scored:
        if new_index not in partner and old_index not in taken:
            partner[new_index] = old_index
            taken.add(old_index)


def _likenesses(
    before: Sequence[Row], after: Sequence[Row], old: Sequence[int], new: Sequence[int]
) -> Iterator[tuple[float, int, int]]:
    """(minus the likeness, position in `after`, position in `before`) of every pair that may be one row."""
    matcher = SequenceMatcher(autojunk=False)
    for old_index in old:
        was = name_of(before[old_index]) or ""
        matcher.set_seq2(was)  # the side that the matcher prepares once
        for new_index in new:
            now = name_of(after[new_index]) or ""
            if not was or not now:
                continue
            matcher.set_seq1(now)
            if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE:
                likeness = matcher.ratio()
                if likeness >= ALIKE:
                    yield -likeness - _agreeing(before[old_index], after[new_index]), new_index, old_index


def _agreeing(was: Row, now: Row) -> float:
    """Among equal names the row with more equal cells is the same one: a tenth at most, it decides nothing else."""
    names = [name for name in now if name != "id"]
    equal = sum(text_of(was.get(name)) == text_of(now.get(name)) for name in names)
    return 0.1 * equal / max(1, len(names))


def _moved(partner: Mapping[int, int]) -> frozenset[int]:
    """The fewest rows whose move explains the new order: those outside a longest rising run of old positions."""
    order = sorted(partner)
    ends: list[int] = []  # the smallest old position in which a run of each length can end
    holders: list[int] = []
    before: dict[int, int | None] = {}
    for index in order:
        length = bisect_left(ends, partner[index])
        before[index] = holders[length - 1] if length else None
        ends[length : length + 1] = [partner[index]]
        holders[length : length + 1] = [index]
    stays: set[int] = set()
    at = holders[-1] if holders else None
    while at is not None:
        stays.add(at)
        at = before[at]
    return frozenset(order) - stays
