"""申请调整: why approved targets shall change, and a draft to change them in."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, current_app, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.api.auth import sign_in_required
from service.queries.facts import facts_of
from service.queries.places import place_names
from service.queries.seen import seen
from service.usecases.open_adjustment import open_adjustment
from service.web.admin import Faults, done_or_again, number
from service.web.frame import page, who
from workflows.adjustments import Source
from workflows.engine import allowed
from workflows.errors import NotAllowed
from workflows.lifecycle import Action, Role

blueprint = Blueprint("adjustments", __name__)
sign_in_required(blueprint)

LONGEST: Final = 4000


@blueprint.get("/submissions/<int:submission_id>/adjustments/new")
def new(submission_id: int) -> Response:
    """The form: where the adjustment comes from, and why."""
    return _page(submission_id, [], 200)


@blueprint.post("/submissions/<int:submission_id>/adjustments/new")
def create(submission_id: int) -> Response:
    """Open the draft and go there."""
    version = number("version")

    def act(session: Session) -> Response:
        made = open_adjustment(
            session,
            who().actor,
            submission_id=submission_id,
            version=version,
            source=request.form.get("source", ""),
            comment=request.form.get("comment", "").replace("\r\n", "\n").strip()[:LONGEST],
        )
        return redirect(f"/submissions/{made.id}", 303)

    return done_or_again(act, lambda faults, status: _page(submission_id, faults, status))


def _page(submission_id: int, faults: Faults, status: int) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        offered = {one.action for one in allowed(who().actor, facts_of(connection, case))}
        name = place_names(connection, [case.locked.department_id])[case.locked.department_id]
    if Action.OPEN_ADJUSTMENT not in offered and not faults:
        raise NotAllowed("needs_role", role=Role.FILLER.value)
    return page(
        "adjustment.html", status=status, case=case, name=name, faults=faults, typed=request.form,
        sources=[source.value for source in Source],
    )  # fmt: skip
