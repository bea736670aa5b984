"""填报: one page, six sections, each a form of its own that saves with or without scripts.

A section carries the version and the value that it started from. Where somebody else saved meanwhile, changes of different
cells go together by themselves; the same cell is put before the person, and neither side is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug import Response

from service.db import unit_of_work
from service.queries.draft_times import section_saved
from service.queries.drafts import Draft, draft
from service.queries.facts import facts_of
from service.queries.revisions import last_year_document
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.save_section import SavedSection, save_section
from service.web import evaluation
from service.web.editor_balance import Sums
from service.web.editor_clash import clash_page
from service.web.editor_merge import merge
from service.web.editor_paste import pasted
from service.web.editor_post import UnreadableError, from_last_year, moved, read_section
from service.web.editor_screen import screen
from service.web.editor_view import CellView, Value, packed, unpacked
from service.web.formats import money
from service.web.frame import gettext, language, ngettext, page, who
from service.web.replies import fragment_values, json_reply, refused_page, wants_json
from service.web.section_kinds import EVALUATION, kept, section_named, sent
from workflows.deadlines import BEIJING
from workflows.draft import HEAD
from workflows.engine import step
from workflows.errors import InvalidRequest, NotPossibleNow, StaleVersion
from workflows.facts import Request
from workflows.forms import form_type
from workflows.forms.base import Section, Shape, Stage
from workflows.lifecycle import Action, State
from workflows.refusals import explained_error


@dataclass(frozen=True, slots=True)
class Posted:
    """A section as it was posted: `do` is the button, `at` the row to look at afterwards, `indicators` their number."""

    submission_id: int
    kind: Section
    value: Value
    do: str
    at: int | None
    indicators: int


blueprint = Blueprint("editor", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


def editor_page(connection: Connection, case: Case) -> Response:
    """The editor of a draft for its filler; `/submissions/<id>` shows it."""
    merged = request.args.get("merged", "")
    values = screen(connection, who().actor, case)
    return page("editor.html", **values, faults=(), merged=int(merged) if merged.isdecimal() and len(merged) < 4 else 0)


@blueprint.post("/submissions/<int:submission_id>/sections/<section>")
def save(submission_id: int, section: str) -> Response:
    """Save one section as typed, and move its rows if a row's button was pressed."""
    do = request.form.get("do", "save")
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        kind = section_named(form_type(case.form), section)
        if kind is None:
            return refused_page([(None, gettext("没有这一节，请刷新页面后再试。"))], status=404)
        # Before anything else: a refused page shows the draft again, and that is for nobody but who may type into it.
        action = Action.SAVE_ACTUALS if kind.name in EVALUATION else Action.EDIT
        step(who().actor, facts_of(connection, case), Request(action))
        current = _draft(connection, case)
        try:
            typed = read_section(kind, request.form.items(multi=True), kept(kind, current)[1])
            value, at = _moved(connection, case, kind, typed, do=do)
            sent(kind, value, len(current.document["indicators"]))
        except UnreadableError as unreadable:
            words = gettext("不认识或重复的栏目：%(names)s") % {"names": "、".join(unreadable.names)}
            return refused_page([(None, words)], status=400)
    return _saved(Posted(submission_id, kind, value, do, at, len(current.document["indicators"])))


def _draft(connection: Connection, case: Case) -> Draft:
    """The draft that may be typed into; elsewhere the use case's own refusal says why not."""
    if case.locked.state in (State.DRAFT, State.YEAR_END_EVALUATION):
        return draft(connection, case)
    raise NotPossibleNow("not_in_this_state", state=case.locked.state.value, action=Action.EDIT.value)


def _moved(connection: Connection, case: Case, kind: Section, value: Value, *, do: str) -> tuple[Value, int | None]:
    if kind.shape is not Shape.ROWS or do == "save" or kind.name in EVALUATION:
        return value, None
    if do == "last_year":
        last = last_year_document(connection, case) or {}
        return from_last_year(kind, value, last.get(kind.name) or []), len(value)
    if do == "restore":
        return _restored(kind), None
    if do == "paste":
        return _pasted(kind, value)
    return moved(kind, value, do=do)


def _restored(kind: Section) -> Value:
    """The rows as they were before they moved, tags included: they went out with the page and come back with the undo.

    A browser held them meanwhile, so keys of later stages (points of a reviewer) are not taken from it.
    """
    rows = _fitting(kind, unpacked(request.form.get("undo", "")))
    if rows is None:
        raise UnreadableError(["undo"])
    wanted = {one.name for one in kind.fields if one.stage is not Stage.EVALUATION}
    return [{name: cell for name, cell in row.items() if name in wanted} for row in rows]


def _pasted(kind: Section, value: Value) -> tuple[Value, int]:
    row, _, field = request.form.get("at", "").partition(".")
    at = int(row) if row.isascii() and row.isdigit() and len(row) < 5 else len(value)
    done = pasted(kind, value, request.form.get("paste", ""), row=min(at, len(value)), field=field)
    return done.rows, min(at, len(value))


def _saved(posted: Posted) -> Response:
    try:
        saved = _save(posted, posted.value, _version(request.form.get("base_version")))
    except StaleVersion:
        return _joined(posted)
    except InvalidRequest as error:
        return _impossible(posted, error)
    return _after(posted, saved, taken=0)


