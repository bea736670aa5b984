"""The lists that a person keeps under a name of their own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

_VIEWS = text("""
select id, name, query from saved_view where person_id = :person_id and path = :path order by name, id
""")


@dataclass(frozen=True, slots=True)
class View:
    """A name and the query of the address that it opens."""

    id: int
    name: str
    query: str


def saved_views(connection: Connection, person_id: int, *, path: str) -> list[View]:
    """A person's views of one list, by name."""
    return [View(**row._mapping) for row in connection.execute(_VIEWS, {"person_id": person_id, "path": path})]
