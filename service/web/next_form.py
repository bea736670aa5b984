"""After a decision the next form of the desk opens by itself, at its top; where none waits, the form that was decided."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.queries import inbox
from service.queries.inbox import Tab
from service.queries.seen import seen
from service.web.frame import who
from service.web.paging import address
from workflows.errors import NotFound
from workflows.lifecycle import Action

blueprint = Blueprint("next_form", __name__)
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/next")
def show(submission_id: int) -> Response:
    """Go to what waits first; `done` says what was just done to the form that one comes from."""
    done = request.args.get("done", "")
    said = done if done in list(Action) else None
    with edge().engine.connect() as connection:
        there = _is_there(connection, submission_id)
        waiting = inbox.inbox(connection, who().actor, tab=Tab.TODO, limit=1)
    if not there and not said:
        raise NotFound
    if waiting and waiting[0].submission_id != submission_id:
        of = submission_id if said and there else None
        return redirect(address(f"/submissions/{waiting[0].submission_id}", {"done": said, "of": of}), 303)
    return redirect(address(f"/submissions/{submission_id}", {"done": said}) if there else "/inbox", 303)


def _is_there(connection: Connection, submission_id: int) -> bool:
    """A form that was seen by its seat alone is gone from sight with the decision."""
    try:
        seen(connection, who().actor, submission_id=submission_id)
    except NotFound:
        return False
    return True
