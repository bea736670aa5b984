"""Attachments of a form: listed, added, removed, fetched. A file is one part of a multipart body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, request, send_file
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from service import logs
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import edge, work
from service.api.idempotency import Once, answer, once
from service.api.paging import plain
from service.api.schemas import Id, Strict, SubmissionPath
from service.models.attachment import Scan
from service.models.storage import path_of
from service.queries.attachments import AttachedFile, attachment_of, attachments_of, check_change, fetched
from service.queries.seen import seen
from service.uploads.receive import MB, received
from service.usecases.attach import attach
from service.usecases.detach import detach
from workflows.errors import InvalidRequest, NotFound
from workflows.lifecycle import RouteKind

blueprint = api_blueprint("attachments", about="Files of a form and of its rows")
sign_in_required(blueprint)
_log = logs.logger("attachments")
_FRAME = 64 * 1024  # what a multipart body has besides the file
_SHOWN = "id stage section row_id name size sha256 media_type scan by created_at frozen".split()
_BODY = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}, "row_id": {"type": "string"}},
            }
        }
    },
    "required": True,
}


class AttachmentPath(Strict):
    """One attachment of one form."""

    submission_id: Id
    attachment_id: Id


class AttachmentOut(BaseModel):
    """An attachment: size in bytes; `row_id` is null for the whole form; `scan` is what the virus scanner says."""

    id: int
    stage: RouteKind
    section: str | None
    row_id: str | None
    name: str
    size: int
    sha256: str
    media_type: str
    scan: Scan
    by: str
    created_at: datetime
    frozen: bool


class AttachmentsOut(BaseModel):
    """The attachments that you may see."""

    items: list[AttachmentOut]


class RemovedOut(BaseModel):
    """What was taken out of the draft."""

    id: int


@blueprint.url_value_preprocessor
def larger_body(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A body of 4 MB is the most anywhere else; it is raised before anything reads this one."""
    if request.method == "POST":
        request.max_content_length = edge().settings.attachment_max_mb * MB + _FRAME


@blueprint.get("/submissions/<int:submission_id>/attachments", responses={200: AttachmentsOut})
def list_attachments(path: SubmissionPath) -> Response:
    """The files of a form: what is attached now for those who fill it in, else what was handed in."""
    with work() as session:
        connection = session.connection()
        case = seen(connection, current().actor, submission_id=path.submission_id)
        found = attachments_of(connection, current().actor, case)
    return answer(200, {"items": [_shown(one) for one in found]})


@blueprint.post("/submissions/<int:submission_id>/attachments", request_body=_BODY, responses={201: AttachmentOut})
def add_attachment(path: SubmissionPath) -> Response:
    """Add a file, as the part `file`, to the form or to the row `row_id`: PDF, DOCX, XLSX, OFD, JPG or PNG."""
    who, settings = current(), edge().settings
    if who.kept is None:
        refuse_early(path.submission_id)
    part, row_id = sent_file(), request.form.get("row_id") or None
    home = settings.home.resolve()
    with received(home, part.stream, name=part.filename or "", max_mb=settings.attachment_max_mb) as upload:  # type: ignore[arg-type]

        def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
            given: dict[str, Any] = {"submission_id": path.submission_id, "upload": upload, "row_id": row_id}
            added = attach(session, who.actor, settings=settings, **given)
            connection = session.connection()
            case = seen(connection, who.actor, submission_id=path.submission_id)
            body = _shown(attachment_of(connection, who.actor, case, attachment_id=added))
            this.keep(session, 201, body)
            return 201, body

        return once(who, write)


@blueprint.delete("/submissions/<int:submission_id>/attachments/<int:attachment_id>", responses={200: RemovedOut})
def remove_attachment(path: AttachmentPath) -> Response:
    """Take a file out of what is being filled in. A form that was handed in keeps its files."""

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        detach(session, current().actor, submission_id=path.submission_id, attachment_id=path.attachment_id)
        body = {"id": path.attachment_id}
        this.keep(session, 200, body)
        return 200, body

    return once(current(), write)


@blueprint.get(
    "/submissions/<int:submission_id>/attachments/<int:attachment_id>/file",
    responses={200: {"description": "The file"}},
)
def fetch_attachment(path: AttachmentPath) -> Response:
    """The bytes, always as an attachment."""
    return fetch(path.submission_id, path.attachment_id)


def fetch(submission_id: int, attachment_id: int) -> Response:
    """The reply with the bytes: never shown in place, never stored; each fetch leaves a line in the log."""
    with work() as session:
        connection, actor = session.connection(), current().actor
        case = seen(connection, actor, submission_id=submission_id)
        found = fetched(connection, actor, case, attachment_id=attachment_id)
    stored = path_of(edge().settings.home.resolve(), found.sha256)
    if not stored.is_file():
        _log.error("attachment_missing", submission_id=submission_id, attachment_id=attachment_id)
        raise NotFound
    _log.info(
        "attachment_fetched", submission_id=submission_id, attachment_id=attachment_id, revision_keeps=found.frozen
    )
    response = send_file(
        stored, mimetype=found.media_type, as_attachment=True, download_name=found.name, etag=found.sha256
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def refuse_early(submission_id: int) -> None:
    """Before many bytes are read: is the form there for this person, and may they change it now?"""
    with edge().engine.connect() as connection:
        case = seen(connection, current().actor, submission_id=submission_id)
        check_change(connection, current().actor, case)


def sent_file() -> FileStorage:
    """The part `file` of the body. Raises InvalidRequest without one."""
    part = request.files.get("file")
    if part is None or not part.filename:
        raise InvalidRequest("attachment.missing", field="file")
    return part


def _shown(one: AttachedFile) -> dict[str, Any]:
    shown = plain(one)
    return {name: shown[name] for name in _SHOWN}
