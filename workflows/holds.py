"""Secrecy holds: which rows a mark holds back, and the two ways to resolve one.

A system that is not built for secrets may not keep them (保守国家秘密法 2024 art 31(3)), so there is no third way: the
content is replaced by the placeholder, or a secrecy reviewer declares that it is no secret and the mark is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.document import INDICATORS, task_sections
from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.forms import form_type
from workflows.forms.base import Document, Section, Shape
from workflows.lifecycle import Action
from workflows.links import links
from workflows.secrecy import PLACEHOLDER, has_mark, without_marks

WITHHELD = "withheld_public"
UNRESOLVED = "sensitive_unresolved"  # its mark was typed away, and nobody has said why
_ROW = re.compile(r"(?P<section>\w{1,40})\[(?P<row>\d{1,4})\](?:\.\w+)?")
_CELL = re.compile(r"(?P<section>\w+)(?:\.(?P<field>\w+))?")


@dataclass(frozen=True, slots=True)
class Hold:
    """One row or cell that a mark holds back, and the cells in which marks stand."""

    path: str
    cells: tuple[str, ...]
    replaceable: bool


def holds(document: Document) -> tuple[Hold, ...]:
    """Every hold of a draft: rows of tables in their order, then cells outside of them."""
    found = []
    for section in _tables(document):
        for index, row in enumerate(document[section.name]):
            if is_held(row):
                path = f"{section.name}[{index}]"
                held = tuple(f"{path}.{name}" for name in marked_cells(row) or [section.content_field])
                found.append(Hold(path, held, replaceable=True))
    found += [Hold(path, (path,), replaceable=False) for path, cell in _single_cells(document) if has_mark(cell)]
    return tuple(found)


def resolved(document: Document, *, path: str, action: Action) -> dict[str, Any]:
    """The sections that resolving the hold at `path` changes, with their new values.

    Raises InvalidRequest for a path that is none, NotPossibleNow where no mark stands there.
    """
    row = _ROW.fullmatch(path)
    table = next((one for one in _tables(document) if row and one.name == row["section"]), None)
    if row is None or table is None:
        return _cleared_cell(document, path=path, action=action)
    section, index = table.name, int(row["row"])
    if index >= len(document[section]):
        raise InvalidRequest("no_such_path", field="path")
    if not is_held(document[section][index]):
        raise NotPossibleNow("no_mark_here")
    rows = [dict(one) for one in document[section]]
    rows[index] = _resolved_row(table, rows[index], action)
    changed: dict[str, Any] = {section: rows}
    if section in task_sections(document):
        changed |= _inherited(document, task=f"{section}[{index}]")
    return changed


def _tables(document: Document) -> Iterator[Section]:
    for section in form_type(document["form"]).sections:
        if section.shape is Shape.ROWS and section.name in document:
            yield section


def _resolved_row(section: Section, row: dict[str, Any], action: Action) -> dict[str, Any]:
    clean = {
        name: without_marks(cell) if isinstance(cell, str) and name != "id" else cell for name, cell in row.items()
    }
    if action is Action.REPLACE_WITH_PLACEHOLDER:
        # The name and the amount stay, without the mark.
        clean[section.content_field] = PLACEHOLDER
    return {**clean, "secrecy_tag": WITHHELD}


def _inherited(document: Document, *, task: str) -> dict[str, Any]:
    """Indicators measure their task and would tell of it: they are withheld with it."""
    tagged = {link.indicator for link in links(document) if link.task == task}
    rows = [
        {**row, "secrecy_tag": WITHHELD} if f"{INDICATORS}[{index}]" in tagged else row
        for index, row in enumerate(document[INDICATORS])
    ]
    return {INDICATORS: rows} if rows != document[INDICATORS] else {}


def _cleared_cell(document: Document, *, path: str, action: Action) -> dict[str, Any]:
    match = _CELL.fullmatch(path)
    cells = dict(_single_cells(document))
    if match is None or path not in cells:
        raise InvalidRequest("no_such_path", field="path")
    if not has_mark(cells[path]):
        raise NotPossibleNow("no_mark_here")
    if action is Action.REPLACE_WITH_PLACEHOLDER:
        raise NotPossibleNow("edit_this_cell")
    clean, section = without_marks(cells[path]), match["section"]
    if match["field"] is None:
        return {section: clean}
    return {section: {**document[section], match["field"]: clean}}


def _single_cells(document: Document) -> Iterator[tuple[str, str]]:
    for section, value in document.items():
        if isinstance(value, str):
            yield section, value
        elif isinstance(value, dict):
            yield from ((f"{section}.{name}", cell) for name, cell in value.items() if isinstance(cell, str))


def is_held(row: dict[str, Any]) -> bool:
    """Whether a row waits for one of the two actions: a mark stands in it, or stood there and was typed away."""
    return row.get("secrecy_tag") == UNRESOLVED or bool(marked_cells(row))


def marked_cells(row: Mapping[str, Any]) -> list[str]:
    """The names of a row's cells in which a mark stands."""
    return [name for name, cell in row.items() if name != "id" and isinstance(cell, str) and has_mark(cell)]
