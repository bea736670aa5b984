"""The filters of a list as a query string gives them."""

from __future__ import annotations

from decimal import Decimal

from service.api.query_schemas import ListQuery
from service.queries.narrowing import Filter


def filter_of(query: ListQuery) -> Filter:
    """What the query narrows a list to."""
    return Filter(
        fiscal_year=query.year,
        department_id=query.department_id,
        states=tuple(query.state or ()),
        level=query.level,
        stage=query.stage,
        text=query.text,
        overdue=query.overdue,
        warned=query.warned,
        project_expenditure_from=_money(query.project_expenditure_from),
        project_expenditure_to=_money(query.project_expenditure_to),
    )


def _money(typed: str | None) -> Decimal | None:
    return Decimal(typed) if typed else None
