"""催办 and 抄送 at a form: hurry those with whom it lies, give copies to people who may see it, read one's own copy."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.api.problems import problem_of
from service.db import unit_of_work
from service.queries.courtesies import MOST_READERS, copies_of, readers_of, urges_of
from service.queries.places import place_names
from service.queries.seen import seen
from service.usecases.circulate import circulate, read_copy
from service.usecases.urge import urge
from service.web.frame import page, who
from workflows.courtesies import part_in
from workflows.errors import DomainError, InvalidRequest, NotFound
from workflows.policy import seat_among

blueprint = Blueprint("courtesies", __name__)
sign_in_required(blueprint)

LONGEST: Final = 40
MOST_TICKED: Final = 60


@blueprint.get("/submissions/<int:submission_id>/courtesies")
def show(submission_id: int) -> Response:
    """Who hurried whom and who has a copy, with what this person may do about it."""
    return _page(submission_id)


@blueprint.post("/submissions/<int:submission_id>/urge")
def hurry(submission_id: int) -> Response:
    """Hurry the form. A refusal says when it is possible again."""
    try:
        with unit_of_work(edge().factory) as session:
            urge(session.connection(), who().actor, submission_id=submission_id)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _page(submission_id, fault=error)
    return redirect(f"/submissions/{submission_id}/courtesies?done=urge", 303)


@blueprint.post("/submissions/<int:submission_id>/copies")
def copy(submission_id: int) -> Response:
    """Give copies to the people that were ticked."""
    try:
        people = [_id(value) for value in request.form.getlist("person")[:MOST_TICKED]]
        with unit_of_work(edge().factory) as session:
            circulate(session.connection(), who().actor, submission_id=submission_id, people=people)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _page(submission_id, fault=error)
    return redirect(f"/submissions/{submission_id}/courtesies?done=copy", 303)


@blueprint.post("/submissions/<int:submission_id>/copies/read")
def read(submission_id: int) -> Response:
    """Mark one's own copy as read, and open the form."""
    with unit_of_work(edge().factory) as session:
        seen(session.connection(), who().actor, submission_id=submission_id)
        read_copy(session.connection(), who().actor, submission_id=submission_id)
    return redirect(f"/submissions/{submission_id}", 303)


def _id(value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise InvalidRequest("no_reader", field="people")
    return int(value)


def _page(submission_id: int, *, fault: DomainError | None = None) -> Response:
    actor = who().actor
    words = request.args.get("q", "").replace("\0", "").strip()[:LONGEST]
    with edge().engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        takes_part = part_in(actor, case.place) is not None
        urges, copies = urges_of(connection, submission_id), copies_of(connection, submission_id)
        readers = readers_of(connection, submission_id, text_=words) if takes_part else []
        name = place_names(connection, [case.locked.department_id])[case.locked.department_id]
    problem = problem_of(fault) if fault else None
    return page(
        "courtesies.html",
        status=problem.status if problem else 200,
        case=case,
        name=name,
        urges=urges,
        copies=copies,
        readers=[one for one in readers if one.id != actor.id],
        cut=len(readers) == MOST_READERS,
        words=words,
        takes_part=takes_part,
        can_urge=takes_part and any(not seat_among(actor, [seat]) for seat in case.seats),
        waits=tuple(dict.fromkeys(seat.role for seat in case.seats)),
        problem=problem,
        done=request.args.get("done", ""),
    )
