"""Signing in and out, and one's own password, for programs. Browsers use the pages; both end in the same use cases."""

from __future__ import annotations

from flask import Response, request

from service.api import cookies, desk_replies
from service.api.auth import cookie_name, current, public, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import edge, work
from service.api.idempotency import answer
from service.api.problems import SignInFailed, TooManyTries
from service.api.schemas import PasswordIn, SignInIn
from service.db import unit_of_work
from service.usecases.accounts import change_password
from service.usecases.sign_in import Failed, Opened, sign_in, sign_out
from workflows.errors import InvalidRequest

blueprint = json_alone(api_blueprint("sessions", about="Sign-in"))
blueprint.abp_security = []
public(blueprint, anonymous=True)

own = json_alone(api_blueprint("own_session", about="Your own session and password"))
sign_in_required(own, password_change=True)


@blueprint.post("/sessions", responses={201: desk_replies.SignedInOut})
def create_session(body: SignInIn) -> Response:
    """Sign in. The reply sets the session cookie; writes then need `csrf` as the header X-CSRFToken."""
    opened = open_session(body.username, body.password)
    shown = {
        "person_id": opened.person_id,
        "csrf": opened.csrf,
        "expires_at": opened.expires_at,
        "must_change_password": opened.must_change_password,
    }
    return cookies.set_session(answer(201, shown), opened)


def open_session(username: str, password: str) -> Opened:
    """Check a password for the page and the API alike. Raises SignInFailed, TooManyTries."""
    settings = edge().settings
    with unit_of_work(edge().factory) as session:
        found = sign_in(
            session,
            settings,
            username=username,
            password=password,
            address=request.remote_addr,
            agent=request.headers.get("User-Agent"),
            replaces=request.cookies.get(cookie_name(settings)),
        )
    edge().metrics.sign_ins.labels(found.reason if isinstance(found, Failed) else "opened").inc()
    if isinstance(found, Opened):
        return found
    if found.retry_after is not None:
        raise TooManyTries(found.reason, retry_after=found.retry_after)
    raise SignInFailed(found.reason, limit=str(settings.lock_after_failures), minutes=str(settings.lock_minutes))


@own.get("/sessions/current", responses={200: desk_replies.SessionOut})
def show_session() -> Response:
    """Who is asking, with the roles held and the CSRF token of the session."""
    who = current()
    roles = [{"role": grant.role.value, "department_id": grant.department_id} for grant in who.actor.grants]
    shown = {"person_id": who.actor.id, "name": who.actor.name, "language": who.actor.language, "roles": roles}
    return answer(200, shown | {"csrf": who.csrf, "must_change_password": who.must_change_password})


@own.delete("/sessions/current", responses={204: None})
def end_session() -> Response:
    """Sign out: the session is gone, and a copy of its cookie with it. A token has no session to end."""
    who = current()
    if who.session_id is None:
        raise InvalidRequest("no_such_action")
    with work() as session:
        sign_out(session, who.actor, session_id=who.session_id)
    return cookies.clear_session(Response(status=204))


@own.post("/account/password", responses={204: None})
def change_own_password(body: PasswordIn) -> Response:
    """Change your own password; every other session of yours ends."""
    who = current()
    with work() as session:
        change_password(
            session,
            who.actor,
            current=body.current_password,
            new=body.new_password,
            profile=edge().settings.password_profile,
            kept_session=who.session_id,
        )
    return Response(status=204)
