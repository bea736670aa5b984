"""导入: a form file is read, shown with every alteration and finding, and only then written into the draft."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.db import unit_of_work
from service.importers import UnreadableForm
from service.queries.openable import Openable, once_each, openable
from service.usecases.import_form import LARGEST, Imported, import_form
from service.usecases.open_draft import open_draft
from service.web.editor_notes import notes_of
from service.web.editor_screen import SECTION_WORDS, grouped
from service.web.frame import gettext, language, page, who
from workflows.errors import DomainError
from workflows.findings import place
from workflows.forms import form_type
from workflows.refusals import explained_error

blueprint = Blueprint("imports", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

# A file up to here travels with the preview and need not be chosen a second time; forms have some 10 kB.
MOST_CARRIED = 300_000  # bytes
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came."""

    data: bytes
    name: str


@blueprint.get("/import")
def show() -> Response:
    """Which form, and which file."""
    return _page()


@blueprint.post("/import")
def read() -> Response:
    """Read the file. Without `write` it is shown what it holds; with it the draft is written."""
    sent = _sent()
    chosen = _chosen(request.form.get("where"))
    if chosen is None:
        return _page(faults=[("#where", gettext("请选择要填报的部门和周期。"))], status=400)
    if sent is None:
        return _page(faults=[("#file", gettext("请选择一个文件。"))], status=400)
    writes = request.form.get("do") == "write"
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            done = import_form(
                session, who().actor, cycle_id=chosen.cycle_id, department_id=chosen.department_id, data=sent.data,
                filename=sent.name, dry_run=not writes,
            )  # fmt: skip
            opened = done.submission_id
            if writes and opened is None:
                opened = open_draft(
                    session, who().actor, department_id=done.department_id, cycle_id=done.cycle_id,
                    document=done.document,
                ).id  # fmt: skip
    except UnreadableForm as unreadable:
        return _page(faults=[("#file", unreadable.sentence(language()))], status=400)
    except DomainError as error:
        return _page(faults=[("#file", explained_error(error, lang=language()))], status=400)
    if writes:
        return redirect(f"/submissions/{opened}", 303)
    return _preview(done, sent, chosen)


@blueprint.post("/submissions/<int:submission_id>/import")
def into(submission_id: int) -> Response:
    """The same for a form that is open: the file decides nothing about where it goes."""
    del submission_id  # the form's unit and cycle travel in `where`; the use case finds the draft by them
    return read()


def _sent() -> Sent | None:
    file = request.files.get("file")
    if file is not None and file.filename:
        return Sent(file.stream.read(LARGEST + 1), file.filename[:200])
    kept, text = request.form.get("kept", ""), request.form.get("text", "")
    if text.strip():
        return Sent(text.encode(), "text.txt")
    try:
        return Sent(b64decode(kept, validate=True), request.form.get("name", "")[:200]) if kept else None
    except (NotBase64, ValueError):
        return None


def _choices() -> list[Openable]:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = openable(connection, who().actor.id or 0)
    return [one for one in once_each(found) if one.existing_state in (None, "draft", "closed")]


def _chosen(key: str | None) -> Openable | None:
    return next((one for one in _choices() if one.key == key), None)


def _page(*, faults: list[tuple[str | None, str]] | None = None, status: int = 200) -> Response:
    choices = _choices()
    asked = request.values.get("where") or ""
    of = request.args.get("submission", "")
    matching = next((one.key for one in choices if str(one.existing_id) == of), None)
    return page(
        "import.html",
        status=status,
        choices=choices,
        where=asked or matching or (choices[0].key if choices else ""),
        faults=faults or [],
        text=request.form.get("text", ""),
        largest=LARGEST // 1024 // 1024,
    )


def _preview(done: Imported, sent: Sent, chosen: Openable) -> Response:
    notes = notes_of(done.findings, form_type(str(done.document["form"])), language())
    changes = [{**one.rendered(language()), "place": place(one.path, language())} for one in done.changes]
    rows = {name: len(done.document[name]) for name in ("key_tasks", "other_tasks", "indicators")}
    return page(
        "import_preview.html",
        done=done,
        chosen=chosen,
        name=sent.name,
        kept=b64encode(sent.data).decode() if len(sent.data) <= MOST_CARRIED else "",
        changes=changes[:_MOST_SHOWN],
        more=max(0, len(changes) - _MOST_SHOWN),
        rows=rows,
        groups=grouped(notes),
        section_words=SECTION_WORDS,
    )
