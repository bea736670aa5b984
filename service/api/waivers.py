"""Reasons that answer findings of a draft, and the findings with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from service.api import finding_replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import work
from service.api.idempotency import Once, answer, once
from service.api.problems import language
from service.api.query_schemas import WaiverQuery
from service.api.schemas import SubmissionPath, WaiverIn
from service.api.submissions import is_being_filled
from service.queries.drafts import draft
from service.queries.revisions import revision
from service.queries.seen import seen
from service.queries.submissions import Case
from service.queries.waivers import draft_answers, reviewed_answers
from service.usecases.waive import Asked, waive, withdraw_waiver
from workflows.facts import Actor
from workflows.findings import rendered
from workflows.policy import may_see_draft
from workflows.waivers import Answered

blueprint = json_alone(api_blueprint("waivers", about="Findings, and the reasons that answer them"))
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/findings", responses={200: finding_replies.FindingsOut})
def list_findings(path: SubmissionPath) -> Response:
    """What the checks say: of the draft to those who fill it in, of the last revision to everybody else."""
    actor = current().actor
    with work() as session:
        connection = session.connection()
        case = seen(connection, actor, submission_id=path.submission_id)
        found = answers_for(connection, actor, case)
    lang = language()
    return answer(200, {"findings": [_shown(one, lang) for one in found]})


def answers_for(connection: Connection, actor: Actor, case: Case) -> tuple[Answered, ...]:
    """The findings that this person may read, with their reasons."""
    if is_being_filled(case) and may_see_draft(actor, case.place):
        return draft_answers(connection, case, draft(connection, case).document)
    if case.locked.head_revision_id is None:
        return ()
    return reviewed_answers(connection, case, revision(connection, case.locked.head_revision_id))


def _shown(one: Answered, lang: str) -> dict[str, Any]:
    said = one.waiver
    return rendered(one.finding, lang) | {
        "meaning": one.spot.meaning,
        "takes_reason": one.waivable,
        "waiver": None if said is None else {"reason": said.reason, "by": said.by, "at": said.at},
    }


@blueprint.post("/submissions/<int:submission_id>/waivers", responses={200: finding_replies.WaivedOut})
def give_reason(path: SubmissionPath, body: WaiverIn) -> Response:
    """Answer a finding of the draft. `meaning` is that of the finding as it was read; a second reason replaces the first."""

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        asked = Asked(body.rule, body.path, body.meaning)
        spot = waive(session, current().actor, submission_id=path.submission_id, asked=asked, reason=body.reason)
        kept = {"rule": body.rule, "path": body.path, "meaning": spot.meaning}
        this.keep(session, 200, kept)
        return 200, kept

    return once(current(), write)


@blueprint.delete("/submissions/<int:submission_id>/waivers", responses={204: None})
def take_back(path: SubmissionPath, query: WaiverQuery) -> Response:
    """Take a reason back. Where there is none, nothing happens."""
    with work() as session:
        asked = Asked(query.rule, query.path, query.meaning)
        withdraw_waiver(session, current().actor, submission_id=path.submission_id, asked=asked)
    return Response(status=204)
