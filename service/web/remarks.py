"""逐项意见: what reviewers keep back while they read, and the page on which a unit answers what they said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.problems import problem_of
from service.db import unit_of_work
from service.queries.attachments import attachments_of
from service.queries.events import events_of
from service.queries.facts import facts_of
from service.queries.opinion_templates import templates_of
from service.queries.places import place_names
from service.queries.remarks import Remark, all_remarks, returned
from service.queries.revisions import Version, revision, versions_of
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.answer_remarks import Said, answer_remarks, choices_of
from service.usecases.keep_remarks import keep_remarks
from service.web.form_tabs import ATTACHMENTS, REMARKS, tabs_of
from service.web.frame import language, page, who
from service.web.remark_fields import given_of
from service.web.replies import json_reply, wants_json
from service.web.review import Typed, reading_page
from service.web.review_reading import read
from workflows.document import cell_at
from workflows.errors import DomainError, InvalidRequest, NotFound
from workflows.forms.base import Document

blueprint = Blueprint("remarks", __name__)
sign_in_required(blueprint)

_ANSWER: Final = re.compile(r"answer-(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Line:
    """A remark as the page shows it: what stands there in the version that it is about, and the answers to choose from."""

    remark: Remark
    version: Version
    stands: str | None
    choices: tuple[str, ...]


@blueprint.get("/submissions/<int:submission_id>/remarks")
def show(submission_id: int) -> Response:
    """Every remark that this person may see, the newest version first; the unit answers here."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        return _page(connection, case, done=request.args.get("done") == "answered")


@blueprint.post("/submissions/<int:submission_id>/remarks")
def keep(submission_id: int) -> Response:
    """Keep what a reviewer has written so far. Nobody else sees it, and nothing is decided."""
    words = request.form.get("comment", "").replace("\r\n", "\n")
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            count = keep_remarks(
                session, who().actor, submission_id=submission_id, given=given_of(request.form), words=words
            )
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        problem = problem_of(error)
        if wants_json():
            return json_reply({"refused": problem.detail}, status=problem.status)
        return _reading(
            submission_id, Typed(((None, problem.detail),), request.form, problem.status, problem, sections=_sections())
        )
    if wants_json():
        return json_reply({"count": count})
    return _reading(submission_id, Typed(fields=_with_phrase(request.form), kept=True, sections=_sections()))


def _with_phrase(form: Mapping[str, str]) -> dict[str, str]:
    """The fields, with the words of a template that was pressed at the end of the opinion: the page without scripts."""
    fields = dict(form)
    if form.get("phrase"):
        with current_app.extensions["jixiao"].engine.connect() as connection:
            known = {str(one.id): one.body for one in templates_of(connection, who().actor)}
        fields["comment"] = "\n".join(filter(None, (fields.get("comment", ""), known.get(form["phrase"], ""))))
    return fields


def _sections() -> tuple[str, ...]:
    return tuple(request.form.getlist("section"))


def _reading(submission_id: int, typed: Typed) -> Response:
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        return reading_page(connection, actor, case, facts_of(connection, case), typed=typed)


@blueprint.post("/submissions/<int:submission_id>/remarks/answers")
def answer(submission_id: int) -> Response:
    """Keep the answers that were chosen; a remark without a choice stays open."""
    said = {
        int(match[1]): Said(value, request.form.get(f"words-{match[1]}", "").replace("\r\n", "\n"))
        for name, value in request.form.items()
        if (match := _ANSWER.fullmatch(name)) and value
    }
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            answer_remarks(session, who().actor, submission_id=submission_id, said=said)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        problem = problem_of(error)
        with current_app.extensions["jixiao"].engine.connect() as connection:
            case = seen(connection, who().actor, submission_id=submission_id)
            field = error.field if isinstance(error, InvalidRequest) else None
            fault = (f"#{field}" if field else None, problem.detail)
            return _page(connection, case, status=problem.status, faults=[fault], fields=request.form)
    return redirect(f"/submissions/{submission_id}/remarks?done=answered", 303)


def _page(
    connection: Connection,
    case: Case,
    *,
    status: int = 200,
    faults: list[tuple[str | None, str]] | None = None,
    fields: Mapping[str, str] | None = None,
    done: bool = False,
) -> Response:
    actor = who().actor
    lines = _lines(connection, case)
    reading = read(connection, actor, case, lang=language())
    files = len(attachments_of(connection, actor, case))
    last = [one.action for one in events_of(connection, case.locked.id)][-1:]
    return page(
        "remarks.html",
        status=status,
        case=case,
        name=place_names(connection, [case.locked.department_id])[case.locked.department_id],
        lines=lines,
        open=[one for one in lines if one.choices],
        came_back=returned(connection, case.locked.id) is not None,
        last_action=last[0] if last else None,
        faults=faults or [],
        fields=fields or {},
        done=done,
        tabs=tabs_of(
            case.locked.id,
            reading.views(),
            current=REMARKS,
            counts={ATTACHMENTS: files or None, REMARKS: len(lines) or None},
        ),
    )


def _lines(connection: Connection, case: Case) -> list[Line]:
    """The remarks, those on the newest version first, each with what stood there."""
    actor = who().actor
    versions = {one.id: one for one in versions_of(connection, case.locked.id)}
    found = all_remarks(connection, case.locked.id, reader=actor.id)
    documents = {id_: revision(connection, id_).document for id_ in {one.revision_id for one in found}}
    lines = [
        Line(
            one,
            versions[one.revision_id],
            _stands(documents[one.revision_id], one.cell),
            choices_of(connection, actor, case, one)
            if one.revision_id == case.locked.head_revision_id and not one.pending
            else (),
        )
        for one in found
    ]
    return sorted(lines, key=lambda line: -line.version.number)


def _stands(document: Document, path: str | None) -> str | None:
    """The text of a cell, or the name of a row."""
    if not path:
        return None
    try:
        value = cell_at(document, path)
    except KeyError:
        return None
    if isinstance(value, dict):
        value = value.get("level3") or value.get("name") or value.get("content")
    return value if isinstance(value, str) else None
