"""A18 and A19: targets beside each other and beside last year's."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.indicators import QUANTITATIVE
from workflows.rules.last_year import matched
from workflows.rules.reading import Row, rows

_WHOLE = Decimal(100)
_ENOUGH_ROWS = 3
_ALIKE_ROWS = 4


def a18(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Targets that no one thought about: the same as last year's, every one of them 100 %, or nearly all of them alike.

    Source: proposal of this project, after complaints about copied targets.
    """
    yield from _all_whole(document)
    if context.last_year is None:
        return
    same = [row for row, before in matched(document, context.last_year) if _target(row) == _target(before)]
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
    for row, before in matched(document, context.last_year):
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
    elif counted:
        yield from _nearly_all_alike(counted)


def _nearly_all_alike(counted: list[Row]) -> Iterator[Finding]:
    """Effects that cannot be a rate all got ≥ 95 % in one published form."""
    times = Counter((row.comparator, row.number("target_value"), row.text("unit")) for row in counted)
    (_sign, value, unit), count = times.most_common(1)[0]
    if value is not None and count >= _ALIKE_ROWS and count * 4 >= len(counted) * 3:
        params = {"count": str(count), "total": str(len(counted)), "value": f"{quantities.plain(value)} {unit}".strip()}
        yield Finding("A18", Severity.INFO, "indicators", "proposal", "alike", params)


def _target(row: Row) -> tuple[str | None, object]:
    value = row.number("target_value")
    return row.comparator, row.text("target_value") if value is None else value
