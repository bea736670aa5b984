"""API tokens of a person: made once, shown once, revoked at any time. A token may what its person may, no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.security import new_token, token_hash
from workflows.document import name_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound
from workflows.facts import Actor
from workflows.lifecycle import Role

MOST_DAYS: Final = 366

_PERSON = text("select id from person where id = :id and active for share")
_CREATE = text("""
insert into api_token (person_id, token_hash, label, expires_at)
values (:person_id, :token_hash, :label, now() + make_interval(days => :days)) returning id, expires_at
""")
_OWNER = text("select person_id from api_token where id = :id and revoked_at is null for update")
_REVOKE = text("update api_token set revoked_at = now() where id = :id")


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """`token` is shown once and kept nowhere."""

    id: int
    token: str
    expires_at: datetime


def create_token(session: Session, actor: Actor, *, person_id: int, label: str, days: int = 90) -> CreatedToken:
    """A token for oneself; for somebody else only by the system (`jixiao token create`).

    Raises NotAllowed, NotFound (no such active person), InvalidRequest.
    """
    if not actor.is_system and actor.id != person_id:
        raise NotAllowed("needs_role", role="system")
    label = label.strip()
    if not 1 <= len(label) <= 60 or name_fault(label):
        raise InvalidRequest("text_length", field="label", shortest="1", longest="60")
    if not 1 <= days <= MOST_DAYS:
        raise InvalidRequest("token_days", field="days", longest=str(MOST_DAYS))
    connection = session.connection()
    if connection.execute(_PERSON, {"id": person_id}).one_or_none() is None:
        raise NotFound("no_such_person")
    token = new_token()
    values = {"person_id": person_id, "token_hash": token_hash(token), "label": label, "days": days}
    row = connection.execute(_CREATE, values).one()
    append_event(connection, "person", person_id, action="create_token", actor=actor, body={"token_id": row.id})
    return CreatedToken(row.id, token, row.expires_at)


def revoke_token(session: Session, actor: Actor, *, token_id: int) -> None:
    """End a token: one's own, or anybody's by a `sys_admin`. Raises NotFound also for the token of another."""
    connection = session.connection()
    owner = connection.execute(_OWNER, {"id": token_id}).scalar_one_or_none()
    rules = actor.is_system or any(grant.role is Role.SYS_ADMIN for grant in actor.grants)
    if owner is None or not (rules or owner == actor.id):
        raise NotFound("no_such_token")
    connection.execute(_REVOKE, {"id": token_id})
    append_event(connection, "person", owner, action="revoke_token", actor=actor, body={"token_id": token_id})
