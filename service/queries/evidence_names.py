"""The names of people and units in the record of a form, as they are today: no part of what is proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

_PEOPLE = text("select id, name from person where id = any(:ids)")
_UNITS = text("select id, short_name from department where id = any(:ids)")


@dataclass(frozen=True, slots=True)
class EvidenceNames:
    """By id: names of people, short names of units."""

    people: Mapping[int, str]
    units: Mapping[int, str]


def evidence_names(connection: Connection, rows: Mapping[str, Any]) -> EvidenceNames:
    """The names in what `evidence_rows` read."""
    events = [*rows["events"], *rows["withholdings"]]
    people = {event["actor_id"] for event in events} | {one.get("on_behalf_of_id") for one in rows["opinions"]}
    units = {event["actor_department_id"] for event in events}
    return EvidenceNames(_names(connection, _PEOPLE, people), _names(connection, _UNITS, units))


def _names(connection: Connection, sql: Any, ids: set[int | None]) -> dict[int, str]:  # noqa: ANN401 - a text()
    found = connection.execute(sql, {"ids": sorted(one for one in ids if one is not None)})
    return {row[0]: row[1] for row in found}
