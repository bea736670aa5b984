"""A1 to A5: money that foots, and the head counts beside it."""

from collections.abc import Iterator
from decimal import Decimal

from workflows import quantities
from workflows.document import cells
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document, Kind
from workflows.rules.reading import is_empty, money, quoted, tasks

# 万元 to the cent of a hundred yuan; amounts that were given in 元 keep six places (design, section 4).
_PLACES = {"元": 6}
_DEFAULT_PLACES = 2


def a1(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Basic and project spending equal appropriation and other funds. 万元, exact; blank 其他资金 adds nothing.

    Any other blank is unknown, so no finding here (A3 asks for it).
    Source: form of 2022, section 预算整体情况, where the two columns are one budget.
    """
    budget = document["budget"]
    basic, project, fiscal = (
        money(budget.get(name)) for name in ("basic_expenditure", "project_expenditure", "fiscal_appropriation")
    )
    other = Decimal(0) if quantities.is_blank(budget.get("other_funds")) else money(budget.get("other_funds"))
    if basic is None or project is None or fiscal is None or other is None:
        return
    spending, income = basic + project, fiscal + other
    if spending != income:
        params = _compared(spending=spending, income=income, difference=spending - income)
        yield Finding("A1", Severity.ERROR, "budget.basic_expenditure", "seed_budget", params=params)


def a2(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Key tasks and other tasks add up to project spending. 万元, exact; an unknown amount means no finding.

    A waiver with a reason lets it pass where some project money is deliberately unlisted.
    Source: form of 2022, sections 年度重点工作任务 and 其他需完成任务.
    """
    project = money(document["budget"].get("project_expenditure"))
    amounts = [row.number("planned_amount") for row in tasks(document)]
    known = [amount for amount in amounts if amount is not None]
    if project is None or len(known) < len(amounts):
        return
    total = sum(known, Decimal(0))
    if total != project:
        params = _compared(tasks=total, project=project, difference=total - project)
        yield Finding("A2", Severity.ERROR, "budget.project_expenditure", "seed_tasks", params=params)


def a3(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Each amount is there where the form asks for it, a plain number ≥ 0 of at most two decimals of 万元.

    Six decimals where the source counted in 元. Source: form of 2022, heads 预算金额(万元) and 拟投入金额(万元).
    """
    places = _PLACES.get(document.get("money_source_unit") or "", _DEFAULT_PLACES)
    for cell in cells(document, context.form):
        if cell.field.kind is not Kind.MONEY:
            continue
        case = _amount_fault(cell.value, places)
        if case is None or (case == "missing" and not cell.field.required):
            continue
        if case == "missing" and _row_is_empty(document, cell.path):
            continue
        params = {"field": cell.field.name, "places": str(places)}
        if case != "missing":
            params["value"] = quoted(cell.value)
        yield Finding("A3", Severity.ERROR, cell.path, "seed_budget", case, params)


def a4(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Who spends on staff has staff: 财政供养人员数 ≥ 1 where 基本支出 > 0. Source: proposal of this project."""
    basic = money(document["budget"].get("basic_expenditure"))
    staff = quantities.count(document["basic"].get("fiscally_supported_headcount"))
    if basic is not None and basic > 0 and staff == 0:
        params = {"amount": quantities.plain(basic)}
        yield Finding("A4", Severity.WARNING, "basic.fiscally_supported_headcount", "proposal", params=params)


def a5(document: Document, context: CheckContext) -> Iterator[Finding]:
    """二级预算单位数 is blank: a warning where the department is known to have units, a note where nothing is known.

    Source: form of 2022, section 基本信息; blank is not zero.
    """
    if context.has_sub_units is False or not quantities.is_blank(document["basic"].get("second_level_unit_count")):
        return
    severity, case = (Severity.WARNING, "known") if context.has_sub_units else (Severity.INFO, "")
    yield Finding("A5", severity, "basic.second_level_unit_count", "seed_basic", case)


def _amount_fault(value: object, places: int) -> str | None:
    if quantities.is_blank(value):
        return "missing"
    amount = money(value)
    if amount is None:
        return "number"
    if amount < 0:
        return "negative"
    return "decimals" if quantities.decimals(amount) > places else None


def _row_is_empty(document: Document, path: str) -> bool:
    """An empty row is A0's finding alone."""
    section, _, rest = path.partition("[")
    return bool(rest) and is_empty(document[section][int(rest.partition("]")[0])])


def _compared(**amounts: Decimal) -> dict[str, str]:
    return {name: quantities.plain(amount) for name, amount in amounts.items()}
