"""A13 and A14: tasks and the indicators that measure them."""

from collections.abc import Iterator

from workflows import quantities
from workflows.document import cell_at
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.links import links, unlinked_tasks
from workflows.rules.reading import Row, quoted, rows, tasks


def a13(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A cost indicator in 万元 does not allow more than its task's money. Source: proposal of this project."""
    costs = {row.path: row for row in rows(document, "indicators") if _is_cost(row)}
    if not costs:
        return
    for link in links(document):
        row = costs.get(link.indicator)
        if row is None or link.task is None:
            continue
        target = row.number("target_value")
        amount = quantities.number(str(cell_at(document, f"{link.task}.planned_amount") or ""))
        if target is not None and amount is not None and target > amount:
            params = {"value": quantities.plain(target), "amount": quantities.plain(amount), "place": link.task}
            yield Finding("A13", Severity.WARNING, f"{row.path}.target_value", "proposal", params=params)


def a14(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Every key task, and every other task from the form's threshold on, has an indicator.

    Source: 中发〔2018〕34号, no money without a target; the threshold is a proposal that the form type holds.
    """
    without = set(unlinked_tasks(document))
    for row in tasks(document):
        amount = row.number("planned_amount")
        large = amount is not None and amount >= context.form.link_threshold
        if row.path in without and (large or row.path.partition("[")[0] in context.form.key_tasks):
            params = {"name": quoted(row.text("name"))}
            if amount is not None:
                params["amount"] = quantities.plain(amount)
            case = "" if amount is not None else "no_amount"
            yield Finding("A14", Severity.WARNING, row.path, "cpc_2018_34", case, params)


def _is_cost(row: Row) -> bool:
    return row.text("unit") == "万元" and (row.level1 == "cost" or row.level2 == "cost")
