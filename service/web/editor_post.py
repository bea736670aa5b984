"""Reads a posted section of the editor, and moves rows about. Pure: pairs of names and texts in, a section's value out.

Names: a section of fields posts the field's name, a text section its own, rows post `<index>.<field>` and `<index>.id`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.web.editor_notes import typed
from service.web.editor_view import Value
from workflows.forms.base import Field, Section, Shape
from workflows.tidying import spelled
from workflows.ulid import is_ulid, new_ulid

CONTROLS = frozenset(
    "csrf_token base base_version do row at paste convert undo after idempotency_key patch window seen sure".split()
)
_CELL = re.compile(r"(\d{1,4})\.([a-z][a-z0-9_]{0,39})")
_PICK = re.compile(r"(pick|mine|theirs|hand)\.(.{1,60})")


class UnreadableError(Exception):
    """Names in the posted form that the section does not have, or has once only."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(name[:60] for name in names)


def read_section(section: Section, pairs: Iterable[tuple[str, str]], stored: Value) -> Value:
    """The section's value out of a posted form. Keys that nobody types (a secrecy tag) stay as stored.

    Raises UnreadableError.
    """
    cells = _cells(pairs)
    if section.shape is Shape.ROWS:
        return _rows(section, cells, {str(row.get("id")): row for row in stored or ()})
    fields = {one.name: one for one in (typed(section) if section.shape is Shape.FIELDS else section.fields)}
    known = {section.name} if section.shape is Shape.TEXT else set(fields)
    _refuse(name for name in cells if name not in known)
    if section.shape is Shape.TEXT:
        return clean(section.fields[0], cells.get(section.name, ""))
    return {**(stored or {}), **{name: clean(fields[name], text) for name, text in cells.items()}}


def clean(field: Field, text: str) -> str | int | None:
    """A cell as it is kept: blank is null, a number is spelled plainly, anything else stays as typed."""
    return spelled(field, text)


def _cells(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    cells: dict[str, str] = {}
    picks: dict[str, dict[str, str]] = {}
    twice = []
    for name, text in pairs:
        choice = _PICK.fullmatch(name)
        if name in CONTROLS:
            continue
        if choice:
            picks.setdefault(choice[2], {})[choice[1]] = text
        elif name in cells:
            twice.append(name)
        else:
            cells[name] = text
    _refuse(twice)
    return cells | {name: parts.get(parts.get("pick", "mine"), "") for name, parts in picks.items()}


def _refuse(names: Iterable[str]) -> None:
    listed = sorted(set(names))
    if listed:
        raise UnreadableError(listed)


def _rows(section: Section, cells: Mapping[str, str], stored: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    fields = {one.name: one for one in typed(section)}
    posted: dict[int, dict[str, str]] = {}
    unknown = []
    for name, text in cells.items():
        match = _CELL.fullmatch(name)
        if match is None or (match[2] not in fields and match[2] not in ("id", "drop")):
            unknown.append(name)
        else:
            posted.setdefault(int(match[1]), {})[match[2]] = text
    _refuse(unknown)
    rows = [posted[index] for index in sorted(posted) if posted[index].get("drop") != "yes"]
    taken: set[str] = set()
    return [_row(fields, row, stored.get(row.get("id", ""), {}), taken) for row in rows]


def _row(
    fields: Mapping[str, Field], posted: Mapping[str, str], stored: Mapping[str, Any], taken: set[str]
) -> dict[str, Any]:
    """A row keeps the id that it was shown with, also where somebody deleted it meanwhile: else nobody would hear of it."""
    kept = {name: value for name, value in stored.items() if name not in fields}
    cells = {name: clean(field, posted.get(name, "")) for name, field in fields.items()}
    row_id = posted.get("id", "")
    known = row_id not in taken and (row_id == str(stored.get("id")) or is_ulid(row_id))
    row_id = row_id if known else new_ulid()
    taken.add(row_id)
    return {**kept, "id": row_id, **cells}


def button(form: Mapping[str, str]) -> str:
    """The button that was pressed, such as `up:2`. Below a long table there is one set for all rows: `up:@` is that of the row
    whose printed number stands in `row`; without a number it only saves.
    """
    do = form.get("do", "save")
    verb, _, at = do.rpartition(":")
    if at != "@":
        return do
    number = form.get("row", "").strip()
    is_row = number.isascii() and number.isdigit() and len(number) <= 4 and int(number) > 0
    return f"{verb}:{int(number) - 1}" if is_row else "save"


def moved(section: Section, rows: Sequence[dict[str, Any]], *, do: str) -> tuple[list[dict[str, Any]], int | None]:
    """The rows after a button such as `add`, `delete:2`, `up:2`, `down:2`, `copy:2` (rows count from 0), and where to look.

    An order that fits no row changes nothing.
    """
    verb, _, at = do.partition(":")
    rows = list(rows)
    index = int(at) if at.isascii() and at.isdigit() and len(at) <= 4 else len(rows) - 1
    if verb == "add":
        return [*rows, _new(section)], len(rows)
    if verb == "place":
        return _placed(rows, at)
    if not 0 <= index < len(rows):
        return rows, None
    if verb == "copy":
        twin = {one.name: rows[index].get(one.name) for one in typed(section)}
        if rows[index].get("secrecy_tag"):  # the same words are held, or withheld, wherever they stand
            twin["secrecy_tag"] = rows[index]["secrecy_tag"]
        return [*rows[: index + 1], {**_new(section), **twin}, *rows[index + 1 :]], index + 1
    if verb == "delete":
        return [*rows[:index], *rows[index + 1 :]], min(index, len(rows) - 2)
    other = {"up": index - 1, "down": index + 1}.get(verb, -1)
    if 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
        return rows, other
    return rows, index


def _placed(rows: list[dict[str, Any]], order: str) -> tuple[list[dict[str, Any]], int | None]:
    """The rows after `place:<from>:<to>`: one is taken out and put where another stands."""
    places = [int(one) for one in order.split(":") if one.isascii() and one.isdigit() and len(one) <= 4]
    if len(places) != 2 or not all(0 <= one < len(rows) for one in places):
        return rows, None
    rows.insert(places[1], rows.pop(places[0]))
    return rows, places[1]


def _new(section: Section) -> dict[str, Any]:
    return {"id": new_ulid(), **{one.name: None for one in typed(section)}}
