"""The steps of a form's life, and what stands around a decision: what is allowed, what happened, the score.

The hot path of the house is `act` with a pass, three trips: who is asking, the case, the write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask import Response
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from service.api import finding_replies, replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import statements, work
from service.api.idempotency import Once, answer, once, once_itself
from service.api.paging import plain
from service.api.problems import language, words
from service.api.query_schemas import EventsQuery
from service.api.schemas import ActionIn, AdjustmentIn, SubmissionPath
from service.api.strict_json import as_typed
from service.api.submissions import is_being_filled
from service.models.record import Recorded, Reply
from service.queries.drafts import draft
from service.queries.events import events_of
from service.queries.facts import facts_of
from service.queries.revisions import revision, revisions_of
from service.queries.routes import profile_body
from service.queries.seen import seen
from service.queries.submissions import Case
from service.queries.waivers import draft_answers
from service.usecases.decide import ELSEWHERE, decide
from service.usecases.issue_control_figure import issue_control_figure
from service.usecases.open_adjustment import open_adjustment
from service.usecases.re_score import re_score
from service.usecases.resolve_mark import resolve_mark
from service.usecases.save_section import save_section
from service.usecases.submit import submit
from workflows.engine import allowed
from workflows.errors import InvalidRequest, NotFound
from workflows.facts import Actor, Position, Request
from workflows.findings import Finding
from workflows.lifecycle import Action, RouteKind
from workflows.policy import may_see_draft
from workflows.scoring import score, score_json
from workflows.scoring_profile import read_profile
from workflows.waivers import in_the_way

blueprint = json_alone(api_blueprint("decisions", about="The life of a form"))
sign_in_required(blueprint)

_Keep = Callable[[list[Recorded]], Reply | None]


@blueprint.post("/submissions/<int:submission_id>/actions", responses={200: replies.ACTED})
def act(path: SubmissionPath, body: ActionIn) -> Response:
    """Take one step. Two at once: one is done, the other is told who was first (409)."""
    who = current()

    def write(this: Once) -> tuple[int, Mapping[str, Any]]:
        if body.action == "save_actuals":
            with work() as session:
                return _save_actuals(session, who.actor, path.submission_id, body=body, this=this)
        return 200, _become([_step(who.actor, path.submission_id, body=body, keep=this.keeping(200, _become))])

    return once_itself(who, write)


@blueprint.post("/submissions/<int:submission_id>/adjustments", responses={201: replies.ACTED})
def adjust(path: SubmissionPath, body: AdjustmentIn) -> Response:
    """Open an adjustment of approved targets: a draft of its own, whose reply takes their place."""
    who = current()

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        made = open_adjustment(
            session, who.actor, submission_id=path.submission_id, version=body.version, source=body.source,
            comment=body.comment,
        )  # fmt: skip
        this.keep(session, 201, _become([made]))
        return 201, _become([made])

    return once(who, write)


def _become(recorded: list[Recorded]) -> dict[str, Any]:
    form = recorded[0]
    return {
        "id": form.id,
        "state": form.state.value,
        "level": form.level,
        "version": form.version,
        "event_id": form.event_id,
    }


def _step(actor: Actor, submission_id: int, *, body: ActionIn, keep: _Keep) -> Recorded:
    """Hand the step to the use case that takes it."""
    if body.version is None:
        raise InvalidRequest("invalid.missing", field="version")
    action = Action(body.action)
    request = Request(
        action,
        comment=body.comment,
        to_level=body.to_level,
        grade=body.grade,
        reply_number=body.reply_number,
        reply_date=body.reply_date,
        criteria={str(code): str(grade) for code, grade in body.criteria.items()} if body.criteria else None,
        sections=tuple(body.sections) if body.sections is not None else None,
        to_person=body.to_person,
        position=Position(body.position) if body.position else None,
        control_figure=Decimal(body.control_figure) if body.control_figure is not None else None,
    )
    given: dict[str, Any] = {"submission_id": submission_id, "request": request, "version": body.version, "reply": keep}
    if action not in ELSEWHERE:
        return decide(statements(), actor, **given)
    with work() as session:
        if action in (Action.SUBMIT, Action.SUBMIT_EVALUATION):
            return submit(session, actor, confirm_copied=body.confirm_copied, **given)
        if action is Action.ISSUE_CONTROL_FIGURE:
            return issue_control_figure(session, actor, **given)
        if action is Action.RE_SCORE:
            return re_score(session, actor, scores=body.scores or {}, **given)
        if action not in (Action.REPLACE_WITH_PLACEHOLDER, Action.CLEAR_MARK):
            return decide(session.connection(), actor, **given)
        if body.path is None:
            raise InvalidRequest("invalid.missing", field="path")
        return resolve_mark(session, actor, path=body.path, base_version=body.base_version, **given)


def _save_actuals(
    session: Session, actor: Actor, submission_id: int, *, body: ActionIn, this: Once
) -> tuple[int, Mapping[str, Any]]:
    if body.base_version is None:
        raise InvalidRequest("invalid.missing", field="base_version")
    saved = save_section(
        session,
        actor,
        submission_id=submission_id,
        section=body.section or "actuals",
        value=as_typed(body.value),
        base_version=body.base_version,
    )
    kept = {"section": saved.section, "version": saved.version, "value": saved.value, "changed": saved.changed}
    this.keep(session, 200, kept)
    return 200, kept


@blueprint.get("/submissions/<int:submission_id>/allowed", responses={200: replies.AllowedOut})
def list_allowed(path: SubmissionPath) -> Response:
    """The steps that are yours now; one that is not possible yet carries the reason."""
    actor = current().actor
    with work() as session:
        connection = session.connection()
        case = seen(connection, actor, submission_id=path.submission_id)
        buttons = allowed(actor, facts_of(connection, case, findings=_in_the_way(connection, case)))
    lang = language()
    actions = [
        {
            "action": button.action.value,
            "possible": button.reason is None,
            "reason": button.reason,
            "detail": words(button.reason, button.params, lang=lang) if button.reason else None,
        }
        for button in buttons
    ]
    return answer(200, {"version": case.locked.version, "actions": actions})


def _in_the_way(connection: Connection, case: Case) -> tuple[Finding, ...]:
    """What keeps a form that is being filled in from being handed in."""
    if not is_being_filled(case):
        return ()
    answers = draft_answers(connection, case, draft(connection, case).document)
    return in_the_way(answers, asks_reasons=case.asks_reasons)


@blueprint.get("/submissions/<int:submission_id>/events", responses={200: replies.EventsOut})
def list_events(path: SubmissionPath, query: EventsQuery) -> Response:
    """What happened to the form, in order; `next` is where the following page begins."""
    with work() as session:
        connection = session.connection()
        seen(connection, current().actor, submission_id=path.submission_id)
        rows = events_of(connection, path.submission_id, after=query.after, limit=query.limit + 1)
    page = rows[: query.limit]
    following = page[-1].seq if len(rows) > query.limit else None
    return answer(200, {"items": [plain(row) for row in page], "next": following})


@blueprint.get("/submissions/<int:submission_id>/score", responses={200: finding_replies.ScoreOut})
def show_score(path: SubmissionPath) -> Response:
    """The score of the evaluation: of what is typed to those who fill it in, of the last revision to everybody else."""
    actor = current().actor
    with work() as session:
        connection = session.connection()
        case = seen(connection, actor, submission_id=path.submission_id)
        scored = _score(connection, actor, case)
    if scored is None:
        raise NotFound("not_scored")
    return answer(200, scored)


def _score(connection: Connection, actor: Actor, case: Case) -> Mapping[str, Any] | None:
    if case.kind is RouteKind.TARGET or case.locked.head_revision_id is None:
        return None
    profile = read_profile(profile_body(connection, case.profile_id))
    if is_being_filled(case) and may_see_draft(actor, case.place) and case.locked.approved_revision_id is not None:
        return score_json(score(draft(connection, case).document, profile), language())
    frozen = revision(connection, case.locked.head_revision_id)
    return score_json(score(frozen.document, profile), language()) if frozen.kind is RouteKind.EVALUATION else None


@blueprint.get("/submissions/<int:submission_id>/revisions", responses={200: finding_replies.RevisionsOut})
def list_revisions(path: SubmissionPath) -> Response:
    """Every frozen document with the hash that signatures bind to."""
    with work() as session:
        connection = session.connection()
        seen(connection, current().actor, submission_id=path.submission_id)
        rows = revisions_of(connection, path.submission_id)
    items = [
        {
            "number": row.number,
            "kind": row.kind.value,
            "sha256": row.sha256,
            "base_sha256": row.base_sha256,
            "created_at": row.created_at,
            "document": row.document,
        }
        for row in rows
    ]
    return answer(200, {"items": items})
