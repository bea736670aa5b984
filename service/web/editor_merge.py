"""Two people changed one section: what goes together by itself, and what a person must choose.

Pure. Compared are base (what I started from), mine and theirs, by row id and field: a change on one side only is taken, the
same change on both is one, and two different changes of a cell are a conflict in which neither is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.web.editor_notes import typed
from service.web.editor_view import Value
from workflows.forms.base import Section, Shape

_GONE = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One cell with two changes, or a row that one side deleted and the other changed (`field` is empty)."""

    row: int | None
    field: str
    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """The section with all that goes together; conflicting cells hold mine. `taken` counts the changes of the others."""

    value: Any
    conflicts: tuple[Conflict, ...]
    taken: int


def merge(section: Section, *, base: Value, mine: Value, theirs: Value) -> Merged:
    """Join two changes of one section."""
    if section.shape is Shape.ROWS:
        return _rows(section, base or [], mine or [], theirs or [])
    if section.shape is Shape.FIELDS:
        return _fields(section, base or {}, mine or {}, theirs or {}, row=None)
    if theirs in (mine, base):
        return Merged(mine, (), 0)
    if mine == base:
        return Merged(theirs, (), 1)
    return Merged(mine, (Conflict(None, section.name, base, mine, theirs),), 0)


def _fields(
    section: Section, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], *, row: int | None
) -> Merged:
    value, conflicts, taken = {**theirs, **mine}, [], 0
    for one in typed(section):
        was, me, they = base.get(one.name), mine.get(one.name), theirs.get(one.name)
        if they in (was, me):
            continue
        if me == was:
            value[one.name] = they
            taken += 1
        else:
            conflicts.append(Conflict(row, one.name, was, me, they))
    return Merged(value, tuple(conflicts), taken)


def _rows(section: Section, base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any]) -> Merged:
    was, they = _by_id(base), _by_id(theirs)
    own = _by_id(mine)
    rows: list[dict[str, Any]] = []
    conflicts: list[Conflict] = []
    taken = 0
    for row_id, row in own.items():
        other = they.get(row_id)
        if other is None and row_id in was:
            if not _differs(section, row, was[row_id]):
                taken += 1  # They deleted what I had not touched.
                continue
            conflicts.append(Conflict(len(rows), "", was[row_id], row, None))
        elif other is not None:
            joined = _fields(section, was.get(row_id, {}), row, other, row=len(rows))
            conflicts += joined.conflicts
            taken += joined.taken
            row = joined.value  # noqa: PLW2901 - the joined row takes the place of mine
        rows.append(row)
    return _with_others(section, Merged(rows, tuple(conflicts), taken), was=was, own=own, theirs=theirs)


def _with_others(
    section: Section, merged: Merged, *, was: Mapping[str, Any], own: Mapping[str, Any], theirs: Sequence[Any]
) -> Merged:
    """Add the rows that the others added, behind the row that they stand behind; ask about those that I deleted."""
    rows, conflicts, taken, before = list(merged.value), list(merged.conflicts), merged.taken, ""
    for row in theirs:
        row_id = str(row.get("id"))
        if row_id not in own and (row_id not in was or _differs(section, row, was[row_id])):
            at = next(
                (index + 1 for index, one in enumerate(rows) if one.get("id") == before), len(rows) if before else 0
            )
            rows.insert(at, row)
            conflicts = [_shifted(one, at) for one in conflicts]
            if row_id in was:
                conflicts.append(Conflict(at, "", was[row_id], None, row))
            else:
                taken += 1
        before = row_id
    return Merged(rows, tuple(conflicts), taken)


def _shifted(conflict: Conflict, at: int) -> Conflict:
    moves = conflict.row is not None and conflict.row >= at
    return replace(conflict, row=conflict.row + 1) if moves and conflict.row is not None else conflict


def _by_id(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(row.get("id")): row for row in rows}


def _differs(section: Section, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(one.get(field.name) != other.get(field.name) for field in typed(section))
