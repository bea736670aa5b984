"""The evidence of a form as files: the bundle that a verifier reads, and the same on paper."""

from __future__ import annotations

from typing import Literal

from flask import Response, make_response

from service import logs
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import work
from service.api.schemas import Strict, SubmissionPath
from service.queries.evidence_names import evidence_names
from service.queries.evidence_rows import evidence_rows
from service.queries.seen import seen
from service.render.bundle import evidence_bundle
from service.render.evidence_pdf import evidence_pdf
from workflows.errors import NotPossibleNow

blueprint = api_blueprint("evidence", about="What proves how a form was decided")
sign_in_required(blueprint)
_log = logs.logger("evidence")

_MEDIA = {"json": "application/json", "pdf": "application/pdf"}
_FILE = {
    "description": "The file",
    "content": {
        "application/json": {"schema": {"type": "object", "additionalProperties": True}},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
    },
}


class EvidenceQuery(Strict):
    """Which file: the bundle for `jixiao verify`, or the same on paper."""

    format: Literal["json", "pdf"] = "json"


@blueprint.get("/submissions/<int:submission_id>/evidence", responses={200: _FILE})
def fetch_evidence(path: SubmissionPath, query: EvidenceQuery) -> Response:
    """Form, revisions, events, opinions, signatures and proof, always as an attachment. 409 before it was handed in."""
    return fetch(path.submission_id, query.format)


def fetch(submission_id: int, format_: str) -> Response:
    """The reply with the file: the same bytes each time, until something happens to the form or a head comes to cover it."""
    with work() as session:
        connection = session.connection()
        case = seen(connection, current().actor, submission_id=submission_id)
        if case.locked.head_revision_id is None:
            raise NotPossibleNow("no_revision_yet")
        rows = evidence_rows(connection, submission_id)
        names = evidence_names(connection, rows)
    _log.info("evidence_fetched", submission_id=submission_id, format=format_)
    response = make_response(evidence_pdf(rows, names) if format_ == "pdf" else evidence_bundle(rows))
    response.headers["Content-Type"] = _MEDIA[format_]
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{submission_id}.{format_}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
