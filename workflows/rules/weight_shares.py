"""A34: how the weights are spread over the levels, and whether one row decides alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.reading import Row, quoted, rows

# 财预〔2020〕10号: output 50, benefit 30, satisfaction 10; spending itself has the other 10.
_USUAL: Mapping[str, Decimal] = {"output": Decimal(50), "benefit": Decimal(30), "satisfaction": Decimal(10)}
_HALF = Decimal(50)


def a34(document: Document, context: CheckContext) -> Iterator[Finding]:
    """No row carries half of the points or more (warning); the levels have the shares of the measure (info).

    Weights that are missing, unreadable or do not add up are A15's; where a form adds up to 100, or another scheme of
    levels is used, the shares of the measure do not apply. Source: 财预〔2020〕10号, weights of the self-evaluation.
    """
    weighted = list(rows(document, "indicators"))
    weights = [row.number("weight") for row in weighted]
    for row, weight in zip(weighted, weights, strict=True):
        if weight is not None and _HALF <= weight <= 100:
            params = {"weight": quantities.plain(weight), "name": quoted(row.text("level3"))}
            yield Finding("A34", Severity.WARNING, f"{row.path}.weight", "mof_2020_10", "alone", params)
    shares = _shares(weighted, weights)
    if sum(shares.values()) != sum(_USUAL.values()) or not shares.keys() <= _USUAL.keys():
        return
    off = [name for name, usual in _USUAL.items() if shares.get(name, 0) != usual]
    if off and sum(_USUAL.values()) in context.form.weight_sums:
        params = {name: quantities.plain(shares.get(name, Decimal(0))) for name in _USUAL}
        yield Finding("A34", Severity.INFO, "indicators", "mof_2020_10", "shares", params)


def _shares(weighted: list[Row], weights: list[Decimal | None]) -> dict[str, Decimal]:
    """Points by first level, none where a row has no readable weight or no level of ours."""
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for row, weight in zip(weighted, weights, strict=True):
        if weight is None or row.level1 is None:
            return {}
        shares[row.level1] += weight
    return dict(shares)
