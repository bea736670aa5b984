"""Keeping and dropping words that are used again (常用语), for oneself or for an office at which one reviews."""

from __future__ import annotations

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from service.models.notice import OpinionTemplate
from service.queries.opinion_templates import Template, offices_of, templates_of
from workflows.document import text_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.secrecy import has_mark

LONGEST = 500
MOST = 50  # words of one owner: more are no help in finding any


def keep_template(
    session: Session, actor: Actor, *, body: str, department_id: int | None = None, template_id: int | None = None
) -> None:
    """Keep words: new ones for oneself or (`department_id`) an office, or other words for a template that is there.

    Raises NotAllowed (not one's office, or nowhere a reviewer), NotFound, InvalidRequest (empty, long, a mark of secrecy),
    NotPossibleNow (the same words are kept already, or too many).
    """
    words = body.strip()
    if not words or len(words) > LONGEST or text_fault(words):
        raise InvalidRequest("comment_length", field="body", limit=str(LONGEST))
    if has_mark(words):
        raise InvalidRequest("mark_in_words", field="body")
    offices = offices_of(actor)
    if not offices or (department_id is not None and department_id not in offices):
        raise NotAllowed("not_your_office")
    known = templates_of(session.connection(), actor)
    changed = _found(known, template_id) if template_id is not None else None
    owner = changed.department_id if changed else department_id
    beside = [one for one in known if one.department_id == owner and one is not changed]
    if any(one.body == words for one in beside) or len(beside) >= MOST:
        raise NotPossibleNow("template_kept_already", most=str(MOST))
    if changed is not None:
        session.execute(update(OpinionTemplate).where(OpinionTemplate.id == changed.id).values(body=words))
        return
    person_id = actor.id if department_id is None else None
    values = {"person_id": person_id, "department_id": department_id, "body": words, "created_by": actor.id}
    session.execute(insert(OpinionTemplate).values(**values))


def drop_template(session: Session, actor: Actor, *, template_id: int) -> None:
    """Forget words of one's own or of one's office. Raises NotFound for any other."""
    found = _found(templates_of(session.connection(), actor), template_id)
    session.execute(delete(OpinionTemplate).where(OpinionTemplate.id == found.id))


def _found(known: list[Template], template_id: int) -> Template:
    found = next((one for one in known if one.id == template_id), None)
    if found is None:
        raise NotFound
    return found
