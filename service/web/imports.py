"""导入: a form file is read, shown beside the draft with every change, choice and finding, and only then written.

The same page gives out the workbook that is filled in without the system and comes back here.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from urllib.parse import quote

from flask import Blueprint, current_app, make_response, redirect, request
from werkzeug import Response

from service.db import unit_of_work
from service.importers import ReadResult, UnreadableForm
from service.importers.amount_choices import with_amounts
from service.queries.openable import Openable, once_each, openable
from service.render.export import MEDIA_TYPES
from service.render.offline_draft import offline_draft
from service.render.offline_workbook import offline_workbook
from service.usecases.import_form import LARGEST, Imported, import_form, read_file
from service.usecases.open_draft import open_draft
from service.web.editor_notes import notes_of
from service.web.editor_screen import grouped
from service.web.form_words import SECTION_WORDS
from service.web.formats import now
from service.web.frame import gettext, language, page, who
from service.web.import_view import (
    alterations,
    amount_rows,
    amounts_of,
    change_rows,
    choice_rows,
    facts,
    form_name,
    picks_of,
)
from workflows.deadlines import beijing_date
from workflows.errors import DomainError, NotPossibleNow, StaleVersion
from workflows.forms import form_type
from workflows.incoming import packed_versions, unpacked_versions
from workflows.refusals import explained_error

blueprint = Blueprint("imports", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

# A file up to here travels with the preview and need not be chosen a second time; forms have some 10 kB.
MOST_CARRIED = 300_000  # bytes
_MOST_SHOWN = 60
_MOST_ROWS = 300


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
    """Read the file. Without `write` it is shown what it would change; with it that is written, if it is still the same."""
    sent = _sent()
    chosen = _chosen(request.form.get("where"))
    if chosen is None:
        return _page(faults=[("#where", gettext("请选择要填报的部门和周期。"))], status=400)
    if sent is None:
        return _page(faults=[("#file", gettext("请选择一个文件。"))], status=400)
    try:
        result = read_file(sent.data, sent.name)  # before the transaction: a slow file holds no lock
        if request.form.get("do") != "write":
            return _preview(_import(chosen, result, dry_run=True), sent, chosen)
        return _written(sent, chosen, result)
    except UnreadableForm as unreadable:
        return _page(faults=[("#file", one) for one in unreadable.sentences(language())], status=400)
    except DomainError as error:
        return _page(faults=[("#file", explained_error(error, lang=language()))], status=400)


def _written(sent: Sent, chosen: Openable, result: ReadResult) -> Response:
    """The draft, or the preview once more where it is no longer what was seen; with all that was chosen, not yet done."""
    try:
        done = _import(chosen, with_amounts(result, amounts_of(request.form)), dry_run=False)
    except StaleVersion:
        words = gettext("您看预览的时候，这份表又有了修改。下面是新的对照，还没有写入，请再确认一次。")
        return _preview(_import(chosen, result, dry_run=True), sent, chosen, said=words)
    except NotPossibleNow as error:
        if error.reason != "import_conflicts":
            raise
        words = explained_error(error, lang=language())
        return _preview(_import(chosen, result, dry_run=True), sent, chosen, said=words)
    return redirect(f"/submissions/{done.submission_id}", 303)


def _import(chosen: Openable, result: ReadResult, *, dry_run: bool) -> Imported:
    actor, seen = who().actor, unpacked_versions(request.form.get("seen", ""))
    with unit_of_work(current_app.extensions["jixiao"].factory) as session:
        done = import_form(
            session, actor, cycle_id=chosen.cycle_id, department_id=chosen.department_id, read=result,
            dry_run=dry_run, seen=seen, picks=picks_of(request.form),
        )  # fmt: skip
        if dry_run or done.submission_id is not None:
            return done
        opened = open_draft(
            session, actor, department_id=done.department_id, cycle_id=done.cycle_id, document=done.document
        )
        return replace(done, submission_id=opened.id)


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
    today = beijing_date(now())
    writable = [one for one in once_each(found) if one.existing_state in (None, "draft", "closed")]
    # A draft may be finished late; a new one is not begun.
    return [one for one in writable if one.existing_state == "draft" or not one.has_ended(today)]


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
        form_names={one.form: form_name(one.form, language()) for one in choices},
        largest=LARGEST // 1024 // 1024,
    )


def _preview(done: Imported, sent: Sent, chosen: Openable, *, said: str = "") -> Response:
    """What would be written. `said`: why it is shown again."""
    form, lang = form_type(str(done.document["form"])), language()
    read = alterations(done, lang)
    changes = change_rows(form, done, lang)
    return page(
        "import_preview.html",
        status=409 if said else 200,
        said=said,
        done=done,
        chosen=chosen,
        name=sent.name,
        kept=b64encode(sent.data).decode() if len(sent.data) <= MOST_CARRIED else "",
        seen=packed_versions(done.versions),
        form_name=form_name(chosen.form, lang),
        facts=facts(form, done, lang),
        rows=changes[:_MOST_ROWS],
        more_rows=max(0, len(changes) - _MOST_ROWS),
        counts={kind: sum(one.kind == kind for one in changes) for kind in ("changed", "added", "removed", "moved")},
        choices=choice_rows(form, done, lang),
        amounts=amount_rows(form, done, lang),
        picks=request.form,
        changes=read[:_MOST_SHOWN],
        more=max(0, len(read) - _MOST_SHOWN),
        groups=grouped(notes_of(done.findings, form, lang)),
        section_words=SECTION_WORDS,
    )


@blueprint.get("/submissions/<int:submission_id>/workbook")
def workbook(submission_id: int) -> Response:
    """The offline workbook of a draft, for whoever may type into it."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        draft = offline_draft(connection, who().actor, submission_id=submission_id)
    name = quote(f"{draft.fiscal_year}_{draft.department}_{gettext('离线填报')}.xlsx")
    response = make_response(offline_workbook(draft, lang=language()))
    response.headers["Content-Type"] = MEDIA_TYPES["xlsx"]
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"form-{submission_id}.xlsx\"; filename*=UTF-8''{name}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
