"""流转与证据: who did what, when, how long it took, what lies ahead, and whether the record holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.queries.attachments import attachments_of
from service.queries.events import Happened
from service.queries.evidence import verdict
from service.queries.facts import facts_of
from service.queries.places import place_names
from service.queries.revisions import RevisionRow, revisions_of
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.ask_withholding import may_ask
from service.web.beside import beside
from service.web.form_tabs import ATTACHMENTS, TIMELINE, tabs_of
from service.web.frame import language, page, who
from service.web.history import DECISIONS, Done, History, history_of
from service.web.review_reading import read
from workflows.comparison import CellChange, cell_changes, compare
from workflows.facts import Actor
from workflows.policy import seat_of

blueprint = Blueprint("timeline", __name__)
sign_in_required(blueprint)

MOST_CHANGES = 12
_SIGNS = frozenset({"pass", "issue_reply", "confirm"})


@dataclass(frozen=True, slots=True)
class Handed:
    """What a handing-in brought: its revision, and the cells that differ from the one before."""

    number: int
    sha256: str
    changes: tuple[CellChange, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Link:
    """A frozen revision with those who signed it: acts bound to its hash that still stand."""

    revision: RevisionRow
    signed: tuple[Happened, ...]


@blueprint.get("/submissions/<int:submission_id>/timeline")
def show(submission_id: int) -> Response:
    """The record of a form. `show=decisions` leaves out what the system did."""
    actor = who().actor
    with edge().engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        history = _history(connection, actor, case)
        revisions = revisions_of(connection, submission_id)
        checked = verdict(connection, submission_id, revisions=revisions)
        name = place_names(connection, [case.locked.department_id])[case.locked.department_id]
        views = read(connection, actor, case, lang=language()).views()
        files = len(attachments_of(connection, actor, case))
        only = request.args.get("show") == "decisions"
        shown = [one for one in history.done if one.action in DECISIONS] if only else list(history.done)
        told = {} if only else beside(connection, submission_id, shown)
    return page(
        "timeline.html",
        case=case,
        name=name,
        history=history,
        shown=shown,
        beside=told,
        only=only,
        handed=_handed(history, revisions),
        links=_links(history, revisions),
        verdict=checked,
        withholds=may_ask(actor, case),
        tabs=tabs_of(submission_id, views, current=TIMELINE, counts={ATTACHMENTS: files or None}),
    )


def _history(connection: Connection, actor: Actor, case: Case) -> History:
    seat = seat_of(actor, facts_of(connection, case))
    return history_of(connection, case, mine=frozenset({seat.work_item_id}) if seat else frozenset())


def _handed(history: History, revisions: Sequence[RevisionRow]) -> dict[str, Handed]:
    """By event: the revision that each handing-in froze, against the one of its kind before."""
    bound = _bound(history, revisions)
    handed: dict[str, Handed] = {}
    before: dict[str, RevisionRow] = {}
    for one in history.done:
        row = bound.get(one.event.id)
        if row is None or not _freezes(one):
            continue
        older = before.get(row.kind)
        changes = cell_changes(compare(older.document, row.document)) if older else []
        handed[one.event.id] = Handed(row.number, row.sha256, tuple(changes[:MOST_CHANGES]), len(changes))
        before[row.kind] = row
    return handed


def _freezes(one: Done) -> bool:
    return one.action in ("submit", "submit_evaluation", "re_score")


def _links(history: History, revisions: Sequence[RevisionRow]) -> list[Link]:
    bound = _bound(history, revisions)
    signed: dict[int, list[Happened]] = {}
    for one in history.done:
        if one.action in _SIGNS and not one.event.voided and one.event.id in bound:
            signed.setdefault(bound[one.event.id].number, []).append(one.event)
    return [Link(row, tuple(signed.get(row.number, ()))) for row in revisions]


def _bound(history: History, revisions: Sequence[RevisionRow]) -> dict[str, RevisionRow]:
    """By event: the revision that it is about. A second round may hand in the same text, so a hash alone does not tell."""
    unused = sorted(revisions, key=lambda row: row.number)
    standing: dict[str, RevisionRow] = {}
    bound: dict[str, RevisionRow] = {}
    for one in history.done:
        sha256 = one.event.revision_sha256 or ""
        frozen = next((row for row in unused if row.sha256 == sha256), None) if _freezes(one) else None
        if frozen is not None:
            unused.remove(frozen)
            standing[sha256] = frozen
        if sha256 in standing:
            bound[one.event.id] = standing[sha256]
    return bound
