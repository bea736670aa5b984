"""A remark on a field or row of the revision under review."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service.models.notice import Comment
from service.queries.facts import facts_of
from service.queries.revisions import revision
from service.queries.seen import locked
from workflows.document import cell_at
from workflows.errors import InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import Actor
from workflows.policy import seat_of
from workflows.secrecy import has_mark

LONGEST = 2000


def add_comment(session: Session, actor: Actor, *, submission_id: int, path: str | None, body: str) -> int:
    """Keep a remark of whoever holds a seat of the current level. Returns its id.

    Raises NotFound, NotPossibleNow (nothing was submitted), NotAllowed (no seat), InvalidRequest (empty, long, no such path).
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    if case.locked.head_revision_id is None or case.locked.level is None:
        raise NotPossibleNow("not_under_review")
    if seat_of(actor, facts_of(connection, case)) is None:
        raise NotAllowed("needs_seat", role="|".join(sorted({seat.role for seat in case.seats})))
    words = body.strip()
    if not words or len(words) > LONGEST:
        raise InvalidRequest("comment_length", field="body", limit=str(LONGEST))
    if has_mark(words):
        raise InvalidRequest("mark_in_words", field="body")
    if path is not None:
        try:
            cell_at(revision(connection, case.locked.head_revision_id).document, path)
        except KeyError as error:
            raise InvalidRequest("no_such_path", field="path") from error
    values = {"submission_id": submission_id, "revision_id": case.locked.head_revision_id, "path": path}
    added = insert(Comment).values(**values, body=words, author_id=actor.id).returning(Comment.id)
    return connection.execute(added).scalar_one()
