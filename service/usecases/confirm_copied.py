"""Saying of cells that came from last year that they are right as they stand (已核对)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from service.models.copied import mark_checked
from service.queries.facts import facts_of
from service.queries.seen import locked
from workflows.engine import step
from workflows.facts import Actor, Request
from workflows.lifecycle import Action


def confirm_copied(session: Session, actor: Actor, *, submission_id: int, sections: Collection[str]) -> None:
    """Check off every copied cell of these sections. Raises NotFound, NotPossibleNow, NotAllowed."""
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    step(actor, facts_of(connection, case), Request(Action.EDIT))
    assert actor.id is not None, "only a person checks"
    mark_checked(connection, submission_id, sections=sorted(sections), person_id=actor.id)
