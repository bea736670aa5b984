"""The starter set of the indicator library, and the count of the units that use an entry."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.models.library import LibraryEntry, count_units, keep, put_content
from workflows.errors import NotAllowed
from workflows.facts import Actor
from workflows.library import Status, starter_set
from workflows.lifecycle import Role

_LOCK = text("select pg_advisory_xact_lock(hashtextextended('library_codes', 0))")


def import_starter_set(session: Session, actor: Actor) -> int:
    """Add the shipped entries whose code is not there yet, and count who uses them. Returns how many are new.

    What somebody changed or retired meanwhile stays as it is. Raises NotAllowed.
    """
    office = Role.FINANCE_PERFORMANCE_OFFICE
    if not actor.is_system and all(grant.role is not office for grant in actor.grants):
        raise NotAllowed("needs_role", role=office.value)
    session.execute(_LOCK)
    there = set(session.execute(select(LibraryEntry.code)).scalars())
    new = [one for one in starter_set() if one.code not in there]
    for one in new:
        entry = LibraryEntry(code=one.code, status=Status.ACTIVE.value, version=1, aliases=[])
        put_content(entry, one.content)
        keep(session, entry, action="create", actor=actor)
    count_units(session)
    return len(new)
