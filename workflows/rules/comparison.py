"""A18 and A19: targets beside each other and beside last year's."""

from collections.abc import Iterator
from decimal import Decimal

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.indicators import QUANTITATIVE
from workflows.rules.reading import Row, rows

_WHOLE = Decimal(100)
_ENOUGH_ROWS = 3


def a18(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Targets that no one thought about: the same as last year's, or every one of them 100 %.

    Source: proposal of this project, after complaints about copied targets.
    """
    yield from _all_whole(document)
    if context.last_year is None:
        return
    same = [row for row, before in _matched(document, context.last_year) if _target(row) == _target(before)]
    if same:
        path = same[0].path if len(same) == 1 else "indicators"
        params = {"rows": "、".join(str(row.index + 1) for row in same), "count": str(len(same))}
        yield Finding("A18", Severity.INFO, path, "proposal", "same", params)


def a19(document: Document, context: CheckContext) -> Iterator[Finding]:
    """A target is not easier than what was reached last year, in the same unit.

    Source: 预算法 art 32, budgets are drawn up with regard to last year's results.
    """
    if context.last_year is None:
        return
    for row, before in _matched(document, context.last_year):
        target, reached = row.number("target_value"), before.number("actual_value")
        if target is None or reached is None or row.text("unit") != before.text("unit"):
            continue
        upwards = row.comparator in quantities.POSITIVE or row.comparator == "eq"
        easier = target < reached if upwards else row.comparator in quantities.REVERSE and target > reached
        if easier:
            params = {"value": quantities.plain(target), "reached": quantities.plain(reached)}
            yield Finding("A19", Severity.WARNING, f"{row.path}.target_value", "budget_law_32", params=params)


def _all_whole(document: Document) -> Iterator[Finding]:
    counted = [row for row in rows(document, "indicators") if row.comparator in QUANTITATIVE]
    whole = [row for row in counted if quantities.is_percent(row.text("unit")) and row.number("target_value") == _WHOLE]
    if len(counted) >= _ENOUGH_ROWS and len(whole) == len(counted):
        params = {"count": str(len(whole))}
        yield Finding("A18", Severity.INFO, "indicators", "proposal", "whole", params)


def _matched(document: Document, last_year: Document) -> Iterator[tuple[Row, Row]]:
    """Rows that bear the same name in both years."""
    before = {_name(row): row for row in rows(last_year, "indicators")}
    for row in rows(document, "indicators"):
        other = before.get(_name(row))
        if _name(row) and other is not None:
            yield row, other


def _target(row: Row) -> tuple[str | None, object]:
    value = row.number("target_value")
    return row.comparator, row.text("target_value") if value is None else value


def _name(row: Row) -> str:
    return "".join(row.text("level3").split())
