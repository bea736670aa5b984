"""检查结果: the whole list of what to fix on a page of its own, by weight, each with why and how."""

from __future__ import annotations

from flask import Blueprint, current_app
from sqlalchemy import Connection
from werkzeug import Response

from service.queries.drafts import draft, draft_findings
from service.queries.facts import facts_of
from service.queries.revisions import revision
from service.queries.seen import seen
from service.queries.submissions import Case
from service.web.editor_notes import notes_of
from service.web.editor_screen import SECTION_WORDS, grouped, step_items_of, title_of
from service.web.frame import language, page, who
from workflows.engine import allowed
from workflows.facts import Actor
from workflows.findings import Finding, rendered
from workflows.forms import form_type
from workflows.lifecycle import Action, State
from workflows.policy import may_see_draft

blueprint = Blueprint("check_results", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@blueprint.get("/submissions/<int:submission_id>/check")
def show(submission_id: int) -> Response:
    """Check the draft as it stands; of a form that was handed in, what was found then."""
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        form = form_type(case.form)
        findings = _findings(connection, actor, case)
        notes = notes_of(findings, form, language())
        edits = any(
            one.action is Action.EDIT and one.reason is None for one in allowed(actor, facts_of(connection, case))
        )
        steps = []
        if edits:
            current = draft(connection, case)
            steps = step_items_of(current, form, notes=notes, submission_id=submission_id, here="")
    return page(
        "check.html", case=case, title=title_of(case), notes=notes, groups=grouped(notes), section_words=SECTION_WORDS,
        edits=edits, step_items=steps, sources=_sources(findings),
    )  # fmt: skip


def _findings(connection: Connection, actor: Actor, case: Case) -> list[Finding]:
    """Nobody outside the unit reads of a draft what was never handed in."""
    if case.locked.state is State.DRAFT and may_see_draft(actor, case.place):
        return draft_findings(connection, case, draft(connection, case).document)
    if case.locked.head_revision_id is None:
        return []
    return revision(connection, case.locked.head_revision_id).findings


def _sources(findings: list[Finding]) -> dict[str, dict[str, str]]:
    """Why and source of each rule that found something."""
    words = {}
    for one in findings:
        said = rendered(one, language())
        words[one.rule] = {"why": said["why"], "source": said["source"]}
    return words
