"""What the editor answers its script: of a save as little as it needs, of the page's state whatever stands beside the cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import render_template

from service.queries.presence import Present
from service.usecases.save_section import SavedSection
from service.web.editor_balance import Sums
from service.web.editor_base import packed
from service.web.editor_notes import typed
from service.web.editor_paste import Pasted
from service.web.editor_view import CellView, SectionView, shown
from service.web.form_words import HEADS, SECTION_WORDS
from service.web.formats import money
from service.web.frame import gettext, label
from workflows.deadlines import BEIJING
from workflows.draft import HEAD
from workflows.forms.base import Section, Shape
from workflows.quantities import plain


def saved_answer(saved: SavedSection, *, now: datetime, present: Sequence[Present]) -> dict[str, Any]:
    """The new version and value, the time, and who else is here: all that a script needs to go on typing."""
    return {
        "version": saved.version,
        "base": packed(saved.value),
        "saved_at": now.astimezone(BEIJING).strftime("%H:%M:%S"),
        "present": present_words(present),
    }


def present_words(present: Iterable[Present]) -> list[dict[str, Any]]:
    """Who else has the form open, in words."""
    found = []
    for one in present:
        where = SECTION_WORDS.get(one.section or "", "")
        if one.own:
            words = gettext("您在另一窗口也打开了这份表")
        elif where:
            words = gettext("%(name)s正在编辑“%(section)s”") % {"name": one.name, "section": where}
        else:
            words = gettext("%(name)s正在查看，未编辑") % {"name": one.name}
        found.append({"words": words, "section": one.section or "", "own": one.own, "edits": bool(where)})
    return found


def state_answer(values: dict[str, Any]) -> dict[str, Any]:
    """Everything beside the cells that a change may have changed: steps, panel, sums, marks and messages."""
    views = [*values["sections"].values(), values["head_view"]]
    answer: dict[str, Any] = {
        "marks": {cell.id: cell.mark for view in views for cell in cells_of(view) if cell.mark},
        "html": {
            "panel": render_template("editor/panel.html", **values),
            "steps": render_template("editor/steps.html", **values),
            "bal": render_template("editor/balance.html", **values),
            "sum-mark": render_template("editor/mark.html", **values),
        },
        "text": sums_text(values["sums"]),
    }
    for view in views:
        if view.max_rows:
            answer["html"][f"m-{view.code}"] = render_template("editor/row_messages.html", **values, view=view)
        for cell in view.cells:
            answer["html"][f"n-{cell.id}"] = render_template("editor/cell_messages.html", **values, cell=cell)
    return answer


def section_answer(kind: Section, values: dict[str, Any], *, at: int | None, same_rows: bool = False) -> dict[str, Any]:
    """The section anew: its rows as HTML, its fields as texts; the script puts them under what is being typed.

    `same_rows`: only texts have changed. Then drawing a long table anew would cost more than everything else.
    """
    view = view_of(kind, values)
    answer: dict[str, Any] = {"values": {cell.id: cell.text for cell in cells_of(view)}}
    if kind.shape is Shape.ROWS:
        answer["focus"] = f"r-{kind.name}-{at}" if at is not None and at >= 0 else None
    if kind.shape is Shape.ROWS and not same_rows:
        answer["section"] = render_template("editor/rows.html", **values, view=view)
    return answer


def view_of(kind: Section, values: dict[str, Any]) -> SectionView:
    """The view of one section, the head included."""
    found: SectionView = values["head_view"] if kind.name == HEAD else values["sections"][kind.name]
    return found


def cells_of(view: SectionView) -> list[CellView]:
    """Every cell of a section, those of its rows too."""
    return [*view.cells, *(cell for row in view.rows for cell in row.cells)]


def sums_text(sums: Sums) -> dict[str, str]:
    """The sums of the page by the ids of their places."""
    return {place: money(one.amount) for place, one in sums.places.items()}


def preview_answer(kind: Section, done: Pasted, *, at: int, title: str) -> dict[str, Any]:
    """A pasted block as it would stand, for a person to look at before anything is written."""
    fields = typed(kind)
    size = done.changed + done.added
    rows = [
        {
            "number": index + 1,
            "is_new": index >= len(done.rows) - done.added,
            "cells": [
                (
                    shown(one, done.rows[index].get(one.name)),
                    (index, one.name) in done.unread,
                    plain(done.offers[index, one.name]) if (index, one.name) in done.offers else None,
                )
                for one in fields
            ],
        }
        for index in range(at, at + size)
    ]
    html = render_template(
        "editor/paste_preview.html", done=done, rows=rows, fields=fields, heads=HEADS, title=title, field_label=label,
        size=size,
    )  # fmt: skip
    return {"preview": html}
