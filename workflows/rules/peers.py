"""A23: a target far from those of other units for the same indicator."""

from collections.abc import Iterator

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.indicators import QUANTITATIVE
from workflows.rules.reading import quoted, rows


def a23(document: Document, context: CheckContext) -> Iterator[Finding]:
    """A target lies among those of other units for the same indicator and unit, by a robust z-score of 3.5 at most.

    At least five others are needed; shown are their number, middle and middle half, never whose they are. A note: units
    differ. Source: proposal of this project; the bound is Iglewicz and Hoaglin's.
    """
    if context.peers is None:
        return
    for row in rows(document, "indicators"):
        value = row.number("target_value")
        if value is None or row.comparator not in QUANTITATIVE or not row.text("level3") or not row.text("unit"):
            continue
        spread = context.peers.spread(row.text("level3"), row.text("unit"), value)
        if spread is not None and spread.is_far:
            params = {
                "value": quantities.plain(value),
                "unit": quoted(row.text("unit")),
                "count": str(spread.count),
                "middle": quantities.plain(spread.middle),
                "low": quantities.plain(spread.low),
                "high": quantities.plain(spread.high),
            }
            yield Finding("A23", Severity.INFO, f"{row.path}.target_value", "proposal", params=params)
