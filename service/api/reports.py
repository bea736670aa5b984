"""Reports: asked for here, built by a worker, fetched when they are there. Each is its asker's alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, send_file
from sqlalchemy.orm import Session

from service.api import desk_replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import edge, work
from service.api.idempotency import Once, answer, once
from service.api.query_schemas import RunsQuery
from service.api.schemas import ReportIn, RunPath
from service.api.strict_json import as_typed
from service.models.storage import path_of
from service.queries.report_runs import Run, fetchable, run_of, runs_of
from service.usecases.request_report import request_report
from workflows.errors import NotFound, NotPossibleNow
from workflows.facts import Actor

blueprint = json_alone(api_blueprint("reports", about="Files that are built for you"))
sign_in_required(blueprint)


def _id(actor: Actor) -> int:
    assert actor.id is not None, "a person asks"
    return actor.id


@blueprint.post("/reports", responses={202: desk_replies.QueuedOut})
def create_report(body: ReportIn) -> Response:
    """Ask for a report, such as `official_form` with `{"submission_id": 1, "format": "pdf"}`."""

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        params = as_typed(body.params)
        run_id = request_report(session, current().actor, code=body.code, params=params, language=body.language)
        queued = {"id": run_id, "state": "due"}
        this.keep(session, 202, queued)
        return 202, queued

    return once(current(), write)


@blueprint.get("/reports", responses={200: desk_replies.RunsOut})
def list_reports(query: RunsQuery) -> Response:
    """Your runs, the newest first; `next` is the id below which the following page begins."""
    with work() as session:
        rows = runs_of(session.connection(), _id(current().actor), before=query.before, limit=query.limit + 1)
    page = rows[: query.limit]
    following = page[-1].id if len(rows) > query.limit else None
    return answer(200, {"items": [_shown(run) for run in page], "next": following})


@blueprint.get("/reports/<int:run_id>", responses={200: desk_replies.RunOut})
def show_report(path: RunPath) -> Response:
    """One run with its progress."""
    with work() as session:
        run = run_of(session.connection(), _id(current().actor), run_id=path.run_id)
    return answer(200, _shown(run))


@blueprint.get("/reports/<int:run_id>/file", responses={200: {"description": "The file"}})
def fetch_report(path: RunPath) -> Response:
    """The finished file, always as an attachment."""
    with work() as session:
        run = fetchable(session.connection(), _id(current().actor), run_id=path.run_id)
    if run.file is None:
        if run.state == "done":
            raise NotFound
        raise NotPossibleNow("file_not_ready")
    stored = path_of(edge().settings.home.resolve(), run.file.sha256)
    if not stored.is_file():
        raise NotFound
    response = send_file(
        stored, mimetype=run.file.media_type, as_attachment=True, download_name=safe_name(run.file.name)
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def safe_name(name: str) -> str:
    """A name for a header: no line ends, no marks that turn the reading direction, no path."""
    plain = "".join(char if char.isprintable() and char not in '\\/:*?"<>|' else "_" for char in name)
    return plain.strip(". ")[:150] or "file"


def _shown(run: Run) -> dict[str, Any]:
    file = run.file
    return {
        "id": run.id,
        "code": run.code,
        "params": run.params,
        "language": run.language,
        "state": run.state,
        "done": run.done,
        "total": run.total,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "file": {"name": file.name, "media_type": file.media_type, "size": file.size} if file else None,
    }
