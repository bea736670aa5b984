"""A15: weights, where the form already carries them."""

from collections.abc import Iterator
from decimal import Decimal

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.reading import Row, quoted, rows


def a15(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Weights, once one row has one, stand in every row and add up to what the form asks (90 or 100).

    90 where execution holds the other 10. Source: 财预〔2020〕10号, weights of the self-evaluation.
    """
    weighted = list(rows(document, "indicators"))
    if not any(row.text("weight") for row in weighted):
        return
    faults = [finding for row in weighted for finding in _weight(row)]
    yield from faults
    total = sum((row.number("weight") or Decimal(0) for row in weighted), Decimal(0))
    if not faults and total not in context.form.weight_sums:
        wanted = "/".join(quantities.plain(one) for one in context.form.weight_sums)
        params = {"total": quantities.plain(total), "wanted": wanted}
        yield Finding("A15", Severity.ERROR, "indicators", "mof_2020_10", params=params)


def _weight(row: Row) -> Iterator[Finding]:
    text, value = row.text("weight"), row.number("weight")
    if not text:
        yield _fault(row, "missing")
    elif value is None or not 0 <= value <= 100 or quantities.decimals(value) > 2:
        yield _fault(row, "number", value=quoted(text))


def _fault(row: Row, case: str, **params: str) -> Finding:
    return Finding("A15", Severity.ERROR, f"{row.path}.weight", "mof_2020_10", case, params)
