"""检查结果: the whole list of what to fix on a page of its own, by weight, each with why and how."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, current_app
from sqlalchemy import Connection
from werkzeug import Response

from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.revisions import revision
from service.queries.seen import seen
from service.queries.submissions import Case
from service.queries.waivers import draft_answers, reviewed_answers
from service.web.answers import Refused, answers_of, with_refused
from service.web.editor_notes import notes_of
from service.web.editor_screen import grouped, step_items_of, title_of
from service.web.form_words import SECTION_WORDS
from service.web.frame import language, page, who
from workflows.engine import allowed
from workflows.facts import Actor
from workflows.findings import Finding, rendered
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.lifecycle import Action, State
from workflows.policy import may_see_draft
from workflows.rules.coherence import coverage
from workflows.waivers import Answered

blueprint = Blueprint("check_results", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@blueprint.get("/submissions/<int:submission_id>/check")
def show(submission_id: int) -> Response:
    """Check the draft as it stands; of a form that was handed in, what was found then."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return check_page(connection, seen(connection, who().actor, submission_id=submission_id))


def check_page(connection: Connection, case: Case, *, status: int = 200, reason: Refused | None = None) -> Response:
    """The page. `reason` is one that was not kept."""
    actor, form = who().actor, form_type(case.form)
    document, found = _found(connection, actor, case)
    answers = with_refused(answers_of(connection, actor, case, found), reason or Refused())
    notes = notes_of(answers.shown, form, language())
    edits = any(one.action is Action.EDIT and one.reason is None for one in allowed(actor, facts_of(connection, case)))
    steps = []
    if edits:
        current = draft(connection, case)
        steps = step_items_of(current, form, notes=notes, submission_id=case.locked.id, here="")
    return page(
        "check.html",
        status=status,
        case=case,
        title=title_of(case),
        notes=notes,
        groups=grouped(notes),
        section_words=SECTION_WORDS,
        edits=edits,
        step_items=steps,
        sources=_sources(answers.shown),
        answers=answers,
        coverage=coverage(document) if document is not None else None,
    )


def _found(connection: Connection, actor: Actor, case: Case) -> tuple[Document | None, tuple[Answered, ...]]:
    """Nobody outside the unit reads of a draft what was never handed in."""
    if case.locked.state is State.DRAFT and may_see_draft(actor, case.place):
        document = draft(connection, case).document
        return document, draft_answers(connection, case, document)
    if case.locked.head_revision_id is None:
        return None, ()
    head = revision(connection, case.locked.head_revision_id)
    return head.document, reviewed_answers(connection, case, head)


def _sources(findings: Iterable[Finding]) -> dict[str, dict[str, str]]:
    """Why and source of each rule that found something."""
    words = {}
    for one in findings:
        said = rendered(one, language())
        words[one.rule] = {"why": said["why"], "source": said["source"]}
    return words
