"""Keeping the indicator library: made, changed, retired, merged, taken from a suggestion. By the performance office.

Nothing is deleted: what is retired stays in the forms that use it and in the history. Who may: the office that reviews targets
also says which indicators are good ones (DECISIONS 20).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.library import LibraryEntry, keep, next_code, put_content, search_text
from service.models.outbox import tell
from service.models.people import Department
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Actor
from workflows.library import Content, Scope, Status, checked
from workflows.lifecycle import Role
from workflows.notices import LIBRARY

# From which statuses an entry may come into which.
_WAYS = {
    "retire": (Status.ACTIVE, Status.RETIRED),
    "restore": (Status.RETIRED, Status.ACTIVE),
    "adopt": (Status.SUGGESTED, Status.ACTIVE),
    "decline": (Status.SUGGESTED, Status.DECLINED),
}


def create_entry(session: Session, actor: Actor, *, content: Content) -> int:
    """A new active entry. Raises NotAllowed, InvalidRequest."""
    _needs_office(actor)
    content = _placed(session, checked(content))
    entry = LibraryEntry(
        code=next_code(session, content.scope.value), status=Status.ACTIVE.value, version=1, aliases=[]
    )
    put_content(entry, content)
    keep(session, entry, action="create", actor=actor)
    _note(session, actor, entry, "create")
    return entry.id


def change_entry(session: Session, actor: Actor, *, entry_id: int, version: int, content: Content) -> int:
    """Say it otherwise; forms that took it over keep what they have. Returns the new version.

    Raises NotAllowed, NotFound, InvalidRequest, NotPossibleNow (merged or declined), StaleVersion (field `version`).
    """
    entry = _locked(session, actor, entry_id, version)
    if entry.status in (Status.MERGED.value, Status.DECLINED.value):
        raise NotPossibleNow("library_is_over")
    before = entry.level3
    put_content(entry, _placed(session, checked(content)))
    # Forms know it by the old name, and so does whoever looks for it.
    if entry.level3 != before and before not in entry.aliases and entry.status != Status.SUGGESTED.value:
        entry.aliases = [*entry.aliases, before]
        entry.search_text = search_text([entry.level3, *entry.aliases])
    return _next(session, actor, entry, "change")


def move_entry(session: Session, actor: Actor, *, entry_id: int, version: int, action: str) -> int:
    """`retire`, `restore`, `adopt` or `decline` it. Returns the new version. Raises as `change_entry` does."""
    if action not in _WAYS:
        raise InvalidRequest("no_such_action", field="action")
    entry = _locked(session, actor, entry_id, version)
    before, after = _WAYS[action]
    if entry.status != before.value:
        raise NotPossibleNow("library_is_over")
    entry.status = after.value
    version = _next(session, actor, entry, action)
    if before is Status.SUGGESTED:
        _answer(session, entry, action)
    return version


def merge_entry(session: Session, actor: Actor, *, entry_id: int, version: int, into_id: int) -> int:
    """Make it an alias of another active entry, which from then on is found by both names. Returns the new version.

    Raises as `change_entry` does; InvalidRequest (field `into`) where the other is none that can take it.
    """
    entry = _locked(session, actor, entry_id, version)
    if entry.status not in (Status.ACTIVE.value, Status.RETIRED.value, Status.SUGGESTED.value):
        raise NotPossibleNow("library_is_over")
    other = session.get(LibraryEntry, into_id, with_for_update=True)
    if other is None or other.id == entry.id or other.status != Status.ACTIVE.value:
        raise InvalidRequest("library_merge_target", field="into")
    names = [name for name in (entry.level3, *entry.aliases) if name != other.level3 and name not in other.aliases]
    other.aliases = [*other.aliases, *names]
    other.search_text = search_text([other.level3, *other.aliases])
    _next(session, actor, other, "take_in")
    proposed = entry.status == Status.SUGGESTED.value
    entry.status, entry.merged_into_id = Status.MERGED.value, other.id
    version = _next(session, actor, entry, "merge")
    if proposed:
        _answer(session, entry, "merge")
    return version


def _needs_office(actor: Actor) -> None:
    office = Role.FINANCE_PERFORMANCE_OFFICE
    if not actor.is_system and all(grant.role is not office for grant in actor.grants):
        raise NotAllowed("needs_role", role=office.value)


def _locked(session: Session, actor: Actor, entry_id: int, version: int) -> LibraryEntry:
    _needs_office(actor)
    entry = session.get(LibraryEntry, entry_id, with_for_update=True)
    if entry is None:
        raise NotFound("no_such_library_entry")
    if entry.version != version:
        raise StaleVersion(field="version")
    return entry


def _placed(session: Session, content: Content) -> Content:
    if content.scope is Scope.DEPARTMENT and session.get(Department, content.department_id) is None:
        raise InvalidRequest("no_such_department", field="department_id")
    return content


def _next(session: Session, actor: Actor, entry: LibraryEntry, action: str) -> int:
    entry.version += 1
    keep(session, entry, action=action, actor=actor)
    _note(session, actor, entry, action)
    return entry.version


def _answer(session: Session, entry: LibraryEntry, action: str) -> None:
    """Whoever proposed it hears what became of it."""
    key, payload = f"library:{entry.id}:{entry.version}", {"entry_id": entry.id, "version": entry.version}
    tell(session.connection(), f"{LIBRARY}{action}", dedupe_key=key, payload=payload)


def _note(session: Session, actor: Actor, entry: LibraryEntry, action: str) -> None:
    append_event(session.connection(), "library", entry.id, action=action, actor=actor, body={"version": entry.version})
