"""The buttons of a section beside saving: rows are added, moved, deleted, brought back, pasted."""

from __future__ import annotations

from typing import Any

from flask import request

from service.web.editor_base import unpacked
from service.web.editor_notes import typed
from service.web.editor_paste import Pasted, pasted
from service.web.editor_post import UnreadableError, moved
from service.web.editor_view import Value
from service.web.section_kinds import EVALUATION
from workflows.forms.base import Section, Shape, Stage
from workflows.merge import merge


def done(kind: Section, value: Value, *, do: str) -> tuple[Value, int | None, Pasted | None]:
    """The rows after a button, the one to look at, and what was pasted. Raises UnreadableError."""
    if kind.shape is not Shape.ROWS or do == "save" or kind.name in EVALUATION:
        return value, None, None
    if do == "restore":
        return _restored(kind, value), None, None
    if do == "paste":
        done, at = _pasted(kind, value)
        return done.rows, at, done
    return *moved(kind, value, do=do), None


def _restored(kind: Section, value: Value) -> Value:
    """The rows without what one step did to them: `undo` is how they stood before it, `after` how it left them.

    What was typed since stays. A browser held both meanwhile, so keys of later stages (points of a reviewer) are not taken
    from it; whether a row has the tag that it comes with is decided when the section is kept.
    """
    before = fitting(kind, unpacked(request.form.get("undo", "")))
    if before is None:
        raise UnreadableError(["undo"])
    after = fitting(kind, unpacked(request.form.get("after", "")))
    if after is None and request.form.get("after"):
        raise UnreadableError(["after"])
    later = {one.name for one in kind.fields if one.stage is Stage.EVALUATION}
    before = [{name: cell for name, cell in row.items() if name not in later} for row in before]
    rows = merge(kind, base=value if after is None else after, mine=value, theirs=before).value
    return [
        _as_it_was(kind, row, next((one for one in before if one.get("id") == row.get("id")), None)) for row in rows
    ]


def _as_it_was(kind: Section, row: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """A row that reads as before is the row before, tag included."""
    same = before is not None and all(row.get(one.name) == before.get(one.name) for one in typed(kind))
    return {**row, "secrecy_tag": before.get("secrecy_tag")} if same and before and "secrecy_tag" in before else row


def _pasted(kind: Section, value: Value) -> tuple[Pasted, int]:
    row, _, field_name = request.form.get("at", "").partition(".")
    at = int(row) if row.isascii() and row.isdigit() and len(row) < 5 else len(value)
    at = min(at, len(value))
    convert = request.form.get("convert") == "yes"
    return pasted(kind, value, request.form.get("paste", ""), row=at, field=field_name, convert=convert), at


def _is_row(row: dict[str, Any]) -> bool:
    return isinstance(row.get("id", ""), str)


def fitting(kind: Section, base: Value) -> Value:
    """The base as it came back from the browser, None where it is no value of this section."""
    if kind.shape is Shape.ROWS:
        fits = isinstance(base, list) and all(isinstance(row, dict) and _is_row(row) for row in base)
    else:
        fits = isinstance(base, dict if kind.shape is Shape.FIELDS else str)
    return base if fits else None
