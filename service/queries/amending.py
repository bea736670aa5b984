"""What the reply to an adjustment does to the form that it adjusts: its new targets are in force from the same act on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from service.models.change import Change, InForce
from service.queries.facts import due_of, facts_of
from service.queries.submissions import Case, read
from workflows.engine import step
from workflows.errors import NotPossibleNow
from workflows.facts import SYSTEM, Actor, Request
from workflows.forms.base import Document
from workflows.lifecycle import Action, State

_BEFORE = text("""
select r.document from event e join submission s on s.id = e.subject_id
    join revision r on r.sha256 = e.body ->> 'amends_sha256'
    join submission o on o.id = r.submission_id and s.amends_id in (o.id, o.amends_id)
where e.subject_kind = 'submission' and e.subject_id = :id and e.seq = 1 order by r.id limit 1
""")
_ADJUSTMENTS = text("""
select id, state from submission where amends_id = :id order by id desc limit 20
""")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An adjustment of a form: its id, and whether it is still under way."""

    id: int
    state: State


def adjustments_of(connection: Connection, submission_id: int) -> list[Adjustment]:
    """The adjustments of a form, the newest first, at most twenty. The caller has checked that the form may be seen."""
    return [Adjustment(row.id, State(row.state)) for row in connection.execute(_ADJUSTMENTS, {"id": submission_id})]


def document_before(connection: Connection, case: Case) -> Document | None:
    """The approved targets that an adjustment began from; None for any other form."""
    if case.amends_id is None:
        return None
    found: Document | None = connection.execute(_BEFORE, {"id": case.locked.id}).scalar()
    return found


def amending(connection: Connection, actor: Actor, adjustment: Case) -> Change:
    """The change of the adjusted form, recorded with the reply. Raises NotPossibleNow where its evaluation has begun.

    The engine lets nobody amend a form by itself; who signs the reply is who the event names.
    """
    assert adjustment.amends_id is not None, "an adjustment names what it adjusts"
    head = adjustment.locked
    assert head.head_revision_id is not None, "a form in review has a revision"
    assert head.revision_sha256 is not None, "a revision has a hash"
    adjusted = read(connection, adjustment.amends_id)
    if adjusted.locked.state is not State.APPROVED:
        raise NotPossibleNow("adjusted_form_moved_on")
    outcome = step(SYSTEM, facts_of(connection, adjusted), Request(Action.AMEND))
    in_force = InForce(head.head_revision_id, head.revision_sha256, head.basic_expenditure, head.project_expenditure)
    facts = {"adjustment_id": head.id}
    return Change(adjusted.locked, outcome, actor, adjustment.now, due_of(adjusted), in_force=in_force, facts=facts)
