"""Bulk imports: a zip of form files is rehearsed by a worker, confirmed here, and imported file by file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, BinaryIO, Final, Literal, cast

from flask import Response, request
from pydantic import BaseModel, StringConstraints
from sqlalchemy.orm import Session

from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import edge, work
from service.api.idempotency import HEADER, Once, answer, once
from service.api.problems import language
from service.api.query_schemas import RunsQuery
from service.api.schemas import Id, Limit, Strict, StrictBody, Version
from service.importers.zip_of_forms import LARGEST_ZIP
from service.queries.bulk_imports import FileResult, Job, Which, files_of, job_of, jobs_of
from service.usecases.request_bulk_import import Zip, kept_zip, refuse_unless_filler, request_bulk_import
from service.usecases.steer_bulk_import import Steer, steer_bulk_import
from workflows.errors import InvalidRequest

blueprint = api_blueprint("bulk_imports", about="Many form files at once")
sign_in_required(blueprint)

_ROOM: Final = 64 * 1024  # bytes, for what a multipart body has around its file
_FILE = {
    "content": {
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        },
    },
    "required": True,
}


class BulkImportPath(Strict):
    """A bulk import."""

    bulk_import_id: Id


class BulkImportQuery(Strict):
    """Into which cycle. `rehearse`: look first, write after `confirm`. `overwrite`: also what somebody has filled in."""

    cycle_id: Id
    rehearse: bool = True
    overwrite: bool = False
    filename: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")] = "forms.zip"


class BulkFilesQuery(Strict):
    """Which files, after which one."""

    which: Literal["all", "waiting", "fine", "needs_preview", "failed"] = "all"
    after: Version = 0
    limit: Limit = 50


class SteerIn(StrictBody):
    """How the job goes on. `overwrite` also takes files that would type over a draft, as it was when it was looked at."""

    turn: Literal["confirm", "cancel", "retry"]
    overwrite: bool = False


class BulkImportOut(BaseModel):
    """A bulk import; `done` of `total` is its progress, `results` counts what was or would be done."""

    id: int
    name: str
    cycle_id: int
    phase: str
    overwrite: bool
    total: int
    done: int
    ended: bool
    counts: dict[str, int]
    results: dict[str, int]
    created_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    expired: bool


class BulkImportsOut(BaseModel):
    """A page of bulk imports."""

    items: list[BulkImportOut]
    next: int | None


class BulkFileOut(BaseModel):
    """A file: `result` is created, updated, unchanged or needs_preview; `refusal` says why it was not imported."""

    id: int
    name: str
    size: int
    state: str
    result: str | None
    department_id: int | None
    submission_id: int | None
    changes: int | None
    findings: dict[str, int] | None
    refusal: str | None


class BulkFilesOut(BaseModel):
    """A page of files."""

    items: list[BulkFileOut]
    next: int | None


class SteeredOut(BaseModel):
    """How many files the turn moved."""

    id: int
    moved: int


# Before the token of a form is read, which reads the whole of it: only here may a request be as large as a zip.
@blueprint.url_value_preprocessor
def _room(endpoint: str | None, _values: dict[str, object] | None) -> None:
    if endpoint == f"{blueprint.name}.create_bulk_import":
        request.max_content_length = LARGEST_ZIP + _ROOM


@blueprint.post("/bulk-imports", request_body=_FILE, responses={202: BulkImportOut})
def create_bulk_import(query: BulkImportQuery) -> Response:
    """Send a zip of form files, as the part `file` of a multipart body or as the body itself."""
    actor = current().actor
    refuse_unless_filler(actor)
    archive = _sent(query)

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        job_id = request_bulk_import(
            session, actor, cycle_id=query.cycle_id, archive=archive, rehearses=query.rehearse,
            overwrite=query.overwrite,
        )  # fmt: skip
        body = _shown(job_of(session.connection(), actor.id, bulk_import_id=job_id))
        this.keep(session, 202, body)
        return 202, body

    return once(current(), write)


@blueprint.get("/bulk-imports", responses={200: BulkImportsOut})
def list_bulk_imports(query: RunsQuery) -> Response:
    """Your bulk imports, the newest first; `next` is the id below which the following page begins."""
    with work() as session:
        rows = jobs_of(session.connection(), current().actor.id or 0, before=query.before, limit=query.limit + 1)
    page = rows[: query.limit]
    following = page[-1].id if len(rows) > query.limit else None
    return answer(200, {"items": [_shown(job) for job in page], "next": following})


@blueprint.get("/bulk-imports/<int:bulk_import_id>", responses={200: BulkImportOut})
def show_bulk_import(path: BulkImportPath) -> Response:
    """One bulk import with its progress."""
    with work() as session:
        job = job_of(session.connection(), current().actor.id, bulk_import_id=path.bulk_import_id)
    return answer(200, _shown(job))


@blueprint.get("/bulk-imports/<int:bulk_import_id>/files", responses={200: BulkFilesOut})
def list_bulk_import_files(path: BulkImportPath, query: BulkFilesQuery) -> Response:
    """Its files in the order of the zip; `next` is the id after which the following page begins."""
    with work() as session:
        connection = session.connection()
        job_of(connection, current().actor.id, bulk_import_id=path.bulk_import_id)
        files = files_of(
            connection, path.bulk_import_id, which=Which(query.which), after=query.after, limit=query.limit + 1
        )
    page = files[: query.limit]
    following = page[-1].id if len(files) > query.limit else None
    return answer(200, {"items": [_file(file, language()) for file in page], "next": following})


@blueprint.post("/bulk-imports/<int:bulk_import_id>/turns", responses={200: SteeredOut})
def steer_one(path: BulkImportPath, body: SteerIn) -> Response:
    """Confirm what the rehearsal showed, cancel what is left, or try the refused ones again."""

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        moved = steer_bulk_import(
            session, current().actor, bulk_import_id=path.bulk_import_id, steer=Steer(body.turn),
            overwrite=body.overwrite,
        )  # fmt: skip
        steered = {"id": path.bulk_import_id, "moved": moved}
        this.keep(session, 200, steered)
        return 200, steered

    return once(current(), write)


def _sent(query: BulkImportQuery) -> Zip:
    """The zip, kept as it comes; with an Idempotency-Key its body has to be read whole, to be compared later."""
    settings = edge().settings
    part = request.files.get("file") if request.mimetype == "multipart/form-data" else None
    if part is not None:
        stream, name = cast(BinaryIO, part.stream), part.filename or query.filename
    elif request.mimetype == "multipart/form-data" or not request.content_length:
        raise InvalidRequest("file_missing", field="file")
    else:
        whole = request.headers.get(HEADER) is not None
        stream, name = (io.BytesIO(request.get_data()) if whole else cast(BinaryIO, request.stream)), query.filename
    return kept_zip(settings.home.resolve(), stream, name=name, days=settings.report_expiry_days)


def _shown(job: Job) -> dict[str, Any]:
    plain = (
        "id",
        "name",
        "cycle_id",
        "overwrite",
        "total",
        "done",
        "ended",
        "created_at",
        "confirmed_at",
        "cancelled_at",
    )
    shown = {name: getattr(job, name) for name in plain}
    counts, results = dict(job.counts), dict(job.results)
    phase = "import" if job.writes else "rehearsal"
    return {**shown, "phase": phase, "counts": counts, "results": results, "expired": job.expired}


def _file(file: FileResult, lang: str) -> dict[str, Any]:
    plain = ("id", "name", "size", "state", "result", "department_id", "submission_id", "changes", "findings")
    shown = {name: getattr(file, name) for name in plain}
    return {**shown, "refusal": (file.refusal or {}).get(lang)}
