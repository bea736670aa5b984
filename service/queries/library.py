"""The indicator library: what a search finds, one entry with its history, and the list of the office that keeps it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from service.models.library import search_key
from workflows.library import Status

SHOWN: Final = 8  # results of a search while somebody types
LONGEST_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    """An active entry. `own`: this unit used it before. `units`: how many units use it."""

    id: int
    code: str
    scope: str
    industry: str | None
    department: str | None
    level1: str
    level2: str
    level3: str
    interpretation: str | None
    comparator: str | None
    unit: str | None
    direction: str
    source: str
    units: int
    own: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the office sees it."""

    id: int
    code: str
    scope: str
    industry: str | None
    department_id: int | None
    department: str | None
    level1: str
    level2: str
    level3: str
    interpretation: str | None
    comparator: str | None
    unit: str | None
    direction: str
    source: str
    status: str
    merged_into_id: int | None
    merged_into: str | None
    aliases: list[str]
    units: int
    version: int
    suggested_by: str | None
    updated_by: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One version of an entry: what was done, by whom, and how it stood afterwards."""

    version: int
    action: str
    body: dict[str, Any]
    changed_by: str | None
    changed_at: datetime


_FOUND = text("""
select e.id, e.code, e.scope, e.industry, d.short_name as department, e.level1, e.level2, e.level3, e.interpretation,
    e.comparator, e.unit, e.direction, e.source, e.units, e.level3 = any(:own) as own
from library_entry e left join department d on d.id = e.department_id
where e.status = 'active' and e.search_text like :pattern
    and (e.scope <> 'department' or e.department_id = any(:departments))
    and (cast(:levels as text[]) is null or e.level2 = any(:levels))
order by own desc, e.units desc, e.code, e.id limit :limit
""")


def search(
    connection: Connection,
    query: str,
    *,
    departments: Collection[int],
    own: Collection[str] = (),
    levels: Collection[str] | None = None,
    limit: int = SHOWN,
) -> list[Found]:
    """Active entries whose name, or the initials of its pinyin, holds the query; all of them for a blank query.

    `departments` are those whose own entries count: the unit and everything above it. `own` are names that the unit used
    before: they come first, then what most units use. `levels`: second-level codes that the form has.
    """
    pattern = f"%{_escaped(search_key(query[:LONGEST_QUERY]))}%"
    values = {
        "pattern": pattern, "departments": list(departments), "own": list(own), "limit": limit,
        "levels": None if levels is None else list(levels),
    }  # fmt: skip
    return [Found(**row._mapping) for row in connection.execute(_FOUND, values)]


def _escaped(text_: str) -> str:
    return text_.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_CHOSEN = text(str(_FOUND).replace("e.search_text like :pattern", "e.id = any(:ids)"))


def chosen(connection: Connection, ids: Sequence[int], *, departments: Collection[int]) -> list[Found]:
    """Active entries by id, in the order asked for; what this unit may not take is left out."""
    values = {"ids": list(ids), "departments": list(departments), "own": [], "levels": None, "limit": len(ids)}
    found = {row.id: Found(**row._mapping) for row in connection.execute(_CHOSEN, values)}
    return [found[one] for one in ids if one in found]


_KNOWN = text("""
select distinct name from library_entry e cross join unnest(array_prepend(e.level3, e.aliases)) name
where e.status in ('active', 'suggested') and name = any(:names)
    and (e.scope <> 'department' or e.department_id = any(:departments))
""")


def known_names(connection: Connection, names: Collection[str], *, departments: Collection[int]) -> set[str]:
    """Which of these names the library has already, or has been asked to take."""
    return set(connection.execute(_KNOWN, {"names": list(names), "departments": list(departments)}).scalars())


_ENTRY = """
select e.id, e.code, e.scope, e.industry, e.department_id, d.short_name as department, e.level1, e.level2, e.level3,
    e.interpretation, e.comparator, e.unit, e.direction, e.source, e.status, e.merged_into_id, m.code as merged_into,
    e.aliases, e.units, e.version, s.name as suggested_by, u.name as updated_by, e.updated_at
from library_entry e left join department d on d.id = e.department_id left join library_entry m on m.id = e.merged_into_id
    left join person s on s.id = e.suggested_by left join person u on u.id = e.updated_by
"""
_ONE = text(_ENTRY + "where e.id = :id")
_BY_CODE = text(_ENTRY + "where upper(e.code) = upper(:code)")
_LIST = text(
    _ENTRY
    + """
where e.status = any(:statuses) and (:scope = '' or e.scope = :scope) and e.search_text like :pattern
    and (e.code, e.id) > (:code, :after)
order by e.code, e.id limit :limit
"""
)
_COUNTS = text("select status, count(*) as number from library_entry group by status")
_HISTORY = text("""
select v.version, v.action, v.body, p.name as changed_by, v.changed_at
from library_version v left join person p on p.id = v.changed_by where v.entry_id = :id order by v.version desc
""")


def entry(connection: Connection, entry_id: int) -> Entry | None:
    """One entry."""
    row = connection.execute(_ONE, {"id": entry_id}).one_or_none()
    return Entry(**row._mapping) if row else None


def entry_of(connection: Connection, code: str) -> Entry | None:
    """The entry of a code, in any case."""
    row = connection.execute(_BY_CODE, {"code": code.strip()}).one_or_none()
    return Entry(**row._mapping) if row else None


def entries(
    connection: Connection, *, statuses: Sequence[str], scope: str, query: str, after: tuple[str, int], limit: int
) -> list[Entry]:
    """A page of the list by code, after a key."""
    values = {
        "statuses": list(statuses), "scope": scope, "pattern": f"%{_escaped(search_key(query[:LONGEST_QUERY]))}%",
        "code": after[0], "after": after[1], "limit": limit,
    }  # fmt: skip
    return [Entry(**row._mapping) for row in connection.execute(_LIST, values)]


def counts(connection: Connection) -> dict[str, int]:
    """How many entries there are of each status; 0 where there is none."""
    found: dict[str, int] = {status.value: 0 for status in Status}
    return found | {row.status: row.number for row in connection.execute(_COUNTS)}


def history(connection: Connection, entry_id: int) -> list[Past]:
    """The versions of an entry, the newest first."""
    return [Past(**row._mapping) for row in connection.execute(_HISTORY, {"id": entry_id})]


_PLACES = text("select distinct unnest(path) from department where id = any(:ids)")


def places_of(connection: Connection, department_ids: Sequence[int]) -> list[int]:
    """These departments and everything above them: whose entries count for somebody who sits there."""
    return list(connection.execute(_PLACES, {"ids": list(department_ids)}).scalars())
