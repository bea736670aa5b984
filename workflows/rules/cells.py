"""A0: what every cell must be before its meaning counts."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from workflows import levels, quantities
from workflows.document import Cell, cells
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document, Kind, Section, Shape
from workflows.rules.reading import is_empty, quoted

_YEARS = range(2000, 2100)
_TEXTS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.LEVEL1, Kind.LEVEL2, Kind.COUNT})
# More accents on one letter than any script uses, drawn over the lines above and below.
_PILE = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5}")


def a0(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Required texts and rows are there, levels stand in the tree, counts are whole numbers, no character hides.

    Source: the form whose fields these are; the tree is 财预〔2020〕10号.
    """
    for finding in _found(document, context):
        yield finding if finding.source else replace(finding, source=context.form.cites(finding.path))


def _found(document: Document, context: CheckContext) -> Iterator[Finding]:
    empty = set(_empty_rows(document, context))
    for path in sorted(empty):
        yield _finding(path, "empty_row")
    for cell in cells(document, context.form):
        # The goal is one text of a whole section: A6 asks for it.
        asked_elsewhere = cell.path == context.form.goal and quantities.is_blank(cell.value)
        if cell.path.partition(".")[0] not in empty and not asked_elsewhere:
            yield from _cell(cell)
    for section in context.form.sections:
        yield from _rows(section, document)
    yield from _pairs(document, context)


def _cell(cell: Cell) -> Iterator[Finding]:
    value, kind = cell.value, cell.field.kind
    if cell.field.required and kind in _TEXTS and quantities.is_blank(value):
        yield _finding(cell.path, "required", field=cell.field.name)
        return
    if kind is Kind.COUNT and not quantities.is_blank(value):
        yield from _count(cell)
    if isinstance(value, str):
        yield from _text(cell)


def _count(cell: Cell) -> Iterator[Finding]:
    whole = quantities.count(cell.value)
    if whole is None:
        yield _finding(cell.path, "count", field=cell.field.name, value=quoted(cell.value))
    elif cell.field.name == "fiscal_year" and whole not in _YEARS:
        yield _finding(cell.path, "year", value=str(whole))


def _text(cell: Cell) -> Iterator[Finding]:
    text = cell.value
    if cell.field.kind is Kind.LEVEL1 and levels.level1(text) is None:
        yield _finding(cell.path, "level", field="level1", value=quoted(text))
    if cell.field.kind is Kind.LEVEL2 and levels.level2(text) is None:
        yield _finding(cell.path, "level", field="level2", value=quoted(text))
    if _hides(text):
        yield Finding("A0", Severity.WARNING, cell.path, "proposal", "hidden", {"field": cell.field.name})


def _hides(text: str) -> bool:
    """Invisible or direction-turning characters (U+200B, U+202E …), or accents in a pile."""
    if text.isascii():
        return False
    if not text.isprintable() and any(unicodedata.category(char) == "Cf" for char in text):
        return True
    return _PILE.search(text) is not None


def _empty_rows(document: Document, context: CheckContext) -> Iterator[str]:
    for section in context.form.sections:
        if section.shape is Shape.ROWS:
            for index, row in enumerate(document[section.name]):
                if is_empty(row):
                    yield f"{section.name}[{index}]"


def _rows(section: Section, document: Document) -> Iterator[Finding]:
    if section.shape is Shape.ROWS and len(document[section.name]) < section.min_rows:
        yield _finding(section.name, "rows", section=section.name, least=str(section.min_rows))


def _pairs(document: Document, context: CheckContext) -> Iterator[Finding]:
    for index, row in enumerate(document["indicators"]):
        level1, level2 = (levels.level1(row.get("level1") or ""), levels.level2(row.get("level2") or ""))
        if level1 and level2 and not context.form.tree.has(level1, level2):
            # Published forms mix the schemes (经济成本指标 under 产出指标), so this is no error.
            params = {"level1": level1, "level2": level2}
            yield Finding("A0", Severity.WARNING, f"indicators[{index}].level2", "mof_2020_10", "pair", params)


def _finding(path: str, case: str, **params: str) -> Finding:
    """Without a source where the form itself is the source."""
    return Finding("A0", Severity.ERROR, path, "mof_2020_10" if case == "level" else "", case, params)
