"""Who has the form open: each open window says so every half a minute, and hears of the others.

A ping is no work: it does not keep a session alive, and it tells how long the session lasts.
"""

from __future__ import annotations

import re

from flask import Blueprint, g, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge, statements
from service.queries import presence
from service.queries.seen import seen
from service.web.editor_answer import present_words
from service.web.frame import who
from service.web.replies import json_reply

blueprint = Blueprint("presence", __name__)
sign_in_required(blueprint)

_WINDOW = re.compile(r"[0-9a-z]{8,40}")
_SECTION = re.compile(r"[a-z][a-z0-9_]{0,39}")


@blueprint.post("/submissions/<int:submission_id>/presence")
def tell(submission_id: int) -> Response:
    """Keep this window among the open ones, or take it out with `gone=yes`."""
    g.rests = True
    connection = statements()
    case = seen(connection, who().actor, submission_id=submission_id)
    here, window = {"submission_id": case.locked.id, "person_id": who().actor.id or 0}, window_of()
    if not window or request.form.get("gone") == "yes":
        presence.leave(connection, **here, window=window)
        return Response(status=204)
    section = request.form.get("section", "")
    at = section if _SECTION.fullmatch(section) else None
    found = presence.ping(connection, **here, window=window, section=at)
    session_id, idle = who().session_id, edge().settings.session_idle_minutes
    left = presence.session_seconds_left(connection, session_id, idle_minutes=idle) if session_id else None
    return json_reply({"present": present_words(found), "state": case.locked.state.value, "seconds_left": left})


def window_of() -> str:
    """The window that a request names, empty where it names none that could be ours."""
    name = request.form.get("window", "")
    return name if _WINDOW.fullmatch(name) else ""
