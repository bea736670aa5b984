"""Taking a file out of a draft, and taking that back. What a revision keeps stays with the revision."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.models.draft_rows import add_editor
from service.queries.attachments import UNDO_MINUTES, check_change
from service.queries.seen import locked
from workflows.errors import NotFound, NotPossibleNow
from workflows.facts import Actor

# The bytes go a day later, unless a revision has frozen them.
_REMOVE = text("""
with gone as (
    update attachment set removed_at = now(), removed_by = :by
    where id = :id and submission_id = :submission_id and stage = :stage and removed_at is null returning id, file_id),
bytes as (
    update file f set expires_at = now() + interval '1 day' from gone
    where f.id = gone.file_id and not exists (select 1 from revision_attachment r where r.attachment_id = gone.id))
select count(*) from gone
""")
_RESTORE = text("""
with back as (
    update attachment set removed_at = null, removed_by = null
    where id = :id and submission_id = :submission_id and stage = :stage
        and removed_at > now() - make_interval(mins => :minutes) returning file_id),
bytes as (update file f set expires_at = null from back where f.id = back.file_id)
select count(*) from back
""")
_IS_THERE = text("""
select removed_at is not null as removed, stage = :stage as now from attachment
where id = :id and submission_id = :submission_id
""")


def detach(session: Session, actor: Actor, *, submission_id: int, attachment_id: int) -> None:
    """Remove an attachment from what is being filled in. Removing it twice is removing it once.

    Raises NotFound, what the engine raises for an edit (a form that was handed in keeps its files), and NotPossibleNow for
    a file of the approved target while actuals are entered.
    """
    _change(session, actor, submission_id=submission_id, attachment_id=attachment_id, restores=False)


def restore(session: Session, actor: Actor, *, submission_id: int, attachment_id: int) -> None:
    """Take a removal back. Raises the same, and NotPossibleNow when it was too long ago."""
    _change(session, actor, submission_id=submission_id, attachment_id=attachment_id, restores=True)


def _change(session: Session, actor: Actor, *, submission_id: int, attachment_id: int, restores: bool) -> None:
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    check_change(connection, actor, case)
    values = {"id": attachment_id, "submission_id": submission_id, "stage": case.kind.value}
    found = connection.execute(_IS_THERE, values).one_or_none()
    if found is None:
        raise NotFound
    if not found.now:
        raise NotPossibleNow("attachment.of_target")
    if found.removed is not restores:
        return
    done = connection.execute(
        _RESTORE if restores else _REMOVE, {**values, "by": actor.id, "minutes": UNDO_MINUTES}
    ).scalar_one()
    if not done:
        raise NotPossibleNow("attachment.gone")
    add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
