"""催办 and 抄送: hurry those with whom a form lies, give copies of it, and who did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service.api import replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import work
from service.api.idempotency import Once, answer, once
from service.api.paging import plain
from service.api.schemas import CopiesIn, SubmissionPath
from service.queries.courtesies import copies_of, urges_of
from service.queries.seen import seen
from service.usecases.circulate import circulate, read_copy
from service.usecases.urge import urge

blueprint = json_alone(api_blueprint("courtesies", about="Urges and copies"))
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/courtesies", responses={200: replies.CourtesiesOut})
def list_courtesies(path: SubmissionPath) -> Response:
    """Who urged and who has a copy, in order of time."""
    with work() as session:
        connection = session.connection()
        seen(connection, current().actor, submission_id=path.submission_id)
        urges, copies = urges_of(connection, path.submission_id), copies_of(connection, path.submission_id)
    return answer(200, {"urges": [plain(one) for one in urges], "copies": [plain(one) for one in copies]})


@blueprint.post("/submissions/<int:submission_id>/urges", responses={201: replies.UrgedOut})
def urge_form(path: SubmissionPath) -> Response:
    """Urge those with whom the form lies, once in 24 hours; a refusal (409) says when it is possible again."""
    who = current()

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        urged = urge(session.connection(), who.actor, submission_id=path.submission_id)
        made = {"id": path.submission_id, "at": urged.at.isoformat(), "again_at": urged.again_at.isoformat()}
        this.keep(session, 201, made)
        return 201, made

    return once(who, write)


@blueprint.post("/submissions/<int:submission_id>/copies", responses={201: replies.GivenOut})
def give_copies(path: SubmissionPath, body: CopiesIn) -> Response:
    """Give copies to people who may see the form; who has one keeps it."""
    who = current()

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        given = circulate(session.connection(), who.actor, submission_id=path.submission_id, people=body.people)
        made = {"id": path.submission_id, "given": given}
        this.keep(session, 201, made)
        return 201, made

    return once(who, write)


@blueprint.post("/submissions/<int:submission_id>/copies/read", responses={200: replies.GivenOut})
def mark_copy(path: SubmissionPath) -> Response:
    """Mark your own copy as read."""
    who = current()

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        seen(session.connection(), who.actor, submission_id=path.submission_id)
        read_copy(session.connection(), who.actor, submission_id=path.submission_id)
        made = {"id": path.submission_id, "given": 0}
        this.keep(session, 200, made)
        return 200, made

    return once(who, write)
