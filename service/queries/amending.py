"""What the reply to an adjustment does to the form that it adjusts: its new targets are in force from the same act on."""

from __future__ import annotations

from sqlalchemy import Connection

from service.models.change import Change, InForce
from service.queries.facts import due_of, facts_of
from service.queries.submissions import Case, read
from workflows.engine import step
from workflows.errors import NotPossibleNow
from workflows.facts import SYSTEM, Actor, Request
from workflows.lifecycle import Action, State


def amending(connection: Connection, actor: Actor, adjustment: Case) -> Change:
    """The change of the adjusted form, recorded with the reply. Raises NotPossibleNow where its evaluation has begun.

    The engine lets nobody amend a form by itself; who signs the reply is who the event names.
    """
    assert adjustment.amends_id is not None, "an adjustment names what it adjusts"
    assert adjustment.locked.head_revision_id is not None, "a form in review has a revision"
    assert adjustment.locked.revision_sha256 is not None, "a revision has a hash"
    adjusted = read(connection, adjustment.amends_id)
    if adjusted.locked.state is not State.APPROVED:
        raise NotPossibleNow("adjusted_form_moved_on")
    outcome = step(SYSTEM, facts_of(connection, adjusted), Request(Action.AMEND))
    head = adjustment.locked
    in_force = InForce(
        adjustment.locked.head_revision_id,
        adjustment.locked.revision_sha256,
        head.basic_expenditure,
        head.project_expenditure,
    )
    facts = {"adjustment_id": adjustment.locked.id}
    return Change(adjusted.locked, outcome, actor, adjustment.now, due_of(adjusted), in_force=in_force, facts=facts)
