"""Two people changed the same cell: the page that puts base, mine and theirs side by side. Nothing is lost on it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template
from sqlalchemy import Connection
from werkzeug import Response

from service.queries.draft_times import section_saved
from service.queries.drafts import Draft
from service.queries.submissions import Case
from service.web.editor_balance import Weighed, sums_of
from service.web.editor_notes import typed
from service.web.editor_screen import title_of
from service.web.editor_view import Value, shown
from service.web.form_words import SECTION_WORDS, balance_words
from service.web.frame import label, page
from service.web.replies import fragment_values
from workflows.forms.base import Kind, Section, Shape
from workflows.merge import Conflict, Merged


@dataclass(frozen=True, slots=True)
class Choice:
    """One conflict as it is drawn. `name` is the cell's name in the posted form; of a whole row `texts` are its cells."""

    name: str
    row: int | None
    title: str
    field: str
    numeric: bool
    base: str
    mine: str
    theirs: str
    whole_row: bool
    mine_deletes: bool = False
    effects: Mapping[str, Weighed] | None = None
    key: str = ""


def clash_page(
    connection: Connection,
    case: Case,
    kind: Section,
    merged: Merged,
    current: Draft,
    *,
    version: int,
    base: str,
) -> Response:
    """409 with a choice for each conflict; all other cells travel along as hidden fields."""
    values = _values(connection, case, kind, merged, current)
    hidden = _hidden(kind, merged)
    return page("editor/clash.html", status=409, **values, hidden=hidden, version=version, base=base, inline=False)


def clash_fragment(
    connection: Connection, case: Case, kind: Section, merged: Merged, current: Draft, *, version: int
) -> str:
    """The same choices to stand within their section: they post with its form, and name the version that they show."""
    values = _values(connection, case, kind, merged, current)
    return render_template("editor/clash_inline.html", **values, **fragment_values(), version=version, inline=True)


def _values(connection: Connection, case: Case, kind: Section, merged: Merged, current: Draft) -> dict[str, Any]:
    held = {name: one.value for name, one in current.sections.items()}
    choices = [
        replace(_choice(kind, merged, one), effects=_effects(case.form, kind, merged, one, held))
        for one in merged.conflicts
    ]
    return {
        "case": case,
        "title": title_of(case),
        "balance_words": balance_words,
        "section": kind.name,
        "section_word": SECTION_WORDS[kind.name],
        "choices": choices,
        "taken": merged.taken,
        "saved": section_saved(connection, case.locked.id, section=kind.name),
    }


def _effects(
    form_id: str, kind: Section, merged: Merged, conflict: Conflict, values: Mapping[str, Value]
) -> dict[str, Weighed] | None:
    """What each side of an amount does to the sum that it belongs to; None where it belongs to none."""
    if not conflict.field or kind.field(conflict.field).kind is not Kind.MONEY:
        return None
    found = {}
    for side in ("base", "mine", "theirs"):
        value = deepcopy(merged.value)
        (value if conflict.row is None else value[conflict.row])[conflict.field] = getattr(conflict, side)
        weighed = sums_of({**values, kind.name: value}, form_id).concerning(kind.name)
        if weighed is not None:
            found[side] = weighed
    return found or None


def _choice(kind: Section, merged: Merged, conflict: Conflict) -> Choice:
    prefix = "" if conflict.row is None else f"{conflict.row}."
    if not conflict.field:
        kept = conflict.mine if conflict.mine is not None else conflict.theirs
        return Choice(
            f"{prefix}drop", conflict.row, str(kept.get("name") or kept.get("level3") or ""), "", False,
            _row_text(kind, conflict.base), _row_text(kind, conflict.mine), _row_text(kind, conflict.theirs), True,
            conflict.mine is None, key=f"{conflict.row_id}.",
        )  # fmt: skip
    field = next(one for one in kind.fields if one.name == conflict.field)
    row = merged.value[conflict.row] if conflict.row is not None else {}
    title = str(row.get("name") or row.get("level3") or "") if row else ""
    base, mine, theirs = (shown(field, one) for one in (conflict.base, conflict.mine, conflict.theirs))
    return Choice(
        prefix + conflict.field, conflict.row, title, label("field", field.name), field.unit is not None, base, mine,
        theirs, False, key=f"{conflict.row_id}.{conflict.field}",
    )  # fmt: skip


def _row_text(kind: Section, row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return " · ".join(shown(one, row.get(one.name)) for one in typed(kind) if row.get(one.name) is not None)


def _hidden(kind: Section, merged: Merged) -> list[tuple[str, str]]:
    """Every cell that nobody needs to choose, as it will be posted."""
    asked = {(one.row, one.field) for one in merged.conflicts}
    if kind.shape is Shape.TEXT:
        return []
    rows: list[tuple[int | None, Value]] = [(None, merged.value)]
    if kind.shape is Shape.ROWS:
        rows = list(enumerate(merged.value))
    found = []
    for index, row in rows:
        prefix = "" if index is None else f"{index}."
        if index is not None:
            found.append((f"{prefix}id", str(row.get("id") or "")))
        found += [
            (prefix + one.name, str(row.get(one.name)))
            for one in typed(kind)
            if (index, one.name) not in asked and row.get(one.name) is not None
        ]
    return found
