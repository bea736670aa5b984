"""What the source says of itself and does not fit: rates, totals, points. Reported, never mended."""

import re
from decimal import Decimal

from service.importers.funds_table import Funds
from service.importers.reading_state import Reading
from service.importers.row_observations import observe_rows
from workflows import quantities

_ROUNDING = Decimal("0.5")  # of a per cent
_POINTS = Decimal("0.1")  # points are printed with one decimal or two
_WHOLE = Decimal(100)
_MONEY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)万元")
_ABOUT = re.compile(r"约?(\d{1,3}(?:\.\d{1,2})?)%")
_SOURCES = ("fiscal_appropriation", "carryover_funds", "unit_funds", "other_funds")


def observe(funds: Funds, reading: Reading) -> None:
    """Compare the printed rate, total and points with what the amounts give."""
    for row, column in list(funds.amounts):
        if column == "rate":
            _rate(funds, reading, row)
            _score(funds, reading, row)
    for column in ("opening", "adjusted", "executed"):
        _total(funds, reading, column)
    if funds.number("total", "opening") == 0 and funds.number("total", "executed"):
        _cell(funds, reading, "total", "opening", reason="opening_zero")
    if ("total", "executed") in funds.amounts and not funds.amounts.get(("total", "forecast")):
        forecast = any(column == "forecast" for _, column in funds.amounts)
        if not forecast and ("total", "adjusted") not in funds.amounts:
            _cell(funds, reading, "total", "executed", reason="no_forecast")
    _costs(funds, reading)
    _remarks(funds, reading)
    observe_rows(reading)


def _rate(funds: Funds, reading: Reading, row: str) -> None:
    printed, executed = funds.number(row, "rate"), funds.number(row, "executed")
    budget = funds.number(row, "adjusted")
    if printed is None or executed is None or budget is None:
        return
    if not budget:
        _cell(funds, reading, row, "rate", reason="rate_of_nothing")
    elif abs(executed * 100 / budget - printed) > _ROUNDING:
        right = quantities.plain(quantities.half_up(executed * 100 / budget))
        _cell(funds, reading, row, "rate", reason="rate_differs", rate=right)
    points, weight = funds.number(row, "score"), funds.number(row, "weight")
    best = max((_share(funds, one) for one in ("total", *_SOURCES)), default=Decimal(0))
    if points is not None and weight and points == 0 and best >= 1:
        _cell(funds, reading, row, "score", reason="execution_score")


def _score(funds: Funds, reading: Reading, row: str) -> None:
    """The points of execution are the rate of the weight (财预〔2020〕10号), where the rate itself says something."""
    rate, weight, points = (funds.number(row, column) for column in ("rate", "weight", "score"))
    if not rate or not weight or points is None or rate > _WHOLE:
        return
    right = rate * weight / _WHOLE
    if abs(right - points) > _POINTS:
        _cell(funds, reading, row, "score", reason="score_differs", score=quantities.plain(quantities.half_up(right)))


def _share(funds: Funds, row: str) -> Decimal:
    executed, budget = funds.number(row, "executed"), funds.number(row, "adjusted")
    return executed / budget if executed is not None and budget else Decimal(0)


def _total(funds: Funds, reading: Reading, column: str) -> None:
    total = funds.number("total", column)
    parts = [number for row in _SOURCES if (number := funds.number(row, column)) is not None]
    if total is not None and parts and sum(parts) != total:
        _cell(funds, reading, "total", column, reason="total_differs", sum=quantities.plain(Decimal(sum(parts))))


def _costs(funds: Funds, reading: Reading) -> None:
    """A cost in 万元 that was reached is what was spent."""
    spent = funds.number("total", "executed") or funds.number("fiscal_appropriation", "executed")
    for index, row in enumerate(reading.rows("indicators")):
        reached = quantities.number(row.get("actual_value") or "")
        if spent and reached is not None and row["unit"] == "万元" and 0 < abs(reached - spent) < spent / 10:
            path = f"indicators[{index}].actual_value"
            reading.notes.add(
                path, row["actual_value"], row["actual_value"], reason="cost_differs", amount=quantities.plain(spent)
            )


def _remarks(funds: Funds, reading: Reading) -> None:
    """Amounts and rates that are told in words, beside those of the table."""
    spent = funds.number("total", "executed") or funds.number("fiscal_appropriation", "executed")
    budget = funds.number("total", "adjusted") or funds.number("total", "opening")
    if not spent:
        return
    for remark in funds.remarks:
        told = _MONEY.search(remark.text)
        amount = quantities.number(told[1]) if told else None
        if told and amount is not None and 0 < abs(amount - spent) < spent / 100:
            _note(reading, told[0], "text_amount_differs", line=str(remark.number), amount=quantities.plain(spent))
    for index, row in enumerate(reading.rows("indicators")):
        told = _ABOUT.search(row.get("actual_value") or "")
        rate = spent * 100 / budget if budget else None
        if told and rate is not None and 0 < abs(Decimal(told[1]) - rate) < 1:
            path = f"indicators[{index}].actual_value"
            right = quantities.plain(quantities.half_up(rate))
            reading.notes.add(path, told[0], told[0], reason="rate_rounded", rate=right)


def _cell(funds: Funds, reading: Reading, row: str, column: str, *, reason: str, **params: str) -> None:
    """Something about one cell of the table of funds."""
    _note(reading, funds.amounts[row, column], reason, line=funds.line_of(row, column), **params)


def _note(reading: Reading, text: str, reason: str, **params: str) -> None:
    reading.notes.add("execution", text, text, reason=reason, **params)
