"""Keeping what a reviewer writes while they read: remarks on fields and rows, suggestions, the words of the decision.

They stay the author's alone until the decision (`service.queries.remarks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from service.models.notice import Comment
from service.queries.facts import facts_of
from service.queries.remarks import all_remarks, pending_by_path
from service.queries.revisions import revision
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.document import cell_at, text_fault
from workflows.errors import InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import Actor
from workflows.forms.base import Document
from workflows.policy import seat_of
from workflows.secrecy import has_mark

LONGEST = 2000
LONGEST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Given:
    """What was written at one place. Without words a remark is taken back.

    As a suggestion it may propose a value: for `field` of the row, or for the cell itself where there is no field.
    """

    body: str
    suggests: bool = False
    field: str | None = None
    proposed: str | None = None


def keep_remarks(
    session: Session, actor: Actor, *, submission_id: int, given: Mapping[str, Given], words: str | None = None
) -> int:
    """Keep remarks by the path of their place ("" for the whole form), and the words of the decision; None leaves those.

    Only places that are named change. Returns how many remarks the actor keeps back now. Raises NotFound, NotPossibleNow
    (nothing is under review), NotAllowed (no seat), InvalidRequest (long, a mark of secrecy, no such place).
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    if case.locked.head_revision_id is None or case.locked.level is None:
        raise NotPossibleNow("not_under_review")
    if seat_of(actor, facts_of(connection, case)) is None:
        raise NotAllowed("needs_seat", role="|".join(sorted({seat.role for seat in case.seats})))
    document = revision(connection, case.locked.head_revision_id).document if any(given.values()) else None
    for path, one in given.items():
        _check(document, path, one)
    if words is not None:
        _check_text(words, field="comment", most=LONGEST_WORDS)
    here = _mine(session, actor, case)
    for path, one in given.items():
        _keep(session, actor, case, path=path or None, one=one, known=here.get(path))
    if words is not None:
        _keep_words(session, actor, case, words.strip())
    return len(_mine(session, actor, case))


def carry_remarks(session: Session, actor: Actor, *, submission_id: int, from_revision_id: int) -> None:
    """Take the actor's pending remarks over to the revision that a step of their own froze: its rows stand where they stood."""
    case = locked(session.connection(), actor, submission_id=submission_id)
    mine = [
        one.id
        for one in all_remarks(session.connection(), submission_id, reader=actor.id)
        if one.pending and one.revision_id == from_revision_id
    ]
    moved = update(Comment).where(Comment.id.in_(mine)).values(revision_id=case.locked.head_revision_id)
    session.execute(moved.values(at_version=case.locked.version))


def _mine(session: Session, actor: Actor, case: Case) -> dict[str, int]:
    found = all_remarks(session.connection(), case.locked.id, reader=actor.id)
    here = (one for one in found if one.revision_id == case.locked.head_revision_id)
    return {path: one.id for path, one in pending_by_path(here).items()}


def _check(document: Document | None, path: str, one: Given) -> None:
    _check_text(one.body, field=f"remark:{path}", most=LONGEST)
    _check_text(one.proposed or "", field=f"remark:{path}", most=LONGEST)
    if not path or not one.body.strip() or document is None:
        return
    try:
        cell_at(document, path)
        if one.field:
            cell_at(document, f"{path}.{one.field}")
    except KeyError as error:
        raise InvalidRequest("no_such_path", field="path") from error


def _check_text(text: str, *, field: str, most: int) -> None:
    if len(text) > most or text_fault(text):
        raise InvalidRequest("comment_length", field=field, limit=str(most))
    if has_mark(text):
        raise InvalidRequest("mark_in_words", field=field)


def _keep(session: Session, actor: Actor, case: Case, *, path: str | None, one: Given, known: int | None) -> None:
    body = one.body.strip()
    if not body:
        session.execute(delete(Comment).where(Comment.id == known))
        return
    values = {
        "body": body,
        "kind": "suggestion" if one.suggests else "remark",
        "field": one.field or None if one.suggests else None,
        "proposed": (one.proposed or "").strip() or None if one.suggests else None,
        "at_version": case.locked.version,
    }
    if known is not None:
        session.execute(update(Comment).where(Comment.id == known).values(**values))
        return
    where = {"submission_id": case.locked.id, "revision_id": case.locked.head_revision_id, "author_id": actor.id}
    session.execute(insert(Comment).values(**where, **values, path=path))


def _keep_words(session: Session, actor: Actor, case: Case, words: str) -> None:
    """One row a person and form: words of an earlier decision are in its opinion, and are no draft any more."""
    mine = (Comment.submission_id == case.locked.id) & (Comment.author_id == actor.id) & (Comment.kind == "words")
    session.execute(delete(Comment).where(mine))
    if words:
        where = {"submission_id": case.locked.id, "revision_id": case.locked.head_revision_id, "author_id": actor.id}
        session.execute(insert(Comment).values(**where, body=words, kind="words", at_version=case.locked.version))
