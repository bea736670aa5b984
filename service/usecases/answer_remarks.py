"""The unit's answer to each remark of a form that came back, and to each suggestion of one that passed with 良."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, update
from sqlalchemy.orm import Session

from service.models.notice import Comment
from service.queries.facts import facts_of
from service.queries.remarks import Remark, remarks, returned
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.answers import MAY_ANSWER, WORDS_DUE, how_answered
from workflows.document import text_fault
from workflows.engine import allowed
from workflows.errors import CommentRequired, InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import Role
from workflows.policy import covers
from workflows.secrecy import has_mark

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: a code of `workflows.answers` and words, which some of them need."""

    answer: str
    words: str = ""


def answer_remarks(session: Session, actor: Actor, *, submission_id: int, said: Mapping[int, Said]) -> None:
    """Keep the answers, by the id of their remark; a second answer replaces the first while it is time to answer.

    Raises NotFound (no such remark on what was handed in last), NotAllowed (not a filler of the unit), NotPossibleNow
    (nothing to answer now), InvalidRequest (no such answer, over-long, a mark of secrecy), CommentRequired.
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    open_ = {one.id: one for one in remarks(connection, submission_id)}
    for remark_id, one in said.items():
        if remark_id not in open_:
            raise NotFound
        _check(session, actor, case, open_[remark_id], one)
        words = one.words.strip() or None
        answered = {"answer": one.answer, "answer_words": words, "answered_by": actor.id, "answered_at": func.now()}
        session.execute(update(Comment).where(Comment.id == remark_id).values(**answered))


def choices_of(connection: Connection, actor: Actor, case: Case, remark: Remark) -> tuple[str, ...]:
    """The answers that this person may give to a published remark now, none where it is not theirs or not the time."""
    if not any(grant.role is Role.FILLER and covers(grant, case.place) for grant in actor.grants):
        return ()
    acts = {one.action for one in allowed(actor, facts_of(connection, case)) if one.reason is None}
    came_back = bool(acts & MAY_ANSWER) and returned(connection, case.locked.id) is not None
    return how_answered(remark.kind, case.locked.state, came_back=came_back)


def _check(session: Session, actor: Actor, case: Case, remark: Remark, said: Said) -> None:
    fills = any(grant.role is Role.FILLER and covers(grant, case.place) for grant in actor.grants)
    if not fills:
        raise NotAllowed("needs_role", role=Role.FILLER.value)
    choices = choices_of(session.connection(), actor, case, remark)
    if not choices:
        raise NotPossibleNow("nothing_to_answer")
    if said.answer not in choices:
        raise InvalidRequest("no_such_answer", field=f"answer-{remark.id}")
    if said.answer in WORDS_DUE and not said.words.strip():
        raise CommentRequired
    if len(said.words) > LONGEST or text_fault(said.words):
        raise InvalidRequest("comment_length", field=f"words-{remark.id}", limit=str(LONGEST))
    if has_mark(said.words):
        raise InvalidRequest("mark_in_words", field=f"words-{remark.id}")
