"""Have failed things tried again: what was given up goes back to the end of its queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ARRAY, BigInteger, bindparam, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from service.models.outbox import WAKE

QUEUES: Final = ("outbox", "delivery", "report")


def _statement(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


# Without ids: everything that was given up.
_REPLAY: Mapping[str, TextClause] = {
    "outbox": _statement("""
update outbox set dead_at = null, attempts = 0, due_at = now()
where dead_at is not null and (cast(:ids as bigint[]) is null or id = any(:ids))
"""),
    "delivery": _statement("""
update delivery set state = 'due', attempts = 0, due_at = now(), finished_at = null
where state = 'dead' and (cast(:ids as bigint[]) is null or id = any(:ids))
"""),
    "report": _statement("""
update report_run set state = 'due', attempts = 0, finished_at = null
where state = 'dead' and (cast(:ids as bigint[]) is null or id = any(:ids))
"""),
}


def replay(session: Session, *, queue: str, ids: Sequence[int] | None) -> int:
    """Put what is dead back into `queue`; how many rows. `ids` None: all of them. What is not dead is left alone.

    A message keeps its Message-ID, so that a mail which did arrive after all is seen as the same.
    """
    connection = session.connection()
    replayed = connection.execute(_REPLAY[queue], {"ids": None if ids is None else list(ids)}).rowcount
    connection.execute(WAKE)
    return replayed
