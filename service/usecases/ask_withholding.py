"""One of two people: asking that the body of an opinion or a revision be emptied, because the law forbids to keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.evidence import Withholding
from service.queries.seen import seen
from service.queries.submissions import Case
from workflows.document import text_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import Role
from workflows.policy import covers
from workflows.secrecy import has_mark
from workflows.withheld import ASKED, SUBJECT, WITHHELD

LONGEST: Final = 500
_OPINION = text("select id, comment from opinion where id = :id and submission_id = :form")
_REVISION = text("select id from revision where number = :number and submission_id = :form")


@dataclass(frozen=True, slots=True)
class Body:
    """What is to be emptied: an opinion by its id, or a revision by its number."""

    opinion_id: str | None = None
    revision: int | None = None


def may_ask(actor: Actor, case: Case) -> bool:
    """Whether this person may ask for it in this form: a secrecy reviewer who reaches its unit."""
    return any(grant.role is Role.SECRECY_REVIEWER and covers(grant, case.place) for grant in actor.grants)


def ask_withholding(session: Session, actor: Actor, *, submission_id: int, body: Body, reason: str) -> int:
    """Ask; returns the number of the request. Nothing is emptied until an audit administrator confirms it.

    By a secrecy reviewer of the unit, who may read the form. Raises NotFound, NotAllowed, InvalidRequest (reason),
    NotPossibleNow where it was asked for already or holds no words. Source: 保守国家秘密法（2024）第三十一条.
    """
    connection = session.connection()
    case = seen(connection, actor, submission_id=submission_id)
    if not may_ask(actor, case):
        raise NotAllowed("needs_role", role=Role.SECRECY_REVIEWER.value)
    words = _words(reason)
    named = _named(connection, submission_id, body)
    values = {"submission_id": submission_id, **named, "reason": words, "asked_by": actor.id}
    number: int = connection.execute(insert(Withholding).values(**values).returning(Withholding.id)).scalar_one()
    told = {"request": number} | _told(body)
    append_event(connection, SUBJECT, submission_id, action=ASKED, actor=actor, body=told)
    return number


def _told(body: Body) -> dict[str, str | int]:
    said = {"opinion_id": body.opinion_id, "revision": body.revision}
    return {name: value for name, value in said.items() if value is not None}


def _named(connection: Connection, form: int, body: Body) -> dict[str, str | int]:
    if body.opinion_id is not None and body.revision is None:
        opinion = connection.execute(_OPINION, {"id": body.opinion_id, "form": form}).one_or_none()
        if opinion is None:
            raise NotFound
        if opinion.comment in (None, "", WITHHELD):
            raise NotPossibleNow("nothing_to_withhold")
        return {"opinion_id": opinion.id}
    if body.revision is not None and body.opinion_id is None:
        revision = connection.execute(_REVISION, {"number": body.revision, "form": form}).one_or_none()
        if revision is None:
            raise NotFound
        return {"revision_id": revision.id}
    raise InvalidRequest("withhold_what", field="body")


def _words(reason: str) -> str:
    words = reason.replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST:
        raise InvalidRequest("reason_length", field="reason", limit=str(LONGEST))
    if text_fault(words) is not None:
        raise InvalidRequest("text_fault", field="reason")
    if has_mark(words):
        raise InvalidRequest("mark_in_words", field="reason")
    return words
