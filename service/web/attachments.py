"""附件: the files of a form and of its rows, for everybody who sees the form; added and removed by whoever fills it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.attachments import fetch, larger_body, refuse_early, sent_file
from service.api.auth import sign_in_required
from service.api.edge import edge
from service.db import unit_of_work
from service.queries.attachments import (
    AttachedFile,
    Room,
    Row,
    attachments_of,
    counts,
    may_change,
    name_of,
    room,
    rows_of,
    sees_live,
)
from service.queries.places import place_names
from service.queries.seen import seen
from service.queries.submissions import Case
from service.uploads.kinds import ACCEPT
from service.uploads.receive import MB, received
from service.usecases.attach import attach
from service.usecases.detach import detach, restore
from service.web.form_tabs import ATTACHMENTS, tabs_of
from service.web.frame import language, page, who
from service.web.replies import json_reply, wants_json
from service.web.review_reading import read
from workflows.errors import DomainError, NotFound
from workflows.lifecycle import RouteKind, State
from workflows.policy import may_see_draft
from workflows.refusals import explained_error

blueprint = Blueprint("attachments", __name__)
sign_in_required(blueprint)
blueprint.url_value_preprocessor(larger_body)

_BASE = "/submissions/<int:submission_id>/attachments"


@dataclass(frozen=True, slots=True)
class Listed:
    """A file with the row that it belongs to; `row` is None for the whole form, `lost` says that the row is gone."""

    file: AttachedFile
    row: Row | None
    lost: bool


@blueprint.get(_BASE)
def show(submission_id: int) -> Response:
    """The list. `row` narrows it to one row, and is where a new file goes."""
    return _page(submission_id)


@blueprint.post(_BASE)
def add(submission_id: int) -> Response:
    """Keep one file. A refusal shows the page with its reason; the script gets the sentence alone."""
    row_id = None
    try:
        refuse_early(submission_id)
        row_id = request.form.get("row_id") or None
        part, settings = sent_file(), edge().settings
        with (
            received(
                settings.home.resolve(), part.stream, name=part.filename or "", max_mb=settings.attachment_max_mb  # type: ignore[arg-type]
            ) as upload,
            unit_of_work(edge().factory) as session,
        ):  # fmt: skip
            given: dict[str, Any] = {"submission_id": submission_id, "upload": upload, "row_id": row_id}
            added = attach(session, who().actor, settings=settings, **given)
    except NotFound:
        raise
    except DomainError as error:
        return _refused(submission_id, error, row_id)
    if wants_json():
        return json_reply({"added": added})
    return redirect(_address(submission_id, row_id, "added", added), 303)


@blueprint.post(f"{_BASE}/<int:attachment_id>/remove")
def remove(submission_id: int, attachment_id: int) -> Response:
    """Take a file out; the page that follows offers to take that back."""
    return _changed(submission_id, attachment_id, removes=True)


@blueprint.post(f"{_BASE}/<int:attachment_id>/restore")
def put_back(submission_id: int, attachment_id: int) -> Response:
    """Take a removal back."""
    return _changed(submission_id, attachment_id, removes=False)


@blueprint.get(f"{_BASE}/<int:attachment_id>")
def download(submission_id: int, attachment_id: int) -> Response:
    """The bytes."""
    return fetch(submission_id, attachment_id)


@blueprint.app_template_global("attached_to")
def attached_to(case: Case) -> dict[str, int]:
    """Files by the id of their row, for the marks beside rows; asked once for a page. Empty where they are hidden."""
    if "attached" not in g:
        g.attached = _counted(case) if sees_live(who().actor, case) else {}
    found: dict[str, int] = g.attached
    return found


def _counted(case: Case) -> dict[str, int]:
    """Over the connection that the view still holds, if it does: the pool has one for each thread."""
    held: Connection | None = g.get("connection")
    if held is not None and not held.closed:
        return counts(held, case.locked.id, stage=case.kind)
    with edge().engine.connect() as connection:
        return counts(connection, case.locked.id, stage=case.kind)


def _changed(submission_id: int, attachment_id: int, *, removes: bool) -> Response:
    change, word = (detach, "removed") if removes else (restore, "restored")
    row_id = request.form.get("row") or None
    try:
        with unit_of_work(edge().factory) as session:
            change(session, who().actor, submission_id=submission_id, attachment_id=attachment_id)
    except NotFound:
        raise
    except DomainError as error:
        return _refused(submission_id, error, row_id)
    return redirect(_address(submission_id, row_id, word, attachment_id), 303)


def _address(submission_id: int, row_id: str | None, done: str, attachment_id: int) -> str:
    row = f"&row={row_id}" if row_id and row_id.isalnum() else ""
    return f"/submissions/{submission_id}/attachments?{done}={attachment_id}{row}"


def _refused(submission_id: int, error: DomainError, row_id: str | None) -> Response:
    words = explained_error(error, lang=language())
    status = 409 if error.code in ("not_possible_now", "stale_version") else 403 if error.code == "not_allowed" else 400
    if wants_json():
        return json_reply({"refused": words, "field": error.field}, status=status)
    where = f"#{error.field}" if error.field in ("file", "row_id") else None
    return _page(submission_id, faults=[(where, words)], status=status, row_id=row_id)


def _page(
    submission_id: int,
    *,
    faults: list[tuple[str | None, str]] | None = None,
    status: int = 200,
    row_id: str | None = None,
) -> Response:
    actor, settings = who().actor, edge().settings
    with edge().engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        files = attachments_of(connection, actor, case)
        rows = (
            rows_of(connection, case)
            if may_see_draft(actor, case.place) or case.locked.state is not State.DRAFT
            else []
        )
        changes, taken = may_change(connection, actor, case), room(connection, case)
        name = place_names(connection, [case.locked.department_id])[case.locked.department_id]
        views = read(connection, actor, case, lang=language()).views()
        listed = _listed(files, rows)
        just = _just_done(connection, case)
    asked = row_id or request.args.get("row", "")
    chosen = next((row for row in rows if row.id == asked), None)
    shown = [one for one in listed if chosen is None or one.row == chosen]
    return page(
        "attachments/page.html",
        status=status,
        case=case,
        name=name,
        tabs=tabs_of(submission_id, views, current=ATTACHMENTS, counts={ATTACHMENTS: len(files) or None}),
        groups=[(stage, group) for stage in RouteKind if (group := [one for one in shown if one.file.stage is stage])],
        rows=rows,
        chosen=chosen,
        changes=changes,
        full=_is_full(taken),
        taken=taken,
        limits=settings,
        accept=ACCEPT,
        max_bytes=settings.attachment_max_mb * MB,
        MB=MB,
        faults=faults or [],
        just=just,
        inside=may_see_draft(actor, case.place),
    )  # fmt: skip


def _is_full(taken: Room) -> bool:
    settings = edge().settings
    return taken.form >= settings.attachment_form_mb * MB or taken.unit >= settings.attachment_unit_mb * MB


def _listed(files: list[AttachedFile], rows: list[Row]) -> list[Listed]:
    by_id = {row.id: row for row in rows}
    return [
        Listed(one, by_id.get(one.row_id or ""), one.row_id is not None and one.row_id not in by_id) for one in files
    ]


def _just_done(connection: Connection, case: Case) -> dict[str, Any] | None:
    """What the address says was just done, with the name of the file; nothing where it names none of this form."""
    for word in ("added", "removed", "restored"):
        given = request.args.get(word, "")
        if given.isascii() and given.isdigit() and len(given) < 18:
            name = name_of(connection, who().actor, case, attachment_id=int(given))
            return {"word": word, "id": int(given), "name": name} if name else None
    return None
