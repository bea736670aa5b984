"""What the page's script sends: the cells that changed, each by its row and field, over the value that it started from.

Pure. `cell.<row>.<field>` is a new text, `was.<row>.<field>` the text that stood there before where the script knows that
somebody else has changed the cell since, `choice.<row>.<field>` a side of a clash (mine, theirs, hand) and
`byhand.<row>.<field>` its text. `<row>` is empty in a section without rows, `<field>` where a whole row is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.web.editor_notes import typed
from service.web.editor_post import UnreadableError, clean
from service.web.editor_view import Value
from workflows.forms.base import Section, Shape, Stage

Key = tuple[str, str]
SIDES = ("mine", "theirs", "hand")
_NAME = re.compile(r"(cell|was|choice|byhand)\.([0-9A-Z]{0,26})\.([a-z][a-z0-9_]{0,39})?")


@dataclass(slots=True)
class Patch:
    """The named texts of a request by (row id, field)."""

    cell: dict[Key, str] = field(default_factory=dict)
    was: dict[Key, str] = field(default_factory=dict)
    choice: dict[Key, str] = field(default_factory=dict)
    byhand: dict[Key, str] = field(default_factory=dict)

    @property
    def picks(self) -> dict[Key, str]:
        """The sides that were chosen. What was written by hand stands in mine."""
        return {
            key: "mine" if side == "hand" else side
            for key, side in self.choice.items()
            if side != "hand" or key in self.byhand
        }

    @property
    def mine(self) -> dict[Key, str]:
        """The cells as I want them, written by hand included."""
        by_hand = {key: text for key, text in self.byhand.items() if self.choice.get(key) == "hand"}
        return {**self.cell, **by_hand}


def read_patch(pairs: Iterable[tuple[str, str]], controls: Iterable[str]) -> Patch:
    """The patch of a posted form; `controls` are names of other fields. Raises UnreadableError for any further name."""
    patch, strangers, known = Patch(), [], frozenset(controls)
    for name, text in pairs:
        match = _NAME.fullmatch(name)
        if match is not None:
            getattr(patch, match[1])[match[2], match[3] or ""] = text
        elif name not in known:
            strangers.append(name)
    if any(side not in SIDES for side in patch.choice.values()):
        strangers.append("choice")
    if strangers:
        raise UnreadableError(sorted(set(strangers)))
    return patch


def patched(section: Section, base: Value, cells: Mapping[Key, str], *, stored: Value) -> Value:
    """`base` with these cells. Keys that nobody types come from what is stored, never from the browser.

    Raises UnreadableError for a cell that the section does not have.
    """
    fields = {one.name: one for one in (section.fields if section.shape is Shape.TEXT else typed(section))}
    strangers = [f"{row}.{name}" for row, name in cells if name not in fields]
    if section.shape is not Shape.ROWS:
        strangers += [row for row, _ in cells if row]
        _refuse(strangers)
        read = {name: clean(fields[name], text) for (_, name), text in cells.items()}
        if section.shape is Shape.TEXT:
            return read.get(section.name, base)
        return {**(stored or {}), **{name: (base or {}).get(name) for name in fields}, **read}
    rows = {str(row.get("id")): row for row in base or ()}
    _refuse(strangers + [row for row, _ in cells if row not in rows])
    kept = {str(row.get("id")): row for row in stored or ()}
    return [_row(section, row_id, row, cells, kept.get(row_id)) for row_id, row in rows.items()]


def _row(
    section: Section, row_id: str, base: Mapping[str, Any], cells: Mapping[Key, str], stored: Mapping[str, Any] | None
) -> dict[str, Any]:
    mine = {
        one.name: clean(one, cells[row_id, one.name]) if (row_id, one.name) in cells else base.get(one.name)
        for one in typed(section)
    }
    if stored is None:  # Somebody deleted it meanwhile; its tag is decided when the section is kept.
        later = {one.name for one in section.fields if one.stage is Stage.EVALUATION}
        return {**{name: cell for name, cell in base.items() if name not in later}, **mine}
    return {**{name: cell for name, cell in stored.items() if name not in mine}, "id": row_id, **mine}


def _refuse(strangers: Iterable[str]) -> None:
    names = sorted({name or "row" for name in strangers})
    if names:
        raise UnreadableError(names)
