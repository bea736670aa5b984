"""After a decision the next form of the desk opens by itself, at its top; where none waits, the form that was decided."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.queries import inbox
from service.queries.inbox import Tab
from service.queries.seen import seen
from service.web.frame import who
from service.web.paging import address
from workflows.lifecycle import Action

blueprint = Blueprint("next_form", __name__)
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/next")
def show(submission_id: int) -> Response:
    """Go to what waits first; `done` says what was just done to the form that one comes from."""
    done = request.args.get("done", "")
    said = done if done in list(Action) else None
    with edge().engine.connect() as connection:
        seen(connection, who().actor, submission_id=submission_id)
        waiting = inbox.inbox(connection, who().actor, tab=Tab.TODO, limit=1)
    if not waiting or waiting[0].submission_id == submission_id:
        return redirect(address(f"/submissions/{submission_id}", {"done": said}), 303)
    here = f"/submissions/{waiting[0].submission_id}"
    return redirect(address(here, {"done": said, "of": submission_id if said else None}), 303)
