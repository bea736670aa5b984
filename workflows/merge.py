"""Two people changed one section: what goes together by itself, and what a person must choose.

Compared are base (what I started from), mine and theirs, by row id and field: a change on one side only is taken, the same
change on both is one, and two different changes of a cell are a conflict in which neither is lost. Whoever of the two moved
rows decides their order; where both did, mine stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.forms.base import Field, Section, Shape, Stage

# A section as it stands in a draft: rows, fields or one text, whatever its shape says.
Value = Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """One cell with two changes, or a row that one side deleted and the other changed (`field` is empty).

    `row` is the place in the merged rows, `row_id` the row's id; None and empty where the section has no rows.
    """

    row: int | None
    field: str
    base: Any
    mine: Any
    theirs: Any
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The section with all that goes together; conflicting cells hold mine. `taken` counts the changes of the others."""

    value: Value
    conflicts: tuple[Conflict, ...]
    taken: int


def merge(section: Section, *, base: Value, mine: Value, theirs: Value) -> Merged:
    """Join two changes of one section."""
    if section.shape is Shape.ROWS:
        return _rows(section, base or [], mine or [], theirs or [])
    if section.shape is Shape.FIELDS:
        return _fields(section, base or {}, mine or {}, theirs or {})
    if theirs in (mine, base):
        return Merged(mine, (), 0)
    if mine == base:
        return Merged(theirs, (), 1)
    return Merged(mine, (Conflict(None, section.name, base, mine, theirs),), 0)


def settled(
    section: Section, merged: Merged, picks: Mapping[tuple[str, str], str]
) -> tuple[Value, tuple[Conflict, ...]]:
    """The section after the choices `(row id, field) -> mine | theirs`, and the conflicts that nobody has chosen for."""
    value, left = merged.value, []
    gone: set[str] = set()
    for one in merged.conflicts:
        pick = picks.get((one.row_id, one.field))
        if pick not in ("mine", "theirs"):
            left.append(one)
            continue
        chosen = one.mine if pick == "mine" else one.theirs
        if section.shape is Shape.TEXT:
            value = chosen
        elif section.shape is Shape.FIELDS:
            value = {**value, one.field: chosen}
        elif one.field:
            value = [{**row, one.field: chosen} if row.get("id") == one.row_id else row for row in value]
        elif chosen is None:
            gone.add(one.row_id)
    if gone:
        value = [row for row in value if row.get("id") not in gone]
    return value, tuple(left)


def _fields(
    section: Section, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], *, row_id: str = ""
) -> Merged:
    value, conflicts, taken = {**theirs, **mine}, [], 0
    for one in _typed(section):
        was, me, they = base.get(one.name), mine.get(one.name), theirs.get(one.name)
        if they in (was, me):
            continue
        if me == was:
            value[one.name] = they
            taken += 1
        else:
            conflicts.append(Conflict(None, one.name, was, me, they, row_id))
    return Merged(value, tuple(conflicts), taken)


def _rows(section: Section, base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any]) -> Merged:
    was, own, they = _by_id(base), _by_id(mine), _by_id(theirs)
    kept: dict[str, dict[str, Any]] = {}
    conflicts: list[Conflict] = []
    taken = 0
    for row_id in [*own, *(one for one in they if one not in own)]:
        row, other, before = own.get(row_id), they.get(row_id), was.get(row_id)
        if row is not None and other is not None:
            joined = _fields(section, before or {}, row, other, row_id=row_id)
            kept[row_id] = joined.value
            conflicts += joined.conflicts
            taken += joined.taken
            continue
        here = row if row is not None else other
        assert here is not None, "an id stands on one side or the other"
        if before is None:  # added on one side
            kept[row_id] = here
            taken += row is None
        elif _differs(section, here, before):  # deleted on one side, changed on the other
            kept[row_id] = here
            conflicts.append(Conflict(None, "", before, row, other, row_id))
        else:
            taken += row is not None
    order = _order(list(was), list(own), list(they), kept)
    at = {row_id: index for index, row_id in enumerate(order)}
    placed = sorted((_placed(one, at[one.row_id]) for one in conflicts), key=lambda one: one.row or 0)
    return Merged([kept[row_id] for row_id in order], tuple(placed), taken)


def _order(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], kept: Mapping[str, Any]) -> list[str]:
    """The order of whoever moved rows; rows that the other added stand behind the row that they stood behind there."""
    common = set(base) & set(mine) & set(theirs)
    unmoved = [one for one in mine if one in common] == [one for one in base if one in common]
    leading, other = (theirs, mine) if unmoved else (mine, theirs)
    order = [one for one in leading if one in kept]
    present = set(order)
    before: str | None = None
    for one in other:
        if one in kept and one not in present:
            order.insert(order.index(before) + 1 if before is not None else 0, one)
            present.add(one)
        before = one if one in present else before
    return order


def moved_on_both(base: Iterable[Value], mine: Iterable[Value], theirs: Iterable[Value]) -> bool:
    """Whether both sides moved rows, and not to the same places: then mine stands, and somebody should say so."""
    orders = [list(_by_id(rows)) for rows in (base, mine, theirs)]
    common = set.intersection(*map(set, orders))
    was, own, they = ([one for one in order if one in common] for order in orders)
    return own != was and they not in (was, own)


def _placed(conflict: Conflict, row: int) -> Conflict:
    return Conflict(row, conflict.field, conflict.base, conflict.mine, conflict.theirs, conflict.row_id)


def _by_id(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(row.get("id")): row for row in rows}


def _differs(section: Section, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(one.get(field.name) != other.get(field.name) for field in _typed(section))


def _typed(section: Section) -> tuple[Field, ...]:
    return tuple(one for one in section.fields if one.stage is Stage.TARGET)
