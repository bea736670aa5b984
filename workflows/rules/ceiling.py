"""A35: the spending of a second round against the control figure that came down after the first (控制数)."""

from collections.abc import Iterator

from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.quantities import plain
from workflows.sums import spending


def a35(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Basic and project spending together stay within the control figure, both in 万元.

    Source: 一下 gives the ceiling of 二上 (domain guide, section 1.4); budgets are made within it (预算法 art 32).
    """
    basic, project = spending(document)
    ceiling = context.control_figure
    if ceiling is None or basic is None or project is None or basic + project <= ceiling:
        return
    spent = basic + project
    params = {"spent": plain(spent), "ceiling": plain(ceiling), "over": plain(spent - ceiling)}
    place = context.form.project_terms[0] if context.form.project_terms else ""
    yield Finding("A35", Severity.ERROR, place, "budget_law_32", "", params)
