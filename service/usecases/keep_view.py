"""Keep a list with its filters under a name, and drop it again. A view shows nothing that its reader may not see anyway."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import Actor

PATHS: Final = frozenset({"/inbox", "/submissions"})
MOST: Final = 20
LONGEST_NAME: Final = 40
LONGEST_QUERY: Final = 1000
_KEEP = text("""
insert into saved_view (person_id, path, name, query)
select cast(:person_id as bigint), cast(:path as text), cast(:name as text), cast(:query as text)
where (select count(*) from saved_view where person_id = :person_id) < :most
    or exists (select 1 from saved_view where person_id = :person_id and path = cast(:path as text)
        and name = cast(:name as text))
on conflict (person_id, path, name) do update set query = excluded.query
returning id
""")
_DROP = text("delete from saved_view where id = :id and person_id = :person_id")


def keep_view(connection: Connection, actor: Actor, *, path: str, name: str, query: str) -> None:
    """Keep `path?query` under a name; the same name again replaces it. Raises InvalidRequest, NotPossibleNow."""
    words = " ".join(name.split())
    if path not in PATHS or len(query) > LONGEST_QUERY or "\0" in query:
        raise InvalidRequest("no_such_path", field="path")
    if not 1 <= len(words) <= LONGEST_NAME or not words.isprintable():
        raise InvalidRequest("view_name", field="name", limit=str(LONGEST_NAME))
    values = {"person_id": actor.id, "path": path, "name": words, "query": query, "most": MOST}
    if connection.execute(_KEEP, values).one_or_none() is None:
        raise NotPossibleNow("too_many_views", limit=str(MOST))


def drop_view(connection: Connection, actor: Actor, *, view_id: int) -> None:
    """Forget a view of one's own; somebody else's is left alone."""
    connection.execute(_DROP, {"id": view_id, "person_id": actor.id})