def _save(posted: Posted, value: Value, base_version: int) -> SavedSection:
    with unit_of_work(current_app.extensions["jixiao"].factory) as session:
        return save_section(
            session,
            who().actor,
            submission_id=posted.submission_id,
            section=posted.kind.name,
            value=sent(posted.kind, value, posted.indicators),
            base_version=base_version,
        )


def _joined(posted: Posted) -> Response:
    """Somebody saved this section meanwhile: join what goes together, ask about the rest."""
    kind = posted.kind
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=posted.submission_id)
        current = _draft(connection, case)
        version, theirs = kept(kind, current)
        saved_last = section_saved(connection, posted.submission_id, section=kind.name)
    base = _fitting(kind, unpacked(request.form.get("base", "")))
    merged = merge(kind, base=base, mine=posted.value, theirs=theirs)
    if merged.conflicts:
        if wants_json():
            return json_reply({"clash": True}, status=409)
        return clash_page(case, kind, merged, current=current, version=version, base=packed(theirs), saved=saved_last)
    try:
        saved = _save(posted, merged.value, version)
    except StaleVersion:  # A third person within the same blink.
        return _joined(posted)
    return _after(posted, saved, taken=merged.taken)


def _fitting(kind: Section, base: Value) -> Value:
    """The base as it came back from the browser, None where it is no value of this section."""
    if kind.shape is Shape.ROWS:
        fits = isinstance(base, list) and all(isinstance(row, dict) for row in base)
    else:
        fits = isinstance(base, dict if kind.shape is Shape.FIELDS else str)
    return base if fits else None


def _after(posted: Posted, saved: SavedSection, *, taken: int) -> Response:
    name, at = posted.kind.name, posted.at
    if not wants_json():
        where = f"r-{name}-{at}" if at is not None and at >= 0 else f"sec-{'basic' if name == HEAD else name}"
        page_of = "/evaluation" if name in EVALUATION else ""
        query = f"?merged={taken}" if taken else ""
        return redirect(f"/submissions/{posted.submission_id}{page_of}{query}#{where}", 303)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=posted.submission_id)
        if name in EVALUATION:
            return json_reply(evaluation.changes(connection, case, posted.kind, saved, taken=taken))
        values = {**screen(connection, who().actor, case), **fragment_values()}
    answer = _changes(posted.kind, saved, values, whole=posted.do != "save" or taken > 0, at=at, taken=taken)
    words = ngettext("已合并他人的 %(num)d 处修改。", "已合并他人的 %(num)d 处修改。", taken) % {"num": taken}
    return json_reply(answer | ({"said": words} if taken else {}))


def _changes(
    kind: Section, saved: SavedSection, values: dict[str, Any], *, whole: bool, at: int | None, taken: int
) -> dict[str, Any]:
    """What the page swaps after a save: status, steps, panel, sums and marks; the section itself only if rows moved."""
    sections = values["sections"]
    cells = [
        cell for view in (*sections.values(), values["head_view"])
        for cell in (*view.cells, *(cell for row in view.rows for cell in row.cells))
    ]  # fmt: skip
    answer: dict[str, Any] = {
        "version": saved.version,
        "base": packed(saved.value),
        "saved_at": values["case"].now.astimezone(BEIJING).strftime("%H:%M:%S"),
        "taken": taken,
        "marks": {cell.id: cell.mark for cell in cells if cell.mark},
        "html": {
            "panel": render_template("editor/panel.html", **values),
            "steps": render_template("editor/steps.html", **values),
            "bal": render_template("editor/balance.html", **values),
            "sum-mark": render_template("editor/mark.html", **values),
        },
        "text": sums_text(values["sums"]),
    }
    for view in (*sections.values(), values["head_view"]):
        if view.max_rows:
            answer["html"][f"m-{view.code}"] = render_template("editor/row_messages.html", **values, view=view)
        for cell in view.cells:
            answer["html"][f"n-{cell.id}"] = render_template("editor/cell_messages.html", **values, cell=cell)
    if kind.shape is Shape.ROWS and whole:
        answer["section"] = render_template("editor/rows.html", **values, view=sections[kind.name])
        answer["focus"] = f"r-{kind.name}-{at}" if at is not None and at >= 0 else None
    if taken:
        answer["values"] = {cell.id: cell.text for cell in _cells_of(kind, values)}
    return answer


def _cells_of(kind: Section, values: dict[str, Any]) -> list[CellView]:
    view = values["head_view"] if kind.name == HEAD else values["sections"][kind.name]
    return [*view.cells, *(cell for row in view.rows for cell in row.cells)]


def sums_text(sums: Sums) -> dict[str, str]:
    """The sums of the page by the ids of their places."""
    return {
        "sum-spending": money(sums.spending),
        "sum-income": money(sums.income),
        "sub-key_tasks": money(sums.key_tasks),
        "sub-other_tasks": money(sums.other_tasks),
    }


def _impossible(posted: Posted, error: InvalidRequest) -> Response:
    """The page again with all that was typed, and the reason on top."""
    words, name = explained_error(error, lang=language()), posted.kind.name
    if wants_json():
        return json_reply({"refused": words, "field": error.field}, status=400)
    faults: list[tuple[str | None, str]] = [(f"#sec-{'basic' if name == HEAD else name}", words)]
    if name in EVALUATION:
        return refused_page(faults, status=400)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=posted.submission_id)
        values = screen(connection, who().actor, case, posted={name: posted.value})
    return page("editor.html", status=400, **values, faults=faults, merged=0)


def _version(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest("stale_version", field="base_version")
    return int(text)
