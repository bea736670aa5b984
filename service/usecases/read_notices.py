"""Marking messages as read. Reading is no act of the process: it leaves no event."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflows.facts import Actor

_READ = text("""
update notification set read_at = now() where person_id = :person_id and read_at is null
    and (cast(:id as bigint) is null or id = :id)
""")


def read_notices(session: Session, actor: Actor, *, notice_id: int | None = None) -> None:
    """Mark one message of one's own as read, or (None) all of them. Somebody else's are left alone."""
    session.connection().execute(_READ, {"person_id": actor.id, "id": notice_id})
