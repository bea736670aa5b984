"""Names of departments by id, for steps that lie ahead of a form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

_NAMES = text("select id, name, short_name, name_en from department where id = any(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger))
)


@dataclass(frozen=True, slots=True)
class PlaceName:
    """The names of a department."""

    id: int
    name: str
    short_name: str
    name_en: str | None


def place_names(connection: Connection, ids: Collection[int]) -> dict[int, PlaceName]:
    """The names of these departments by id."""
    rows = connection.execute(_NAMES, {"ids": sorted(ids)})
    return {row.id: PlaceName(**row._mapping) for row in rows}
