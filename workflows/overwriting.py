"""What a form file would do to a draft that somebody has typed into: which cells it would replace, and whether it adds any.

A file that comes without the state it started from cannot tell a correction from an older text. So in a batch, where
nobody looks at each file, whatever was typed stands until somebody says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflows.draft import target_sections
from workflows.forms.base import Document, Field, FormType, Kind, Section, Shape, Stage

# What the system keeps about a row; nobody types it.
_KEPT: Final = frozenset({Kind.ID, Kind.TAG, Kind.TASK})


@dataclass(frozen=True, slots=True)
class Overwriting:
    """`paths`: typed cells and rows of the draft that the file says otherwise. `adds`: it fills blanks or brings rows."""

    paths: tuple[str, ...]
    adds: bool

    @property
    def is_nothing(self) -> bool:
        """The draft already says what the file says."""
        return not self.paths and not self.adds


def overwriting(form: FormType, *, draft: Document, file: Document) -> Overwriting:
    """Compare a file with a draft, both with tidy cells and in the shape of `form`.

    A row of the draft stands if the file has a row that agrees with every cell typed in it.
    """
    paths: list[str] = []
    adds = False
    for section in target_sections(form):
        before, after = draft.get(section.name), file.get(section.name)
        if section.shape is Shape.ROWS:
            lost, more = _rows(section, before or (), after or ())
        else:
            lost, more = _cells(section, before, after)
        paths += lost
        adds = adds or more
    return Overwriting(tuple(paths), adds)


def _cells(section: Section, before: Any, after: Any) -> tuple[list[str], bool]:  # noqa: ANN401 - a section of a document
    if section.shape is Shape.TEXT:
        before, after = {section.name: before}, {section.name: after}
        names = {section.name: section.name}
    else:
        names = {field.name: f"{section.name}.{field.name}" for field in _typed(section)}
    old, new = before or {}, after or {}
    lost = [path for name, path in names.items() if _said(old, name) and old[name] != new.get(name)]
    return lost, any(not _said(old, name) and _said(new, name) for name in names)


def _rows(
    section: Section, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> tuple[list[str], bool]:
    names = [field.name for field in _typed(section)]
    left = list(after)
    lost, adds = [], False
    for index, row in enumerate(before):
        said = {name: row[name] for name in names if _said(row, name)}
        match = next((one for one in left if all(one.get(name) == value for name, value in said.items())), None)
        if match is None or not said:
            lost += [f"{section.name}[{index}]"] if said else []
            continue
        left.remove(match)
        adds = adds or any(_said(match, name) and name not in said for name in names)
    return lost, adds or bool(left)


def _typed(section: Section) -> Iterator[Field]:
    return (field for field in section.fields if field.stage is Stage.TARGET and field.kind not in _KEPT)


def _said(cells: Mapping[str, Any], name: str) -> bool:
    value = cells.get(name)
    return value is not None and (not isinstance(value, str) or bool(value.strip()))
