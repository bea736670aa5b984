"""Sums of amounts as a form type declares them. 万元, exact; what is unknown leaves a sum unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from workflows.forms import form_type
from workflows.forms.balances import Sum
from workflows.forms.base import Document, FormType, Section, Shape, Stage
from workflows.quantities import is_blank, number

ZERO = Decimal(0)


def sum_of(terms: Iterable[str], values: Mapping[str, Any], form: FormType) -> Decimal | None:
    """The sum of cells and columns of a document, or of a draft's sections as typed; None while one is unknown.

    Rows in which nothing is typed count for nothing. No terms add up to zero.
    """
    return added(_amount_of(term, values, form) for term in terms)


def side(one: Sum, values: Mapping[str, Any], form: FormType) -> Decimal | None:
    """One side of a balance."""
    return sum_of(one.terms, values, form)


def spending(document: Document) -> tuple[Decimal | None, Decimal | None]:
    """Basic and project spending of a document, for lists and sums over many forms."""
    form = form_type(document["form"])
    return sum_of(form.basic_terms, document, form), sum_of(form.project_terms, document, form)


def column(section: Section, field: str, rows: Any) -> Decimal | None:  # noqa: ANN401 - rows as somebody typed them
    """A column of a section of rows."""
    return added(amount(row.get(field)) for row in rows or () if _has_anything(section, row))


def amount(cell: object) -> Decimal | None:
    """The amount in a cell, None for a blank and for text that is no number."""
    return number(cell) if isinstance(cell, str) else None


def added(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, None where one of them is."""
    total = ZERO
    for one in amounts:
        if one is None:
            return None
        total += one
    return total


def is_optional(term: str, form: FormType) -> bool:
    """Whether a blank of this cell adds nothing, as the official form leaves it empty for none."""
    section, _, name = term.partition(".")
    return not form.section(section).field(name).required


def _amount_of(term: str, values: Mapping[str, Any], form: FormType) -> Decimal | None:
    name, _, field = term.partition(".")
    section, value = form.section(name), values.get(name)
    if section.shape is Shape.ROWS:
        return column(section, field, value)
    cell = (value or {}).get(field)
    return ZERO if is_blank(cell) and is_optional(term, form) else amount(cell)


def _has_anything(section: Section, row: Mapping[str, Any]) -> bool:
    return any(not is_blank(row.get(name)) for name in _typed(section))


def _typed(section: Section) -> Iterator[str]:
    return (one.name for one in section.fields if one.stage is Stage.TARGET)
