"""年终自评: actuals against the approved targets, and how each score arises.

The filler enters actuals, weights and reasons; the last reviewer re-scores beside the unit's own points; closed, both stand.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug import Response

from service.db import unit_of_work
from service.queries.departments import keeps_unsaved
from service.queries.draft_times import draft_times
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.remarks import returned
from service.queries.revisions import revision
from service.queries.routes import profile_body
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.re_score import re_score
from service.usecases.save_section import SavedSection
from service.usecases.submit import submit
from service.web.answers import Refused
from service.web.editor_base import packed
from service.web.evaluation_answers import anchor_of, answer_values
from service.web.evaluation_view import Sheet, sheet_of
from service.web.form_words import evaluation_title
from service.web.formats import BLANK
from service.web.frame import gettext, language, page, who
from service.web.replies import fragment_values
from service.web.section_kinds import kept, section_named
from workflows.check import check_year_end
from workflows.deadlines import BEIJING
from workflows.document import INDICATORS
from workflows.draft import ACTUALS, EXECUTION
from workflows.engine import allowed
from workflows.errors import CommentRequired, DomainError, FormHasErrors, InvalidRequest, NotPossibleNow
from workflows.facts import Request
from workflows.findings import place, rendered
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document, Section
from workflows.lifecycle import Action, RouteKind, State
from workflows.policy import may_see_draft
from workflows.refusals import explained_error
from workflows.scoring import score
from workflows.scoring_profile import read_profile

blueprint = Blueprint("evaluation", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

_EVALUATED = frozenset({State.YEAR_END_EVALUATION, State.CLOSED})


@blueprint.get("/submissions/<int:submission_id>/evaluation")
def show(submission_id: int) -> Response:
    """The score sheet: to be filled in, re-scored or read."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return evaluation_page(connection, seen(connection, who().actor, submission_id=submission_id))


def evaluation_page(
    connection: Connection,
    case: Case,
    *,
    status: int = 200,
    faults: list[tuple[str | None, str]] | None = None,
    typed: dict[str, str] | None = None,
    reason: Refused | None = None,
) -> Response:
    """The page. `typed` are the reviewer's points of a re-score that was refused, `reason` a reason that was."""
    values = _values(connection, case, reason=reason)
    merged = request.args.get("merged", "")
    count = int(merged) if merged.isdecimal() and len(merged) < 4 else 0
    return page(
        "evaluation.html",
        status=status,
        **values,
        faults=faults or [],
        typed=typed or {},
        merged=count,
        comment=request.form.get("comment", ""),
    )


def panel_of(connection: Connection, case: Case) -> str:
    """The card of warnings alone, after a reason was given."""
    return render_template("evaluation/panel.html", **_values(connection, case), **fragment_values())


def _values(connection: Connection, case: Case, *, reason: Refused | None = None) -> dict[str, Any]:
    if case.locked.state not in _EVALUATED:
        raise NotPossibleNow("evaluation_not_open")
    actor, form = who().actor, form_type(case.form)
    buttons = {one.action: one for one in allowed(actor, facts_of(connection, case))}
    enters = Action.SAVE_ACTUALS in buttons and buttons[Action.SAVE_ACTUALS].reason is None
    current = draft(connection, case) if case.locked.level is None and case.locked.state is not State.CLOSED else None
    entering = current.document if current and may_see_draft(actor, case.place) else None
    document = entering or _handed_in(connection, case, lies_with_unit=current is not None)
    kinds = {name: section_named(form, name) for name in (ACTUALS, EXECUTION)}
    kept_ones = {name: kept(kind, current) for name, kind in kinds.items() if kind and current}
    return {
        "case": case,
        "title": title_of(case),
        "document": document,
        "sheet": sheet(connection, case, document),
        "enters": enters,
        "rescores": Action.RE_SCORE in buttons and buttons[Action.RE_SCORE].reason is None,
        "submits": buttons.get(Action.SUBMIT_EVALUATION),
        "versions": {name: version for name, (version, _value) in kept_ones.items()},
        "bases": {name: packed(value) for name, (_version, value) in kept_ones.items()},
        "times": draft_times(connection, case.locked.id),
        "keeps_unsaved": keeps_unsaved(connection, case.place.department_id),
        "returned": returned(connection, case.locked.id) if enters else None,
        "hidden": current is not None and entering is None,
        **answer_values(connection, actor, case, entering=entering, refused=reason or Refused(), lang=language()),
    }


def title_of(case: Case) -> str:
    """The name of the score sheet on screens."""
    return evaluation_title(case.form, case.fiscal_year)


