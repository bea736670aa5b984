"""同一人的账号: who holds two accounts is one pair of eyes, so the security administrator says which accounts are one person's.

Without that the second account of a filler could review what the first prepared (reliability guide, list F 83).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.people import Person
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import Role


def link_accounts(session: Session, actor: Actor, *, person_id: int, username: str) -> None:
    """Say that an account is a further one of whoever has the account `username`; blank: that it is nobody else's.

    By a `sec_admin`, never of oneself. Raises NotAllowed, NotFound, InvalidRequest (`same_as`), NotPossibleNow (it is the
    first account of somebody's others).
    """
    if not any(grant.role is Role.SEC_ADMIN for grant in actor.grants):
        raise NotAllowed("needs_role", role=Role.SEC_ADMIN.value)
    if actor.id == person_id:
        raise NotAllowed("not_to_yourself")
    named = username.strip().lower()
    # In the order of their ids, so that two who link the same accounts never wait for each other.
    both = select(Person).where((Person.id == person_id) | (Person.username == named)).order_by(Person.id)
    found = list(session.execute(both.with_for_update()).scalars())
    person = next((one for one in found if one.id == person_id), None)
    if person is None:
        raise NotFound
    first = _first(person, next((one for one in found if one.username == named), None)) if named else None
    if person.same_person_as_id == first:
        return
    further = select(Person.id).where(Person.same_person_as_id == person_id).limit(1)
    if first is not None and session.execute(further).scalar() is not None:
        raise NotPossibleNow("account_is_first")
    person.same_person_as_id = first
    session.flush()
    append_event(session.connection(), "person", person_id, action="link_account", actor=actor, body={"same_as": first})


def _first(person: Person, other: Person | None) -> int:
    """The first account of the human being who has the account `other`."""
    if other is None:
        raise InvalidRequest("no_such_person", field="same_as")
    first = other.same_person_as_id or other.id
    if first == person.id:
        raise InvalidRequest("account_is_itself", field="same_as")
    return first
