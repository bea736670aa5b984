"""我的账号: who I am here, in which language, whether keys act, where I am signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.db import unit_of_work
from service.queries.people import person, sessions_of
from service.usecases.accounts import change_shortcuts
from service.usecases.sign_in import end_all_sessions, sign_out
from service.web.frame import page, who
from workflows.errors import InvalidRequest, NotFound

blueprint = Blueprint("account", __name__)
sign_in_required(blueprint)

LARGEST = 2**62


@blueprint.get("/account")
def show() -> Response:
    """The account of whoever asks."""
    known = who()
    assert known.actor.id is not None, "a person has an account"
    with edge().engine.connect() as connection:
        me = person(connection, known.actor.id)
        sessions = sessions_of(connection, known.actor.id, idle_minutes=edge().settings.session_idle_minutes)
    return page("account.html", me=me, sessions=sessions, current=known.session_id)


@blueprint.post("/account/shortcuts")
def shortcuts() -> Response:
    """Switch one's keys on or off; what is neither changes nothing."""
    wanted = {"on": True, "off": False}.get(request.form.get("shortcuts", ""))
    if wanted is None:
        raise InvalidRequest("shortcuts_on_or_off", field="shortcuts")
    with unit_of_work(edge().factory) as session:
        change_shortcuts(session, who().actor, on=wanted)
    return redirect("/account?kept#h-keys", 303)


@blueprint.post("/account/sessions/<int:session_id>/end")
def end(session_id: int) -> Response:
    """End one other session of one's own; its cookie is dead at once."""
    with unit_of_work(edge().factory) as session:
        if session_id > LARGEST or not sign_out(session, who().actor, session_id=session_id):
            raise NotFound
    return redirect("/account#sessions", 303)


@blueprint.post("/account/sessions/end-others")
def end_others() -> Response:
    """End every session but this one."""
    with unit_of_work(edge().factory) as session:
        end_all_sessions(session, who().actor, kept=who().session_id)
    return redirect("/account#sessions", 303)
