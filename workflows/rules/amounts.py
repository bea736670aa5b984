"""A1 to A5: money that foots, and the head counts beside it."""

from collections.abc import Iterator

from workflows import quantities
from workflows.document import cell_at, cells
from workflows.findings import Finding, Severity
from workflows.forms.balances import Balance
from workflows.forms.base import CheckContext, Document, Kind
from workflows.rules.reading import is_empty, money, quoted
from workflows.sums import side, sum_of

# 万元 to the cent of a hundred yuan; amounts that were given in 元 keep six places (design, section 4).
_PLACES = {"元": 6}
_DEFAULT_PLACES = 2


def unequal(
    rule: str, balance: Balance, document: Document, *, context: CheckContext, names: tuple[str, str]
) -> Iterator[Finding]:
    """The sides of a balance are equal: 万元, exact; an unknown amount on either side means no finding.

    `names` are the places of the rule's sentence for left and right; the form says where the finding stands.
    """
    left, right = (side(one, document, context.form) for one in (balance.left, balance.right))
    if left is not None and right is not None and left != right:
        sums = dict(zip(names, (left, right), strict=True)) | {"difference": left - right}
        params = {name: quantities.plain(amount) for name, amount in sums.items()}
        yield Finding(rule, Severity.ERROR, balance.place, balance.source, params=params)


def a1(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Basic and project spending equal appropriation and other funds. 万元, exact; blank 其他资金 adds nothing.

    Any other blank is unknown, so no finding here (A3 asks for it).
    Source: form of 2022, section 预算整体情况, where the two columns are one budget.
    """
    balance = context.form.balance("budget")
    yield from unequal("A1", balance, document, context=context, names=("spending", "income"))


def a2(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Key tasks and other tasks add up to project spending. 万元, exact; an unknown amount means no finding.

    A waiver with a reason lets it pass where some project money is deliberately unlisted.
    Source: form of 2022, sections 年度重点工作任务 and 其他需完成任务.
    """
    balance = context.form.balance("tasks")
    yield from unequal("A2", balance, document, context=context, names=("tasks", "project"))


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
        yield Finding("A3", Severity.ERROR, cell.path, context.form.cites(cell.path), case, params)


def a4(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Who spends on staff has staff: 财政供养人员数 ≥ 1 where 基本支出 > 0. Source: proposal of this project."""
    staff = context.form.headcount
    if staff is None:
        return
    basic = sum_of(context.form.basic_terms, document, context.form)
    if basic is not None and basic > 0 and quantities.count(cell_at(document, staff)) == 0:
        yield Finding("A4", Severity.WARNING, staff, "proposal", params={"amount": quantities.plain(basic)})


def a5(document: Document, context: CheckContext) -> Iterator[Finding]:
    """二级预算单位数 is blank: a warning where the department is known to have units, a note where nothing is known.

    Source: form of 2022, section 基本信息; blank is not zero.
    """
    units = context.form.sub_unit_count
    if units is None or context.has_sub_units is False or not quantities.is_blank(cell_at(document, units)):
        return
    severity, case = (Severity.WARNING, "known") if context.has_sub_units else (Severity.INFO, "")
    yield Finding("A5", severity, units, context.form.cites(units), case)


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
