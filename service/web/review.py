"""One address for a form: its filler writes, its reviewer reads and decides, everybody else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, current_app, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.problems import Problem
from service.queries import inbox
from service.queries.amending import Adjustment, adjustments_of
from service.queries.attachments import attachments_of
from service.queries.colleagues import Colleagues, colleagues_of
from service.queries.facts import facts_of
from service.queries.foresight import Foreseen, foresee
from service.queries.inbox import Tab
from service.queries.opinion_templates import templates_of
from service.queries.places import place_names
from service.queries.remarks import all_remarks, pending_words
from service.queries.seen import seen
from service.queries.submissions import Case
from service.queries.visible import visible_ids
from service.usecases.answer_remarks import choices_of
from service.web import editor, evaluation
from service.web.comparison import chosen_of, counts_of, first_view, sides_of
from service.web.form_tabs import ATTACHMENTS, REMARKS, tabs_of
from service.web.frame import label, language, page, who
from service.web.history import History, history_of
from service.web.remark_fields import typed_of
from service.web.review_panel import Panel, panel_of
from service.web.review_reading import AGAINST, Reading, read
from workflows.engine import allowed
from workflows.facts import Actor, Facts, Request
from workflows.findings import path_parts
from workflows.lifecycle import Action
from workflows.policy import seat_of
from workflows.text_diff import pieces
from workflows.ulid import new_ulid

blueprint = Blueprint("review", __name__)
sign_in_required(blueprint)

QUEUE: Final = 100  # how far the line of forms that wait is followed for "3 of 17"


@blueprint.get("/submissions/<int:submission_id>")
def show(submission_id: int) -> Response:
    """The editor for its filler, the evaluation while actuals are entered, else the form to read and decide on."""
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        facts = facts_of(connection, case)
        offered = {one.action for one in allowed(actor, facts) if one.reason is None}
        if Action.EDIT in offered and "view" not in request.args:
            return editor.editor_page(connection, case)
        if Action.SAVE_ACTUALS in offered and "view" not in request.args:
            return evaluation.evaluation_page(connection, case)
        return reading_page(connection, actor, case, facts)


@dataclass(frozen=True, slots=True)
class Typed:
    """What came back with a decision that was refused, or with remarks that were `kept`: shown again, so that nothing is
    typed twice.
    """

    faults: tuple[tuple[str | None, str], ...] = ()
    fields: Mapping[str, str] | None = None
    status: int = 200
    problem: Problem | None = None
    kept: bool = False
    sections: tuple[str, ...] = ()


def _adjustments(connection: Connection, actor: Actor, case: Case) -> list[Adjustment]:
    """Adjustments of the form that are there for this person."""
    made = adjustments_of(connection, case.locked.id)
    there = visible_ids(connection, actor, ids=[one.id for one in made]) if made else set()
    return [one for one in made if one.id in there]


def reading_page(
    connection: Connection, actor: Actor, case: Case, facts: Facts, *, typed: Typed | None = None
) -> Response:
    """The form to read, with the panel of this person."""
    typed = typed or Typed()
    reading = read(connection, actor, case, lang=language())
    views = reading.views()
    asked = request.args.get("view", "")
    view = asked if asked in views else first_view(reading, views)
    chosen = chosen_of(connection, case, reading, request.args) if view == AGAINST else None
    panel = panel_of(actor, facts, reading.remarks, lang=language())
    pending = [one for one in reading.remarks if one.pending]
    words = pending_words(connection, case.locked.id, reader=actor.id)
    return page(
        "review.html",
        status=typed.status,
        case=case,
        facts=facts,
        name=place_names(connection, [case.locked.department_id])[case.locked.department_id],
        reading=reading,
        view=view,
        tabs=_tabs(connection, actor, case, reading, view),
        history=_history(connection, actor, case, facts),
        panel=panel,
        adjustments=_adjustments(connection, actor, case),
        foreseen=_foreseen(connection, actor, case, panel),
        templates=templates_of(connection, actor) if panel.has_seat else [],
        sections_typed=typed.sections,
        to_answer=_to_answer(connection, actor, case, reading),
        colleagues=_colleagues(connection, actor, case, facts, panel),
        queue=_queue(connection, actor, case),
        faults=typed.faults,
        problem=typed.problem,
        fields={**typed_of((*reading.carried, *pending), words), **(typed.fields or {})},
        pending=pending,
        kept=typed.kept,
        key=new_ulid(),
        done=_done(request.args.get("done", "")),
        comparison=chosen.comparison if chosen else reading.comparisons.get(view),
        chosen=chosen,
        sides=sides_of(view, case, chosen),
        pieces=pieces,
        row_number=lambda path: (path_parts(path)[1] or 0) + 1,
    )


def _foreseen(connection: Connection, actor: Actor, case: Case, panel: Panel) -> dict[str, Foreseen]:
    """What the two acts that the panel is for would do now."""
    open_ = [Action(one.action) for one in (*panel.main, *panel.back) if one.reason is None]
    return {action.value: foresee(connection, actor, case, Request(action)) for action in open_}


def _colleagues(connection: Connection, actor: Actor, case: Case, facts: Facts, panel: Panel) -> Colleagues:
    seat = seat_of(actor, facts)
    names = seat is not None and (panel.hands_over or panel.adds_signer)
    return colleagues_of(connection, actor, case, seat) if seat and names else Colleagues()


def _to_answer(connection: Connection, actor: Actor, case: Case, reading: Reading) -> int:
    """How many suggestions of a form that passed with 良 wait for this person, who fills it in."""
    waiting = (one for one in reading.remarks if one.kind == "suggestion" and not one.pending and one.answer is None)
    return sum(bool(choices_of(connection, actor, case, one)) for one in waiting)


def _done(action: str) -> str:
    """What was just done, in words; anything else in the address says nothing."""
    return label("action", action) if action in list(Action) else ""


def _history(connection: Connection, actor: Actor, case: Case, facts: Facts) -> History:
    seat = seat_of(actor, facts)
    return history_of(connection, case, mine=frozenset({seat.work_item_id}) if seat else frozenset())


def _tabs(connection: Connection, actor: Actor, case: Case, reading: Reading, view: str) -> list[dict[str, Any]]:
    counts = counts_of(reading)
    counts[REMARKS] = len(all_remarks(connection, case.locked.id, reader=actor.id)) or None
    counts[ATTACHMENTS] = len(attachments_of(connection, actor, case)) or None
    return tabs_of(case.locked.id, reading.views(), current=view, counts=counts)


@dataclass(frozen=True, slots=True)
class Queue:
    """Where this form stands in the line of what waits for me, and its neighbours there."""

    number: int
    total: int
    previous: int | None
    following: int | None


def _queue(connection: Connection, actor: Actor, case: Case) -> Queue | None:
    ids = list(dict.fromkeys(line.submission_id for line in inbox.inbox(connection, actor, tab=Tab.TODO, limit=QUEUE)))
    if case.locked.id not in ids:
        return Queue(0, len(ids), None, ids[0]) if ids else None
    at = ids.index(case.locked.id)
    return Queue(
        number=at + 1,
        total=len(ids),
        previous=ids[at - 1] if at else None,
        following=ids[at + 1] if at + 1 < len(ids) else None,
    )
