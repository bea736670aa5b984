"""Answering a finding with a reason that reviewers read, and taking the reason back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.models.draft_rows import add_editor
from service.models.waiver import WaiverRow
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.seen import locked
from service.queries.submissions import Case
from service.queries.waivers import draft_answers
from workflows.document import text_fault
from workflows.engine import step
from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import Actor, Request
from workflows.lifecycle import Action, RouteKind
from workflows.secrecy import has_mark
from workflows.waivers import LONGEST_REASON, Answered, Spot


@dataclass(frozen=True, slots=True)
class Asked:
    """Which finding is meant: its rule and path, and its meaning as the page showed it; None where only one can be meant."""

    rule: str
    path: str
    meaning: str | None = None


def waive(session: Session, actor: Actor, *, submission_id: int, asked: Asked, reason: str) -> Spot:
    """Answer a finding of the draft. A second reason replaces the first.

    Raises NotFound, what the engine raises for whoever may not fill in the form, InvalidRequest (no words, too long, a
    mark of secrecy in them), NotPossibleNow where the draft has no such finding any more or it takes no reason.
    """
    connection = session.connection()
    case = _case(connection, actor, submission_id)
    words = _words(reason)
    answer = _found(draft_answers(connection, case, draft(connection, case).document), asked)
    if not answer.waivable:
        raise NotPossibleNow("takes_no_reason")
    spot = answer.spot
    keys = {name: getattr(spot, name) for name in ("rule", "section", "row_id", "field", "meaning")}
    said = {"reason": words, "person_id": actor.id}
    connection.execute(
        insert(WaiverRow)
        .values(submission_id=submission_id, **keys, **said)
        .on_conflict_do_update(
            index_elements=["submission_id", *keys], set_={**said, "created_at": text("clock_timestamp()")}
        )
    )
    add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
    return spot


def withdraw_waiver(session: Session, actor: Actor, *, submission_id: int, asked: Asked) -> None:
    """Take the reason of a finding back; where there is none, nothing happens. Raises like `waive`."""
    connection = session.connection()
    case = _case(connection, actor, submission_id)
    spot = _found(draft_answers(connection, case, draft(connection, case).document), asked).spot
    connection.execute(
        delete(WaiverRow).where(
            WaiverRow.submission_id == submission_id,
            *(getattr(WaiverRow, name) == getattr(spot, name) for name in ("rule", "section", "row_id", "field")),
            WaiverRow.meaning == spot.meaning,
        )
    )


def _case(connection: Connection, actor: Actor, submission_id: int) -> Case:
    """The case, locked, for whoever may type into it now."""
    case = locked(connection, actor, submission_id=submission_id)
    action = Action.EDIT if case.kind is RouteKind.TARGET else Action.SAVE_ACTUALS
    step(actor, facts_of(connection, case), Request(action))
    return case


def _found(answers: tuple[Answered, ...], asked: Asked) -> Answered:
    meant = [one for one in answers if (one.finding.rule, one.finding.path) == (asked.rule, asked.path)]
    if asked.meaning is not None:
        meant = [one for one in meant if one.spot.meaning == asked.meaning]
    if not meant:
        raise NotPossibleNow("no_such_finding")
    # Two findings of one rule at one place are told apart by their meaning alone.
    if len({one.spot for one in meant}) > 1:
        raise InvalidRequest("invalid.missing", field="meaning")
    return meant[0]


def _words(reason: str) -> str:
    words = reason.replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST_REASON:
        raise InvalidRequest("reason_length", field="reason", limit=str(LONGEST_REASON))
    if text_fault(words) is not None:
        raise InvalidRequest("text_fault", field="reason")
    if has_mark(words):
        raise InvalidRequest("mark_in_words", field="reason")
    return words
