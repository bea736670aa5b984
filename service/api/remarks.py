"""Remarks of reviewers on fields and rows, and the unit's answer to each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service.api import finding_replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import work
from service.api.idempotency import Once, answer, once
from service.api.schemas import AnswersIn, RemarkIn, SubmissionPath
from service.queries.remarks import Remark, all_remarks
from service.queries.seen import seen
from service.usecases.answer_remarks import Said, answer_remarks
from service.usecases.keep_remarks import Given, keep_remarks

blueprint = json_alone(api_blueprint("remarks", about="Remarks on a form, and the answers to them"))
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/remarks", responses={200: finding_replies.RemarksOut})
def list_remarks(path: SubmissionPath) -> Response:
    """Every remark that was published, on any revision, and your own that wait for your decision; the oldest first."""
    actor = current().actor
    with work() as session:
        connection = session.connection()
        seen(connection, actor, submission_id=path.submission_id)
        found = all_remarks(connection, path.submission_id, reader=actor.id)
    return answer(200, {"remarks": [_shown(one) for one in found]})


def _shown(one: Remark) -> dict[str, Any]:
    return {
        "id": one.id,
        "revision_id": one.revision_id,
        "path": one.path,
        "body": one.body,
        "kind": one.kind,
        "field": one.field,
        "proposed": one.proposed,
        "role": one.role,
        "at": one.at.isoformat(),
        "pending": one.pending,
        "answer": one.answer,
        "answer_words": one.answer_words,
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
    }


@blueprint.post("/submissions/<int:submission_id>/remarks", responses={200: finding_replies.RemarkKeptOut})
def keep_remark(path: SubmissionPath, body: RemarkIn) -> Response:
    """Keep a remark of whoever holds a seat of the level; it goes out with their decision. Without words it is taken back.

    A second one at the same place replaces the first.
    """

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        given = Given(body.body, body.suggests, body.field, body.proposed)
        count = keep_remarks(session, current().actor, submission_id=path.submission_id, given={body.path or "": given})
        kept = {"id": path.submission_id, "pending": count}
        this.keep(session, 200, kept)
        return 200, kept

    return once(current(), write)


@blueprint.post("/submissions/<int:submission_id>/remarks/answers", responses={200: finding_replies.RemarksAnsweredOut})
def answer_each(path: SubmissionPath, body: AnswersIn) -> Response:
    """Answer remarks of a form that came back (changed, unchanged, explained), or suggestions of one that passed with
    good (accepted, declined). `explained` and `declined` need words. All are kept, or none.
    """

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        said = {one.remark_id: Said(one.answer, one.words or "") for one in body.answers}
        answer_remarks(session, current().actor, submission_id=path.submission_id, said=said)
        kept = {"id": path.submission_id, "answered": len(said)}
        this.keep(session, 200, kept)
        return 200, kept

    return once(current(), write)
