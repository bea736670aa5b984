"""A form file becomes a draft, or brings one up to date: all of it or nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from flask import Response, request, send_file
from sqlalchemy.orm import Session

from service.api import desk_replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import work
from service.api.idempotency import Once, answer, once_itself
from service.api.paging import plain
from service.api.problems import language
from service.api.query_schemas import ImportQuery
from service.api.schemas import SubmissionPath
from service.importers import ReadResult
from service.render.export import MEDIA_TYPES
from service.render.offline_draft import offline_draft
from service.render.offline_workbook import offline_workbook
from service.usecases.import_form import Imported, import_form, read_file
from service.usecases.open_draft import open_draft
from workflows.errors import InvalidRequest
from workflows.facts import Actor
from workflows.findings import rendered
from workflows.incoming import Disputed, packed_versions, unpacked_versions

blueprint = api_blueprint("imports", about="Form files")
sign_in_required(blueprint)

_SIDES = {"file": "mine", "system": "theirs"}
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
    responses={200: desk_replies.ImportedOut, 201: desk_replies.ImportedOut},
)
def import_file(query: ImportQuery) -> Response:
    """Read a form file, as the part `file` of a multipart body or as the body itself. Every change to it is reported."""
    data, filename = _sent(query)

    def write(this: Once) -> tuple[int, Mapping[str, Any]]:
        read = read_file(data, filename)  # before the transaction: a slow file holds no lock
        with work() as session:
            found = _import(session, current().actor, query, read)
            status, body = 201 if found.created else 200, _shown(found)
            this.keep(session, status, body)
        return status, body

    if not query.dry_run:
        return once_itself(current(), write)
    read = read_file(data, filename)
    with work() as session:
        found = _import(session, current().actor, query, read)
        return answer(200, _shown(found))


def _import(session: Session, actor: Actor, query: ImportQuery, read: ReadResult) -> Imported:
    found = import_form(
        session,
        actor,
        cycle_id=query.cycle_id,
        department_id=query.department_id,
        read=read,
        dry_run=query.dry_run,
        seen=None if query.seen is None else unpacked_versions(query.seen),
        prefer=None if query.prefer is None else _SIDES[query.prefer],
    )
    if found.submission_id is not None or query.dry_run:
        return found
    opened = open_draft(
        session, actor, department_id=found.department_id, cycle_id=found.cycle_id, document=found.document
    )
    return replace(found, submission_id=opened.id)


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
        "differences": [asdict(one) for one in found.joined.differences] if found.joined else [],
        "conflicts": [_disagreement(one) for one in found.joined.conflicts] if found.joined else [],
        "seen": packed_versions(found.versions),
    }


def _disagreement(one: Disputed) -> dict[str, Any]:
    sides = {"base": one.conflict.base, "file": one.conflict.mine, "system": one.conflict.theirs}
    return {"section": one.section, "row_id": one.conflict.row_id, "field": one.conflict.field, **sides}


@blueprint.get("/submissions/<int:submission_id>/workbook", responses={200: {"description": "The file"}})
def workbook(path: SubmissionPath) -> Response:
    """The offline workbook of a draft, for whoever may type into it. `POST /imports` merges it back."""
    with work() as session:
        draft = offline_draft(session.connection(), current().actor, submission_id=path.submission_id)
    content = io.BytesIO(offline_workbook(draft, lang=language()))
    response = send_file(
        content, mimetype=MEDIA_TYPES["xlsx"], as_attachment=True, download_name=f"form-{path.submission_id}.xlsx"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
