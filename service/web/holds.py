"""密级标志: each row that a mark holds back, with the two ways to resolve it. There is no third, and none to look away."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.db import unit_of_work
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.resolve_mark import resolve_mark, section_version
from service.web.editor_notes import anchor, split
from service.web.editor_screen import title_of
from service.web.frame import language, page, who
from workflows.document import cell_at
from workflows.engine import allowed
from workflows.errors import CommentRequired, NotFound, NotPossibleNow
from workflows.facts import Request
from workflows.findings import place
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.holds import Hold, holds
from workflows.lifecycle import Action, State
from workflows.policy import may_see_draft
from workflows.refusals import explained_error
from workflows.secrecy import PLACEHOLDER, marks

blueprint = Blueprint("holds", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

WAYS = (Action.REPLACE_WITH_PLACEHOLDER, Action.CLEAR_MARK)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `marked` is the mark itself."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class HeldCell:
    """One cell in which a mark stands, in pieces."""

    place: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """One hold as it is drawn; `version` is that of its section."""

    path: str
    version: int
    place: str
    name: str
    amount: str | None
    cells: tuple[HeldCell, ...]
    replaceable: bool
    anchor: str


@blueprint.get("/submissions/<int:submission_id>/holds")
def show(submission_id: int) -> Response:
    """What is held back, and what this person may do about it."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return _page(connection, seen(connection, who().actor, submission_id=submission_id))


@blueprint.post("/submissions/<int:submission_id>/holds")
def resolve(submission_id: int) -> Response:
    """Resolve one hold, with its reason."""
    action = next((one for one in WAYS if one.value == request.form.get("action")), None)
    version, path = request.form.get("version", ""), request.form.get("path", "")[:80]
    if action is None:
        raise NotPossibleNow("no_mark_here")
    asked = Request(action, comment=request.form.get("comment", "").replace("\r\n", "\n").strip()[:4000] or None)
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            resolve_mark(
                session,
                who().actor,
                submission_id=submission_id,
                version=_whole(version),
                request=asked,
                path=path,
                base_version=_whole(request.form.get("base_version", "")),
            )
    except CommentRequired as error:
        with current_app.extensions["jixiao"].engine.connect() as connection:
            case = seen(connection, who().actor, submission_id=submission_id)
            return _page(connection, case, status=422, wrong=path, words=explained_error(error, lang=language()))
    return redirect(f"/submissions/{submission_id}/holds?done=1", 303)


def _page(connection: Connection, case: Case, *, status: int = 200, wrong: str = "", words: str = "") -> Response:
    actor = who().actor
    if case.locked.state is not State.DRAFT:
        return redirect(f"/submissions/{case.locked.id}", 303)
    if not may_see_draft(actor, case.place):
        raise NotFound
    current = draft(connection, case)
    document = current.document
    buttons = {one.action for one in allowed(actor, facts_of(connection, case)) if one.reason is None}
    return page(
        "holds.html",
        status=status,
        case=case,
        title=title_of(case),
        held=[_held(document, case, hold, section_version(current, hold.path)) for hold in holds(document)],
        replaces=Action.REPLACE_WITH_PLACEHOLDER in buttons,
        clears=Action.CLEAR_MARK in buttons,
        edits=Action.EDIT in buttons,
        placeholder=PLACEHOLDER,
        done="done" in request.args,
        wrong=wrong,
        words=words,
    )


def _held(document: Document, case: Case, hold: Hold, version: int) -> Held:
    form, (section, row, _field) = form_type(case.form), split(hold.path)
    values = document[section][row] if row is not None else {}
    cells = tuple(HeldCell(place(path, language()), _pieces(str(cell_at(document, path)))) for path in hold.cells)
    return Held(
        path=hold.path,
        version=version,
        place=place(hold.path, language()),
        name=str(values.get("name") or values.get("level3") or ""),
        amount=values.get("planned_amount"),
        cells=cells,
        replaceable=hold.replaceable,
        anchor=anchor(hold.cells[0], form),
    )


def _whole(text: str) -> int:
    """A version that the page showed; anything else was seen by nobody and is refused as stale."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _pieces(text: str) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for mark in marks(text):
        pieces += [Piece(text[at : mark.start], marked=False), Piece(mark.text, marked=True)]
        at = mark.end
    return (*(piece for piece in pieces if piece.text), Piece(text[at:], marked=False))
