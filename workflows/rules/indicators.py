"""A7 to A12 and A17: the indicator tree, one by one and as a whole."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.reading import Row, quoted, rows

QUANTITATIVE = frozenset({"ge", "gt", "eq", "le", "lt", "between"})

_CHANGE_RATE = re.compile(r"增长|增幅|增速|增加|变动|变化|提高|提升|上升|下降|降低|减少|压减|同比|环比|上涨")
_WARRANTY = re.compile(r"质保|保修|保质|维保|质量保证|保证期|保修期|服务期限|使用年限")
_TOO_SMALL_SHARE = Decimal(5)
_WHOLE = Decimal(100)


def a7(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Output has at least one row each of quantity, quality, timeliness and cost. Source: 财预〔2020〕10号, tree v1."""
    present = Counter(row.level2 for row in rows(document, "indicators"))
    if not present:
        return
    for level2 in context.form.tree.wanted:
        if not present[level2]:
            yield Finding("A7", Severity.WARNING, "indicators", "mof_2020_10", params={"level2": level2})


def a8(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Benefit and satisfaction each have a row, benefit better two.

    Source: 中发〔2018〕34号, targets cover output, cost, effect, satisfaction; the second row is a proposal.
    """
    present = Counter(row.level1 for row in rows(document, "indicators"))
    if not present:
        return
    for level1 in ("benefit", "satisfaction"):
        if not present[level1]:
            yield Finding("A8", Severity.WARNING, "indicators", "cpc_2018_34", params={"level1": level1})
    if present["benefit"] == 1:
        yield Finding("A8", Severity.INFO, "indicators", "proposal", "few")


def a9(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """No two third-level indicators bear one name; width, case, spaces and invisible characters do not tell them apart.

    Source: proposal of this project; a score belongs to one row.
    """
    first: dict[str, Row] = {}
    for row in rows(document, "indicators"):
        name = _bare_name(row.text("level3"))
        if not name:
            continue
        if name in first:
            params = {"name": quoted(row.text("level3")), "row": str(first[name].index + 1)}
            yield Finding("A9", Severity.ERROR, f"{row.path}.level3", "proposal", params=params)
        else:
            first[name] = row


def a10(document: Document, context: CheckContext) -> Iterator[Finding]:
    """A quantitative row has a comparison sign, a number (two for a range) and a unit.

    Source: the form's own print, such as 对比符号, 指标值 and 计量单位 of 2022; 财预〔2015〕88号: targets are quantified.
    """
    for row in rows(document, "indicators"):
        if row.comparator == "qual":
            continue
        for field, case in _unquantified(row):
            path, params = f"{row.path}.{field}", {"value": quoted(row.text(field))}
            yield Finding("A10", Severity.ERROR, path, context.form.cites(path), case, params)


def a11(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A qualitative row has a text as its target and no unit. Source: proposal; 财预〔2020〕10号 grades such rows."""
    for row in rows(document, "indicators"):
        if row.comparator != "qual":
            continue
        value = row.text("target_value")
        if not value:
            yield Finding("A11", Severity.ERROR, f"{row.path}.target_value", "mof_2020_10", "no_value")
        elif quantities.number(value) is not None or quantities.split_fused(value) is not None:
            params = {"value": quoted(value)}
            yield Finding("A11", Severity.ERROR, f"{row.path}.target_value", "mof_2020_10", "number", params)
        if row.text("unit"):
            params = {"value": quoted(row.text("unit"))}
            yield Finding("A11", Severity.ERROR, f"{row.path}.unit", "mof_2020_10", "unit", params)


def a12(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A share of the whole lies between 0 and 100; `= 1 %` is a yes-or-no fact forced into a percentage.

    Rates of growth or change are let be. Source: proposal of this project, after such rows in the form of 2022.
    """
    for row in rows(document, "indicators"):
        ends = _ends(row)
        if ends is None or not quantities.is_percent(row.text("unit")) or _is_change_rate(row):
            continue
        case = None
        if ends[0] < 0 or ends[1] > _WHOLE:
            case = "beyond"
        elif row.comparator == "eq" and 0 < ends[0] <= _TOO_SMALL_SHARE:
            case = "small"
        if case is not None:
            params = {"value": quoted(row.text("target_value")), "name": quoted(row.text("level3"))}
            yield Finding("A12", Severity.WARNING, row.path, "proposal", case, params)


def a17(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """An exact quantity or warranty period is rarely meant: more visits or a longer warranty would miss the target.

    Source: proposal of this project, after the rows = 48 批次 and = 3 年 of the form of 2022.
    """
    for row in rows(document, "indicators"):
        if row.comparator != "eq" or row.number("target_value") is None or quantities.is_percent(row.text("unit")):
            continue
        if row.level2 == "quantity" or _WARRANTY.search(row.text("level3") + row.text("interpretation")):
            params = {"value": quoted(row.text("target_value")), "unit": quoted(row.text("unit"))}
            yield Finding("A17", Severity.INFO, row.path, "proposal", params=params)


def _unquantified(row: Row) -> Iterator[tuple[str, str]]:
    """The cells of a quantitative row that keep it from being one, each with its case."""
    if not row.text("comparator"):
        yield "comparator", "no_sign"
    elif row.comparator is None:
        yield "comparator", "sign"
    value = row.text("target_value")
    # Words without a sign are a qualitative target that lacks its 定性: one finding says so.
    if row.comparator is None and value and quantities.number(value) is None:
        return
    case = _no_value(row, value)
    if case is not None:
        yield "target_value", case
    if not row.text("unit"):
        yield "unit", "no_unit"


def _no_value(row: Row, text: str) -> str | None:
    """Why the target is no number, or no range where one is meant; None where it is."""
    if not text:
        return "no_value"
    if row.comparator == "between":
        return "range" if quantities.bounds(text) is None else None
    target = quantities.number(text)
    if target is None:
        return "number" if quantities.split_fused(text) is None else "fused"
    return "decimals" if quantities.decimals(target) > quantities.MAX_DECIMALS else None


def _ends(row: Row) -> tuple[Decimal, Decimal] | None:
    """The lowest and highest figure of a quantitative target."""
    text = row.text("target_value")
    if row.comparator == "between":
        return quantities.bounds(text)
    value = quantities.number(text) if row.comparator in QUANTITATIVE else None
    return None if value is None else (value, value)


def _is_change_rate(row: Row) -> bool:
    return _CHANGE_RATE.search(row.text("level3")) is not None


def _bare_name(text: str) -> str:
    return "".join(char for char in quantities.folded(text) if char.isprintable() and not char.isspace()).casefold()
