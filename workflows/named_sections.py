"""A return that unlocks named sections only: the rest of the draft stays as it was reviewed.

Which sections there are says the form type; a request that names none unlocks all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import Facts, Request
from workflows.forms import form_type
from workflows.lifecycle import Action, State, Transition


def check_sections(row: Transition, facts: Facts, request: Request) -> None:
    """Refuse sections that the form has not, and an edit of one that is locked. Raises InvalidRequest, NotPossibleNow."""
    if request.sections is None:
        return
    if row.action is Action.RETURN_FOR_REVISION:
        _check_named(row, facts, request.sections)
    if row.source is State.DRAFT:
        refuse_locked(facts.unlocked_sections, request.sections)


def refuse_locked(unlocked: Collection[str] | None, changed: Iterable[str]) -> None:
    """Refuse a change of sections that a return left locked. `unlocked`: None is all. Raises NotPossibleNow."""
    locked = sorted(set(changed) - set(unlocked)) if unlocked is not None else []
    if locked:
        raise NotPossibleNow("section_locked", section=locked[0])


def _check_named(row: Transition, facts: Facts, sections: tuple[str, ...]) -> None:
    if row.target is not State.DRAFT:
        raise InvalidRequest("sections_not_here", field="sections")
    known = {section.name for section in form_type(facts.form).sections}
    if not sections or not set(sections) <= known:
        raise InvalidRequest("no_section_named", field="sections")


def unlocked_after(row: Transition, facts: Facts, request: Request) -> frozenset[str] | None:
    """The sections that the draft may change from now on, None: all. A withdrawal takes no lock away."""
    if row.action is Action.RETURN_FOR_REVISION and row.target is State.DRAFT:
        return frozenset(request.sections) if request.sections else None
    return None if row.action is Action.REJECT else facts.unlocked_sections