def _handed_in(connection: Connection, case: Case, *, lies_with_unit: bool) -> Document:
    """What those outside the unit read: the evaluation that was handed in, else the approved targets."""
    head = revision(connection, case.locked.head_revision_id or 0)
    if head.kind is RouteKind.EVALUATION and not lies_with_unit:
        return head.document
    approved: Document = revision(connection, case.locked.approved_revision_id or 0).document
    return approved


def sheet(connection: Connection, case: Case, document: Document) -> Sheet:
    """The score sheet by the profile that the form pinned."""
    profile = read_profile(profile_body(connection, case.profile_id))
    found = (
        check_year_end(document, CheckContext(form_type(case.form))) if case.locked.state is not State.CLOSED else ()
    )
    return sheet_of(document, score(document, profile), profile, lang=language(), findings=found)


def changes(connection: Connection, case: Case, kind: Section, saved: SavedSection, *, taken: int) -> dict[str, Any]:
    """What the page swaps after a save: the strip, and beside each row its bar, points, sum and reason."""
    values = {**_values(connection, case), **fragment_values()}
    parts = {"strip": "strip", "steps": "steps", "panel": "panel", "ev-counts": "counts", "ev-weights": "weights"}
    html = {place: render_template(f"evaluation/{name}.html", **values) for place, name in parts.items()}
    html["execution-rate"] = values["sheet"].execution.rate or BLANK
    html["execution-points"] = render_template("evaluation/execution_points.html", **values)
    html["why-execution"] = render_template("evaluation/execution_why.html", **values)
    for block in values["sheet"].blocks:
        html[f"block-{block.level1}"] = render_template("evaluation/block_score.html", block=block)
        for row in block.rows:
            for name in ("rate", "points", "more"):
                html[f"{name}-{row.index}"] = render_template(f"evaluation/{name}.html", **values, row=row)
    return {
        "version": saved.version,
        "base": values["bases"][kind.name],
        "saved_at": case.now.astimezone(BEIJING).strftime("%H:%M:%S"),
        "taken": taken,
        "reload": taken > 0,
        "html": html,
    }


@blueprint.post("/submissions/<int:submission_id>/evaluation/submit")
def hand_in(submission_id: int) -> Response:
    """Submit the self-evaluation; what stands in the way comes back on top of the page."""
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            submit(
                session, who().actor, submission_id=submission_id, request=Request(Action.SUBMIT_EVALUATION),
                version=_number(request.form.get("version")),
            )  # fmt: skip
    except FormHasErrors as error:
        return _again(submission_id, error, _faults(error))
    return redirect(f"/submissions/{submission_id}/submitted", 303)


@blueprint.post("/submissions/<int:submission_id>/evaluation/scores")
def re_scored(submission_id: int) -> Response:
    """Keep the reviewer's points beside the unit's own."""
    scores = {name.removeprefix("score."): text for name, text in request.form.items() if name.startswith("score.")}
    asked = Request(Action.RE_SCORE, comment=request.form.get("comment", "").strip() or None)
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            re_score(
                session, who().actor, submission_id=submission_id, version=_number(request.form.get("version")),
                request=asked, scores={f"indicators[{name}]": text for name, text in scores.items()},
            )  # fmt: skip
    except (InvalidRequest, CommentRequired) as error:
        where = "#comment" if isinstance(error, CommentRequired) else f"#{_input_of(error.field)}"
        return _again(submission_id, error, [(where, _placed(error))], typed=scores)
    return redirect(f"/submissions/{submission_id}/evaluation", 303)


def _placed(error: DomainError) -> str:
    words = explained_error(error, lang=language())
    path = error.field or ""
    return f"{place(path, language())}{gettext('：')}{words}" if path.startswith(INDICATORS) else words


def _input_of(path: str | None) -> str:
    index = (path or "").partition("[")[2].partition("]")[0]
    return f"a-{index}-audit"


def _faults(error: FormHasErrors) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = []
    for one in error.findings:
        words = f"{place(one.path, language())}{gettext('：')}{rendered(one, language())['message']}"
        found.append((f"#{anchor_of(one.path)}", words))
    return found


def _again(
    submission_id: int,
    error: DomainError,
    faults: list[tuple[str | None, str]],
    *,
    typed: dict[str, str] | None = None,
) -> Response:
    status = 400 if isinstance(error, InvalidRequest) else 422
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        return evaluation_page(connection, case, status=status, faults=faults, typed=typed)


def _number(text: str | None) -> int | None:
    """The version that the page showed; anything else was seen by nobody and is refused as stale."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1
