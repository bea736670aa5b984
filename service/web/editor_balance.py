"""The sums that close the money card: spending against income, tasks against project spending. 万元, exact.

The checks A1 and A2 decide; here the same sums are drawn while a form is half filled. A blank is unknown, except 其他资金,
which the official form leaves empty for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.web.editor_view import Value
from workflows.quantities import is_blank, number

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """Two sums that must be equal. Either is None while an amount in it is unknown."""

    left: Decimal | None
    right: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Left minus right."""
        return None if self.left is None or self.right is None else self.left - self.right

    @property
    def state(self) -> str:
        """`open` while something is unknown, then `even` or `off`."""
        if self.difference is None:
            return "open"
        return "off" if self.difference else "even"


@dataclass(frozen=True, slots=True)
class Sums:
    """All sums of a form. `spending` is 基本支出 and 项目支出, `income` 财政拨款 and 其他资金."""

    spending: Decimal | None
    income: Decimal | None
    project: Decimal | None
    key_tasks: Decimal | None
    other_tasks: Decimal | None

    @property
    def budget(self) -> Balance:
        """支出 = 收入."""
        return Balance(self.spending, self.income)

    @property
    def tasks(self) -> Balance:
        """任务合计 = 项目支出."""
        both = None if self.key_tasks is None or self.other_tasks is None else self.key_tasks + self.other_tasks
        return Balance(both, self.project)


def sums_of(values: Mapping[str, Any]) -> Sums:
    """The sums of a draft's sections as typed."""
    budget = values.get("budget") or {}
    basic, project, fiscal = (
        amount(budget.get(name)) for name in ("basic_expenditure", "project_expenditure", "fiscal_appropriation")
    )
    other = ZERO if is_blank(budget.get("other_funds")) else amount(budget.get("other_funds"))
    return Sums(_sum((basic, project)), _sum((fiscal, other)), project, *(_tasks(values.get(name)) for name in _TASKS))


_TASKS = ("key_tasks", "other_tasks")


def _tasks(rows: Value) -> Decimal | None:
    return _sum(amount(row.get("planned_amount")) for row in rows or () if _has_anything(row))


def _has_anything(row: Mapping[str, Any]) -> bool:
    return any(not is_blank(row.get(name)) for name in ("name", "content", "planned_amount"))


def amount(cell: object) -> Decimal | None:
    """The amount in a cell, None for a blank and for text that is no number."""
    return number(cell) if isinstance(cell, str) else None


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for one in amounts:
        if one is None:
            return None
        total += one
    return total
