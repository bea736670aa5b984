"""Tables of one form with the same columns: a row may move from one to the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.web.editor_notes import typed
from service.web.editor_view import Value
from workflows.draft import target_sections
from workflows.forms.base import FormType, Section, Shape


def tables_beside(form: FormType, section: Section) -> tuple[Section, ...]:
    """The other tables with the same columns as this one."""
    return tuple(
        one
        for one in target_sections(form)
        if one.shape is Shape.ROWS and one.name != section.name and _columns(one) == _columns(section)
    )


def table_beside(form: FormType, section: Section, name: str) -> Section | None:
    """The table of this name if a row of `section` may move to it."""
    return next((one for one in tables_beside(form, section) if one.name == name), None)


def taken_over(rows: Value, row: Mapping[str, Any], section: Section) -> list[dict[str, Any]]:
    """The rows with one more, which keeps its id, its cells and its tag."""
    own = {"id", "secrecy_tag", *_columns(section)}
    return [*(rows or ()), {name: cell for name, cell in row.items() if name in own}]


def _columns(section: Section) -> list[str]:
    return [one.name for one in typed(section)]
