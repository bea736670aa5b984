"""A file beside a draft: what it would change, what the two disagree about, and the sections that come of it.

A file that knows the state it started from is merged by row id and field, three ways. Any other file is compared with the
draft as it stands: then every difference is the file's, and a person looks at all of them before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.draft import HEAD, target_sections, with_kept_tags, with_row_ids
from workflows.forms.base import FormType, Kind, Section, Shape, Stage
from workflows.holds import UNRESOLVED
from workflows.merge import Conflict, merge, settled
from workflows.row_identity import identified

Values = Mapping[str, Any]
Picks = Mapping[tuple[str, str, str], str]  # (section, row id, field) -> mine (the file's) | theirs (the draft's)
_SEEN = re.compile(r"([a-z_]{1,40})\.(\d{1,9})")
_LONGEST_SEEN = 2_000
_MACHINE = frozenset({Kind.ID, Kind.TAG, Kind.TASK})


@dataclass(frozen=True, slots=True)
class Difference:
    """One change to a draft. `row` counts from 0: of the new order, of the old one where the row goes.

    `kind`: changed (a cell), added and removed (a row: `after` or `before` is all of it), moved (rows of the section).
    """

    kind: str
    section: str
    row: int | None = None
    field: str = ""
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Disputed:
    """A conflict with the section that it stands in."""

    section: str
    conflict: Conflict

    @property
    def key(self) -> tuple[str, str, str]:
        """What a choice names."""
        return self.section, self.conflict.row_id, self.conflict.field


@dataclass(frozen=True, slots=True)
class Joined:
    """`values` are the sections to write, `open` the conflicts without a choice (there the draft stands meanwhile).

    `conflicts` are all of them, `taken` counts the changes of the draft that the file did not know of.
    """

    values: dict[str, Any]
    conflicts: tuple[Disputed, ...]
    open: tuple[Disputed, ...]
    differences: tuple[Difference, ...]
    taken: int


def sections_of(form: FormType) -> tuple[Section, ...]:
    """The sections that a file may bring: the head as far as people type it, and those of the target."""
    head = tuple(one for one in form.header if one.name == "supervising_department")
    return (Section(HEAD, Shape.FIELDS, head), *target_sections(form))


def joined(form: FormType, *, base: Values | None, file: Values, draft: Values, picks: Picks) -> Joined:
    """Bring a file's sections into a draft. Without a base every difference is a change of the file."""
    values: dict[str, Any] = {}
    conflicts: list[Disputed] = []
    undecided: list[Disputed] = []
    differences: list[Difference] = []
    taken = 0
    for section in sections_of(form):
        name, theirs = section.name, draft.get(section.name)
        started = theirs if base is None else base.get(name)
        mine = _with_ids(section, _typed(section, file.get(name)), started, theirs, guess=base is None)
        merged = merge(section, base=started, mine=mine, theirs=theirs)
        here = [Disputed(name, one) for one in merged.conflicts]
        chosen = {(one.conflict.row_id, one.conflict.field): picks.get(one.key, "") for one in here}
        _, left = settled(section, merged, chosen)
        unsaid = {key: pick if pick in ("mine", "theirs") else "theirs" for key, pick in chosen.items()}
        value, _ = settled(section, merged, unsaid)
        values[name] = with_kept_tags(value, _tagged(section, started, theirs))
        conflicts += here
        undecided += [Disputed(name, one) for one in left]
        differences += differences_of(section, theirs, values[name])
        taken += merged.taken
    return Joined(values, tuple(conflicts), tuple(undecided), tuple(differences), taken)


def differences_of(section: Section, before: Any, after: Any) -> Iterator[Difference]:  # noqa: ANN401 - sections of a draft
    """Every change from one value of a section to another, rows by their id."""
    if section.shape is Shape.TEXT:
        if (before or None) != (after or None):
            yield Difference("changed", section.name, None, section.name, before, after)
    elif section.shape is Shape.FIELDS:
        yield from _cells(section, None, before or {}, after or {})
    else:
        yield from _rows(section, before or [], after or [])


def _rows(section: Section, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    old, new = ({row.get("id"): row for row in rows} for rows in (before, after))
    for index, row in enumerate(after):
        if row.get("id") in old:
            yield from _cells(section, index, old[row["id"]], row)
        else:
            yield Difference("added", section.name, index, "", None, row)
    for index, row in enumerate(before):
        if row.get("id") not in new:
            yield Difference("removed", section.name, index, "", row, None)
    if [one for one in old if one in new] != [one for one in new if one in old]:
        yield Difference("moved", section.name)


def _cells(section: Section, row: int | None, before: Values, after: Values) -> Iterator[Difference]:
    for one in section.fields:
        if one.stage is not Stage.TARGET or one.kind in _MACHINE:
            continue
        was, now = before.get(one.name), after.get(one.name)
        if (was if was != "" else None) != (now if now != "" else None):
            yield Difference("changed", section.name, row, one.name, was, now)


def _typed(section: Section, value: Any) -> Any:  # noqa: ANN401 - whatever the section holds
    """What people type of a file's section. Tags, links to tasks and the year's end are the draft's: no preview shows them."""
    names = {one.name for one in section.fields if one.stage is Stage.TARGET} | {"id"}
    if section.shape is Shape.ROWS:
        return [{name: cell for name, cell in row.items() if name in names} for row in value or []]
    if section.shape is Shape.FIELDS:
        return {name: cell for name, cell in (value or {}).items() if name in names}
    return value


def _tagged(section: Section, started: Any, theirs: Any) -> Any:  # noqa: ANN401 - whatever the section holds
    """The rows whose tags stand: the draft's, and those that it has deleted since the file was made.

    Brought back by the file, such a row is held until somebody resolves it anew: what the file says of its tag is no proof.
    """
    if section.shape is not Shape.ROWS:
        return theirs
    here = {row.get("id") for row in theirs or []}
    gone = [row for row in started or [] if row.get("id") not in here]
    held = [{**row, "secrecy_tag": UNRESOLVED} if row.get("secrecy_tag") else row for row in gone]
    return [*(theirs or []), *held]


def _with_ids(section: Section, mine: Any, base: Any, theirs: Any, *, guess: bool) -> Any:  # noqa: ANN401
    """The file's rows with the ids of the rows that they are; new ones may be in the draft already by an earlier import."""
    if section.shape is not Shape.ROWS:
        return mine
    rows = mine or []
    if guess:
        return with_row_ids(section, identified(section, rows, theirs or [], guess=True))
    known = {row.get("id") for row in base or []}
    new = [row for row in rows if row.get("id") not in known]
    ids = {row.get("id") for row in rows}
    free = [
        row
        for row in theirs or []
        if row.get("id") not in known and row.get("id") not in (ids - {one["id"] for one in new})
    ]
    again = {
        id(row): found.get("id") for row, found in zip(new, identified(section, new, free, guess=False), strict=True)
    }
    return with_row_ids(section, [{**row, "id": again.get(id(row)) or row["id"]} for row in rows])


def packed_versions(versions: Mapping[str, int]) -> str:
    """The versions that somebody sees, as they travel with the preview."""
    return "~".join(f"{name}.{version}" for name, version in sorted(versions.items()))


def unpacked_versions(text: str) -> dict[str, int]:
    """What `packed_versions` wrote; anything else names no section and so fits nothing."""
    parts = text[:_LONGEST_SEEN].split("~")
    matches = [_SEEN.fullmatch(part) for part in parts]
    return {match[1]: int(match[2]) for match in matches if match}
