"""Who else has a form open: a ping of an open window, and the windows that pinged within the last minute.

`window` quoted is a word of SQL. Each function is one statement, so a ping needs no transaction around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from service.db import rows_of

# A window that has not pinged for so long is gone: two pings may be lost.
GONE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Present:
    """Another open window. `section` is where they type, None while they only look; `own`: the same person's."""

    name: str
    section: str | None
    own: bool


_OTHERS = """
select p.name, w.section, w.person_id = %(person)s as own from presence w join person p on p.id = w.person_id
where w.submission_id = %(id)s and w."window" <> %(window)s and w.seen_at > now() - make_interval(secs => %(gone)s)
order by own desc, p.name, w."window"
"""
_PING = f"""
with swept as (
    delete from presence where seen_at < now() - make_interval(secs => %(gone)s) and submission_id = %(id)s
        and "window" <> %(window)s
), mine as (
    insert into presence (submission_id, "window", person_id, section) values (%(id)s, %(window)s, %(person)s, %(section)s)
    on conflict (submission_id, "window") do update
        set person_id = excluded.person_id, section = excluded.section, seen_at = now()
)
{_OTHERS}
"""  # noqa: S608 - constant text, no value of a request is in it
_GONE = """
delete from presence where submission_id = %(id)s and "window" = %(window)s and person_id = %(person)s returning "window"
"""


def others(connection: Connection, *, submission_id: int, person_id: int, window: str) -> Sequence[Present]:
    """The other windows that are open on this form, the person's own first."""
    binds = {"id": submission_id, "person": person_id, "window": window, "gone": GONE_SECONDS}
    return [Present(*row) for row in rows_of(connection, _OTHERS, binds)]


def ping(
    connection: Connection, *, submission_id: int, person_id: int, window: str, section: str | None
) -> Sequence[Present]:
    """Say that this window is open, and get the others."""
    binds = {"id": submission_id, "person": person_id, "window": window, "section": section, "gone": GONE_SECONDS}
    return [Present(*row) for row in rows_of(connection, _PING, binds)]


def leave(connection: Connection, *, submission_id: int, person_id: int, window: str) -> None:
    """Forget a window that was closed."""
    rows_of(connection, _GONE, {"id": submission_id, "person": person_id, "window": window})


_LEFT = """
select extract(epoch from least(expires_at, last_seen_at + make_interval(mins => %(idle)s)) - now())::int
from web_session where id = %(id)s
"""


def session_seconds_left(connection: Connection, session_id: int, *, idle_minutes: int) -> int | None:
    """How long this session lasts if nothing more is asked for, None where it is gone."""
    rows = rows_of(connection, _LEFT, {"id": session_id, "idle": idle_minutes})
    return rows[0][0] if rows else None
