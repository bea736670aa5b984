"""P1 to P6: what holds between the cells of a project's target form.

Sources: 财预〔2015〕88号 (a project's target names money, time and results that fit each other); where it is silent, a
proposal of this project.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from workflows import quantities
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.amounts import unequal
from workflows.rules.reading import Row, money, quoted, rows

# 2022-01-05, 2022.1, 2022/01, 2022年1月5日, 202201, 20220105: a day or a whole month.
_CENT = Decimal("0.01")
_PARTED = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2})?\s*日?)?")
_JOINED = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_MOST_DIGITS = 20


def p1(document: Document, context: CheckContext) -> Iterator[Finding]:
    """The funds of the year are the sum of their sources. 万元, exact; blank optional sources add nothing.

    Source: 项目支出绩效目标申报表, section 资金情况, where total and sources are one sum.
    """
    balance = context.form.balance("funds")
    yield from unequal("P1", balance, document, context=context, names=("total", "sources"))


def p2(document: Document, context: CheckContext) -> Iterator[Finding]:
    """The calculation, where there is one, adds up to the funds of the year. 万元, exact.

    Source: 项目支出绩效目标申报表, section 预算测算明细.
    """
    if any(True for _row in rows(document, "calculation")):
        balance = context.form.balance("calculation")
        yield from unequal("P2", balance, document, context=context, names=("reckoned", "total"))


def p3(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A period is two dates, the first not after the second: of the project, and of each step of its schedule.

    Source: 项目支出绩效目标申报表, 项目起止时间 and 实施进度计划.
    """
    yield from _period("project", document["project"])
    for row in rows(document, "schedule"):
        yield from _period(row.path, row.cells)


def p4(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """The whole project has no less money than its year. Source: proposal of this project."""
    whole, year = (money(document["funds"].get(name)) for name in ("long_term_funds", "total_funds"))
    if whole is not None and year is not None and whole < year:
        params = _compared(whole=whole, year=year)
        yield Finding("P4", Severity.ERROR, "funds.long_term_funds", "proposal", params=params)


def p5(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Of what shall be reached at least, the long term asks no less than the year. Caps (≤) may go either way.

    Source: 财预〔2015〕88号, the goal of a year is a step towards the long-term one.
    """
    for row in rows(document, "indicators"):
        year, whole = row.number("target_value"), row.number("long_term_value")
        if row.comparator in quantities.POSITIVE and year is not None and whole is not None and whole < year:
            params = _compared(whole=whole, year=year)
            yield Finding("P5", Severity.WARNING, f"{row.path}.long_term_value", "mof_2015_88", params=params)


def p6(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Price times quantity is the amount of a line of the calculation, to the cent of a hundred yuan.

    Source: 项目支出绩效目标申报表, section 预算测算明细.
    """
    for row in rows(document, "calculation"):
        amounts = _line(row)
        if amounts is None:
            continue
        product, amount = amounts
        if abs(product - amount) >= _CENT:
            params = _compared(product=product, amount=amount)
            yield Finding("P6", Severity.WARNING, f"{row.path}.planned_amount", "project_form", params=params)


def _line(row: Row) -> tuple[Decimal, Decimal] | None:
    price, times, amount = (row.number(name) for name in ("unit_price", "quantity", "planned_amount"))
    return None if price is None or times is None or amount is None else (price * times, amount)


def _period(path: str, values: dict[str, Any]) -> Iterator[Finding]:
    ends = {}
    for name, last in (("starts_on", False), ("ends_on", True)):
        text = values.get(name)
        if not isinstance(text, str) or quantities.is_blank(text):
            continue
        found = _day(text, last=last)
        if found is None:
            params = {"field": name, "value": quoted(text)}
            yield Finding("P3", Severity.ERROR, f"{path}.{name}", "project_form", "date", params)
        else:
            ends[name] = found
    if len(ends) > 1 and ends["starts_on"] > ends["ends_on"]:
        params = {"start": quoted(values["starts_on"]), "end": quoted(values["ends_on"])}
        yield Finding("P3", Severity.ERROR, f"{path}.ends_on", "project_form", "order", params)


def _day(text: str, *, last: bool) -> date | None:
    """The day that a date means; of a month alone its first, as an end its last."""
    plain = quantities.folded(text).strip()
    if len(plain) > _MOST_DIGITS:
        return None
    match = _PARTED.fullmatch(plain) or _JOINED.fullmatch(plain)
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        first = date(int(year), int(month), int(day or 1))
    except ValueError:
        return None
    return first if day or not last else first.replace(day=monthrange(first.year, first.month)[1])


def _compared(**amounts: Decimal) -> dict[str, str]:
    return {name: quantities.plain(amount) for name, amount in amounts.items()}
