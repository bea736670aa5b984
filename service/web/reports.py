"""报表: the gallery, and a person's own runs with their progress. The worker builds the files; here they are asked for."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, current_app, make_response, redirect, request, send_file
from werkzeug import Response

from service.db import unit_of_work
from service.models.storage import path_of
from service.queries import lists
from service.queries.lists import Filter
from service.queries.report_runs import fetchable, run_of, runs_of
from service.queries.reports import REPORTS
from service.usecases.request_report import request_report
from service.web.frame import gettext, language, page, who
from workflows.errors import DomainError, NotFound
from workflows.refusals import explained_error

blueprint = Blueprint("reports", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

MOST_RUNS: Final = 20
MOST_FORMS: Final = 200


@blueprint.get("/reports")
def show() -> Response:
    """What there is, and what I asked for."""
    return _page()


@blueprint.post("/reports")
def ask() -> Response:
    """Queue a run; its page shows the progress."""
    chosen = request.form.get("submission", "")
    params = {
        "submission_id": int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 18 else 0,
        "revision": request.form.get("revision", "head"),
        "format": request.form.get("format", "xlsx"),
    }
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            run_id = request_report(
                session, who().actor, code=request.form.get("code", "")[:40], params=params, language=language()
            )
    except NotFound:
        return _page(faults=[("#submission", gettext("请选择一份单据。"))], status=400)
    except DomainError as error:
        return _page(faults=[("#submission", explained_error(error, lang=language()))], status=400)
    return redirect(f"/reports/{run_id}", 303)


@blueprint.get("/reports/<int:run_id>")
def run(run_id: int) -> Response:
    """One run. Its script asks for the part alone while it goes on; without scripts the link reloads the page."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = run_of(connection, who().actor.id or 0, run_id=run_id)
    whole = not request.headers.get("HX-Request")
    return page("report.html" if whole else "reports/run.html", run=found, retry=_retry(found.params, found.code))


@blueprint.get("/reports/<int:run_id>/file")
def file(run_id: int) -> Response:
    """The file, for as long as it is kept."""
    edge = current_app.extensions["jixiao"]
    with edge.engine.connect() as connection:
        found = fetchable(connection, who().actor.id or 0, run_id=run_id)
    path = path_of(edge.settings.home.resolve(), found.file.sha256) if found.file else None
    if found.file is None or path is None or not path.is_file():
        return page("report.html", status=410, run=found, retry=_retry(found.params, found.code))
    response = make_response(
        send_file(path, mimetype=found.file.media_type, as_attachment=True, download_name=found.file.name)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(*, faults: list[tuple[str | None, str]] | None = None, status: int = 200) -> Response:
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        runs = runs_of(connection, actor.id or 0, limit=MOST_RUNS)
        forms = lists.submissions(connection, actor, narrowed=Filter(submitted=True), limit=MOST_FORMS)
    return page(
        "reports.html",
        status=status,
        runs=runs,
        forms=forms,
        reports=list(REPORTS.values()),
        faults=faults or [],
        chosen=request.values.get("submission", ""),
        fmt=request.values.get("format", "xlsx"),
        revision=request.values.get("revision", "head"),
    )


def _retry(params: dict[str, object], code: str) -> list[tuple[str, str]]:
    """The fields that ask for the same again."""
    fields = {
        "submission": params.get("submission_id"),
        "revision": params.get("revision"),
        "format": params.get("format"),
    }
    return [("code", code), *((name, str(value)) for name, value in fields.items() if value is not None)]
