"""The fiscal years that there are cycles of."""

from __future__ import annotations

from sqlalchemy import Connection, text

_YEARS = text("select distinct fiscal_year from cycle order by fiscal_year desc")


def fiscal_years(connection: Connection) -> list[int]:
    """Newest first."""
    return list(connection.execute(_YEARS).scalars())
