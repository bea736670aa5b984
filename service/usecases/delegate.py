"""委托: a role is lent to a colleague for some days, by its holder or by the security administrator for who is absent.

Each act is a link in the chain of the person whose role it is; both people are told.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.delegation import Delegation
from service.models.outbox import tell
from service.queries.actor import by_id
from workflows.deadlines import beijing_date, start_of
from workflows.delegating import LONGEST_REASON, Lent, check_lending
from workflows.document import text_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import Role
from workflows.notices import LENT, TAKEN_BACK
from workflows.secrecy import has_mark

_NOW = text("select clock_timestamp()")
_OVERLAPS = text("""
select exists (select 1 from delegation where person_id = :person_id and delegate_id = :delegate_id and role = :role
    and department_id = :department_id and revoked_at is null and starts_at < :ends_at and :starts_at < ends_at)
""")


def delegate(session: Session, actor: Actor, *, person_id: int, delegate_id: int, lent: Lent, reason: str) -> int:
    """Lend a role of `person_id` to `delegate_id`; its id. By the person or a `sec_admin`.

    Raises NotAllowed, NotFound (no such person), InvalidRequest with the field, NotPossibleNow (lent to them already).
    """
    connection = session.connection()
    owner = _owner(session, actor, person_id)
    check_lending(owner, by_id(connection, delegate_id), lent, today=beijing_date(session.execute(_NOW).scalar_one()))
    said = _reason(reason)
    starts_at, ends_at = start_of(lent.starts_on), start_of(lent.ends_on + timedelta(days=1))
    place = {"person_id": person_id, "delegate_id": delegate_id, "role": lent.role, "department_id": lent.department_id}
    days = {"starts_at": starts_at, "ends_at": ends_at}
    # Who lends the same twice at the same moment lends it twice: harmless, and each is taken back by itself.
    if session.execute(_OVERLAPS, {**place, **days, "role": lent.role.value}).scalar_one():
        raise NotPossibleNow("lent_already")
    row = Delegation(**place, **days, reason=said, set_by=actor.id)
    session.add(row)
    session.flush()
    body = {"delegation_id": row.id, "delegate_id": delegate_id, "role": lent.role.value}
    body |= {"department_id": lent.department_id, "from": lent.starts_on.isoformat(), "until": lent.ends_on.isoformat()}
    append_event(connection, "person", person_id, action="delegate", actor=actor, body=body)
    tell(connection, LENT, dedupe_key=f"delegation:{row.id}", payload={"delegation_id": row.id, "actor_id": actor.id})
    return row.id


def take_back(session: Session, actor: Actor, *, delegation_id: int) -> None:
    """End a delegation before its last day: by its owner, by the delegate who declines it, or by a `sec_admin`.

    Raises NotFound, NotPossibleNow (ended already).
    """
    row = session.get(Delegation, delegation_id, with_for_update=True)
    if row is None or not (actor.id in (row.person_id, row.delegate_id) or _is_security(actor)):
        raise NotFound
    now = session.execute(_NOW).scalar_one()
    if row.revoked_at is not None or row.ends_at <= now:
        raise NotPossibleNow("delegation_ended")
    row.revoked_at, row.revoked_by = now, actor.id
    session.flush()
    body = {"delegation_id": row.id, "delegate_id": row.delegate_id}
    connection = session.connection()
    append_event(connection, "person", row.person_id, action="take_back_delegation", actor=actor, body=body)
    payload = {"delegation_id": row.id, "actor_id": actor.id}
    tell(connection, TAKEN_BACK, dedupe_key=f"delegation:{row.id}:back", payload=payload)


def _owner(session: Session, actor: Actor, person_id: int) -> Actor:
    if actor.id != person_id and not _is_security(actor):
        raise NotAllowed("needs_role", role=Role.SEC_ADMIN.value)
    owner = by_id(session.connection(), person_id)
    if owner is None:
        raise NotFound
    return owner


def _is_security(actor: Actor) -> bool:
    return any(grant.role is Role.SEC_ADMIN for grant in actor.grants)


def _reason(words: str) -> str:
    said = words.strip()
    if not 1 <= len(said) <= LONGEST_REASON:
        raise InvalidRequest("text_length", field="reason", shortest="1", longest=str(LONGEST_REASON))
    if text_fault(said):
        raise InvalidRequest("text_fault", field="reason")
    if has_mark(said):
        raise InvalidRequest("mark_in_words", field="reason")
    return said
