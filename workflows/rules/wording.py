"""A6 and A16: the goal of the form, and marks of secrecy in any text."""

from collections.abc import Iterator

from workflows import quantities, secrecy
from workflows.document import cell_at, cells
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document


def a6(document: Document, context: CheckContext) -> Iterator[Finding]:
    """The goal of the form is written (error), and neither a phrase nor a treatise (warning). Characters without spaces.

    Source: the form's own print, such as 总体绩效目标 of 2022; the length is a proposal that the form type holds.
    """
    goal = cell_at(document, context.form.goal)
    if not isinstance(goal, str) or quantities.is_blank(goal):
        yield Finding("A6", Severity.ERROR, context.form.goal, context.form.cites(context.form.goal), "empty")
        return
    least, most = context.form.goal_length
    length = len("".join(goal.split()))
    case = "short" if length < least else "long" if length > most else None
    if case is not None:
        params = {"length": str(length), "least": str(least), "most": str(most)}
        yield Finding("A6", Severity.WARNING, context.form.goal, "proposal", case, params)


def a16(document: Document, context: CheckContext) -> Iterator[Finding]:
    """No text carries a mark of secrecy: a system that is not classified may not hold what the mark says.

    A row whose mark was typed away is held all the same until somebody says why. Source: 保守国家秘密法 (2024) art 31(3).
    """
    for cell in cells(document, context.form):
        if not isinstance(cell.value, str):
            continue
        if cell.field.name == "secrecy_tag" and cell.value == "sensitive_unresolved":
            yield Finding("A16", Severity.BLOCK, cell.path.rpartition(".")[0], "secrecy_law", "unresolved")
        found = secrecy.marks(cell.value)
        if found:
            params = {"mark": _shown(found[0].text), "field": cell.field.name}
            yield Finding("A16", Severity.BLOCK, cell.path, "secrecy_law", params=params)


def _shown(mark: str) -> str:
    """The mark alone, never the words around it."""
    return "".join(char for char in mark if char.isprintable())[:20]
