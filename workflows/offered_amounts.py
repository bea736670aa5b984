"""An amount with its unit written behind it, typed where 万元 are asked for: what it would be, to be offered, never taken.

`1,000元` is 0.1 万元 and `100万` is 100 万元, if that is what was meant; only whoever wrote it knows.
"""

from decimal import Decimal
from typing import Final

from workflows import quantities, units
from workflows.document import cells
from workflows.forms.base import Document, FormType, Kind

_SIGNS: Final = "¥￥"
_SHORT: Final = {"万": "万元", "亿": "亿元", "千": "千元", "百万": "百万元"}


def offered(text: str) -> Decimal | None:
    """The amount in 万元 that the text probably means, None where it is a plain number, has no unit of money or a sign."""
    bare = quantities.folded(text).lstrip(_SIGNS).removesuffix("整").strip()
    fused = quantities.split_fused(bare)
    if fused is None or fused.comparator is not None or fused.unit is None:
        return None
    amount, unit = quantities.number(fused.value), units.unit(_SHORT.get(fused.unit, fused.unit))
    if amount is None or amount < 0 or unit is None or unit.dimension != "money" or unit.factor is None:
        return None
    return amount * unit.factor


def offers(document: Document, form: FormType) -> dict[str, tuple[str, Decimal]]:
    """Every amount of a document that can be offered: path to what stands there and what it would be in 万元."""
    found: dict[str, tuple[str, Decimal]] = {}
    for cell in cells(document, form):
        if cell.field.kind is not Kind.MONEY or cell.field.unit != "万元" or not isinstance(cell.value, str):
            continue
        value = offered(cell.value)
        if value is not None:
            found[cell.path] = (cell.value, value)
    return found
