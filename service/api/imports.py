"""A form file becomes a draft, or brings one up to date: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from service.api import replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import work
from service.api.idempotency import Once, answer, once
from service.api.paging import plain
from service.api.problems import language
from service.api.schemas import ImportQuery
from service.usecases.import_form import Imported, import_form
from service.usecases.open_draft import open_draft
from workflows.errors import InvalidRequest
from workflows.facts import Actor
from workflows.findings import rendered

blueprint = api_blueprint("imports", about="Form files")
sign_in_required(blueprint)

_FILE = {
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        },
    },
    "required": True,
}


@blueprint.post(
    "/imports",
    request_body=_FILE,
    responses={200: replies.ImportedOut, 201: replies.ImportedOut},
)
def import_file(query: ImportQuery) -> Response:
    """Read a form file, as the part `file` of a multipart body or as the body itself. Every change to it is reported."""
    data, filename = _sent(query)

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        found = _import(session, current().actor, query, data=data, filename=filename)
        status = 201 if found.created and not query.dry_run else 200
        body = _shown(found)
        this.keep(session, status, body)
        return status, body

    if not query.dry_run:
        return once(current(), write)
    with work() as session:
        return answer(200, _shown(_import(session, current().actor, query, data=data, filename=filename)))


def _import(session: Session, actor: Actor, query: ImportQuery, *, data: bytes, filename: str) -> Imported:
    found = import_form(
        session,
        actor,
        cycle_id=query.cycle_id,
        department_id=query.department_id,
        data=data,
        filename=filename,
        dry_run=query.dry_run,
    )
    if found.submission_id is not None or query.dry_run:
        return found
    opened = open_draft(
        session, actor, department_id=found.department_id, cycle_id=found.cycle_id, document=found.document
    )
    return _with_id(found, opened.id)


def _with_id(found: Imported, submission_id: int) -> Imported:
    from dataclasses import replace

    return replace(found, submission_id=submission_id)


def _sent(query: ImportQuery) -> tuple[bytes, str]:
    """The bytes and the name of the file. The name is shown and never opened."""
    part = request.files.get("file")
    if part is not None:
        return part.read(), (part.filename or query.filename)[:255]
    data = b"" if request.mimetype == "multipart/form-data" else request.get_data()
    if not data:
        raise InvalidRequest("file_missing", field="file")
    return data, query.filename


def _shown(found: Imported) -> dict[str, Any]:
    lang = language()
    return {
        "id": found.submission_id,
        "department_id": found.department_id,
        "created": found.created,
        "document": found.document,
        "changes": [plain(change) for change in found.changes],
        "findings": [rendered(finding, lang) for finding in found.findings],
        "source": found.source,
    }
