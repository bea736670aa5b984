"""批量导入: a zip of form files is rehearsed, shown file by file, and only then written. A worker does the work."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO, Final, cast

from flask import Blueprint, current_app, make_response, redirect, request
from werkzeug import Response

from service.db import unit_of_work
from service.importers.zip_of_forms import LARGEST_ZIP, MOST_FILES
from service.queries.bulk_imports import FileResult, Job, Which, files_of, job_of, jobs_of
from service.queries.openable import Openable, openable
from service.render.cells import harmless
from service.render.data import BOM
from service.usecases.request_bulk_import import kept_zip, refuse_unless_filler, request_bulk_import
from service.usecases.steer_bulk_import import Steer, steer_bulk_import
from service.web.formats import now
from service.web.frame import gettext, language, page, who
from service.web.paging import address
from workflows.deadlines import beijing_date
from workflows.errors import DomainError, NotFound, NotPossibleNow
from workflows.refusals import explained_error

blueprint = Blueprint("bulk_import", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

MOST_JOBS: Final = 20
PER_PAGE: Final = 50
_ROOM: Final = 64 * 1024  # bytes, for the other fields of the form


# Before the token of the form is read, which reads the whole of it: only here may a request be as large as a zip.
@blueprint.url_value_preprocessor
def _room(endpoint: str | None, _values: dict[str, object] | None) -> None:
    if endpoint == "bulk_import.ask":
        request.max_content_length = LARGEST_ZIP + _ROOM


@blueprint.get("/import/bulk")
def show() -> Response:
    """Which cycle, which zip; and what I imported before."""
    return _page()


@blueprint.post("/import/bulk")
def ask() -> Response:
    """Keep the zip and queue its rehearsal; its page shows the progress."""
    chosen = next((one for one in _cycles() if str(one.cycle_id) == request.form.get("cycle")), None)
    file = request.files.get("file")
    edge = current_app.extensions["jixiao"]
    try:
        refuse_unless_filler(who().actor)
        if chosen is None:
            return _page(faults=[("#cycle", gettext("请选择一个周期。"))], status=400)
        if file is None or not file.filename:
            return _page(faults=[("#file", gettext("请选择一个 zip 文件。"))], status=400)
        days = edge.settings.report_expiry_days
        archive = kept_zip(edge.settings.home.resolve(), cast(BinaryIO, file.stream), name=file.filename, days=days)
        with unit_of_work(edge.factory) as session:
            job_id = request_bulk_import(session, who().actor, cycle_id=chosen.cycle_id, archive=archive)
    except DomainError as error:
        return _page(faults=[("#file", explained_error(error, lang=language()))], status=400)
    return redirect(f"/import/bulk/{job_id}", 303)


@blueprint.get("/import/bulk/<int:job_id>")
def job(job_id: int) -> Response:
    """One job. Its script asks for the progress alone while it goes on, and for the whole page at its end."""
    if not request.headers.get("HX-Request"):
        return _job_page(job_id)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = job_of(connection, who().actor.id, bulk_import_id=job_id)
    response = page("bulk_import/progress.html", job=found)
    if found.ended:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/import/bulk/<int:job_id>/<turn>")
def steer(job_id: int, turn: str) -> Response:
    """Confirm what the rehearsal showed, cancel what is left, or try what failed again."""
    if turn not in list(Steer):
        raise NotFound
    overwrite = request.form.get("overwrite") == "1"
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            steer_bulk_import(session, who().actor, bulk_import_id=job_id, steer=Steer(turn), overwrite=overwrite)
    except NotPossibleNow as error:
        return _job_page(job_id, faults=[(None, explained_error(error, lang=language()))], status=409)
    return redirect(f"/import/bulk/{job_id}", 303)


@blueprint.get("/import/bulk/<int:job_id>/errors.csv")
def errors(job_id: int) -> Response:
    """What did not get through, as a table to hand on: file, unit, reason."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        job_of(connection, who().actor.id, bulk_import_id=job_id)
        left = [
            file
            for which in (Which.FAILED, Which.NEEDS_PREVIEW)
            for file in files_of(connection, job_id, which=which, limit=MOST_FILES)
        ]
    response = make_response(_csv(sorted({file.id: file for file in left}.values(), key=lambda file: file.id)))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="bulk-import-{job_id}-errors.csv"'
    return response


def _csv(files: list[FileResult]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([gettext("文件"), gettext("部门"), gettext("原因")])
    for file in files:
        reason = (file.refusal or {}).get(language()) or gettext("已取消")
        writer.writerow([harmless(text) for text in (file.name, file.department or "", reason)])
    return (BOM + out.getvalue()).encode()


def _cycles() -> list[Openable]:
    """The running cycles whose filing has not ended and that one of my units takes part in, once each, the newest first."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = openable(connection, who().actor.id or 0)
    today = beijing_date(now())
    running = [one for one in found if not one.has_ended(today)]
    return list({one.cycle_id: one for one in reversed(running)}.values())[::-1]


def _page(*, faults: list[tuple[str | None, str]] | None = None, status: int = 200) -> Response:
    cycles = _cycles()
    with current_app.extensions["jixiao"].engine.connect() as connection:
        jobs = jobs_of(connection, who().actor.id or 0, limit=MOST_JOBS)
    return page(
        "bulk_import.html",
        status=status,
        cycles=cycles,
        chosen=request.values.get("cycle") or (str(cycles[0].cycle_id) if cycles else ""),
        jobs=jobs,
        faults=faults or [],
        largest=LARGEST_ZIP // 1024 // 1024,
        most=MOST_FILES,
    )


def _job_page(job_id: int, *, faults: list[tuple[str | None, str]] | None = None, status: int = 200) -> Response:
    asked, after = request.args.get("which", ""), request.args.get("after", "")
    which = Which(asked) if asked in list(Which) else Which.ALL
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = job_of(connection, who().actor.id, bulk_import_id=job_id)
        files = files_of(connection, job_id, which=which, after=start, limit=PER_PAGE + 1)
    shown = files[:PER_PAGE]
    return page(
        "bulk_import/job.html",
        status=status,
        job=found,
        which=which,
        files=shown,
        first=_list_address(found, which) if start else None,
        following=_list_address(found, which, after=shown[-1].id) if len(files) > PER_PAGE else None,
        faults=faults or [],
    )


def _list_address(found: Job, which: Which, *, after: int | None = None) -> str:
    narrowed = which.value if which is not Which.ALL else ""
    return address(f"/import/bulk/{found.id}", {"which": narrowed, "after": after})
