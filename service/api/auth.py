"""Who is asking: a session cookie or a bearer token becomes an `Actor`, in one statement, before any view runs.

Every blueprint says `blueprint.auth = "required"` or `"public"`; the application does not start with one that says
nothing. A cookie needs a CSRF token for every write; a bearer token, which no browser sends by itself, does not.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service import logs
from service.api.edge import SAFE_METHODS, edge, give_back, statements
from service.api.idempotency import key_of_request
from service.api.problems import CsrfFailed, NotSignedIn, PasswordChangeRequired
from service.db import unit_of_work
from service.queries.actor import SignedIn, by_session, by_token
from service.security import same, token_hash
from service.settings import Settings

REQUIRED: Final = "required"
PUBLIC: Final = "public"
CSRF_HEADER: Final = "X-CSRFToken"
CSRF_FIELD: Final = "csrf_token"
# Two tabs show the sign-in page, one signs in: the form of the other has no token and must still work.
SIGN_IN: Final = "sign_in.enter"
# What sends its own single statements next: for them the connection is not given back in between.
_GO_ON: Final = frozenset({"api_decisions.act", "freshness.fresh", "presence.tell"})
# A session is written to at most this often, and never on the way of a decision.
SEEN_EVERY: Final = timedelta(minutes=1)
_TOUCH = text("""
update web_session set last_seen_at = now() where id = :id and last_seen_at < now() - interval '1 minute'
""")
_log = logs.logger("auth")


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host, its root path and HTTPS; plain HTTP on loopback can't have that."""
    return "__Host-jixiao_session" if settings.cookie_secure else "jixiao_session"


def sign_in_required(blueprint: Blueprint, *, password_change: bool = False) -> None:
    """Nobody reaches this blueprint without a session or a token.

    `password_change`: open also to those who must change their password first.
    """
    blueprint.auth = REQUIRED  # type: ignore[attr-defined]
    blueprint.password_change = password_change  # type: ignore[attr-defined]


def public(blueprint: Blueprint, *, anonymous: bool = False) -> None:
    """Everybody reaches this blueprint. `anonymous`: it never wants to know who asks, so the database is not asked."""
    blueprint.auth = PUBLIC  # type: ignore[attr-defined]
    blueprint.anonymous = anonymous  # type: ignore[attr-defined]


def install(app: Flask) -> None:
    """Put the question before every request. Called after the blueprints are registered; one without auth stops it."""
    silent = sorted(
        name for name, one in app.blueprints.items() if getattr(one, "auth", None) not in (REQUIRED, PUBLIC)
    )
    if silent:
        raise RuntimeError(f"blueprints that do not say who may come in: {', '.join(silent)}")
    app.before_request(_ask)
    app.teardown_request(_end)
    app.teardown_request(give_back)  # the last that was registered runs first


def current() -> SignedIn:
    """Whoever asks; only where sign-in is required."""
    who = cast("SignedIn | None", g.get("signed_in"))
    if who is None:
        raise NotSignedIn
    return who


def _ask() -> Response | None:
    blueprint = _blueprint()
    if request.endpoint is None:  # 404 and 405 need no name
        return None
    required = blueprint is None or blueprint.auth == REQUIRED
    if getattr(blueprint, "anonymous", False):
        return None
    who = _identify()
    if who is None:
        if required:
            raise NotSignedIn
        _refuse_foreign_write()
        return None
    g.signed_in = who
    logs.bind(actor_id=who.actor.id)
    if request.endpoint == SIGN_IN:
        _refuse_foreign_write()
    else:
        _check_csrf(who)
    if required and who.must_change_password and not getattr(blueprint, "password_change", False):
        raise PasswordChangeRequired
    return None


def _blueprint() -> Any:  # noqa: ANN401  # blueprints carry attributes of ours
    return current_app.blueprints.get(request.blueprint) if request.blueprint else None


def _identify() -> SignedIn | None:
    """The person behind the bearer token, else behind the cookie. Without either the database is not asked."""
    settings = edge().settings
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    key = key_of_request()
    if scheme.lower() == "bearer" and token:
        who = by_token(statements(), token_hash(token.strip()), key=key)
    else:
        cookie = request.cookies.get(cookie_name(settings))
        if not cookie:
            return None
        who = by_session(statements(), token_hash(cookie), key=key, idle_minutes=settings.session_idle_minutes)
    if request.endpoint not in _GO_ON:
        give_back(None)  # no connection waits while a file is read or a page is drawn
    return who


def _check_csrf(who: SignedIn) -> None:
    if request.method in SAFE_METHODS or who.csrf is None:
        return
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD) or request.form.get("csrf", "")
    if not same(sent, who.csrf):
        raise CsrfFailed


def _refuse_foreign_write() -> None:
    """Before sign-in there is no secret to compare: the browser's own word must do for who sent a form.

    Browsers of the last years send Origin with a POST, older ones a Referer. What calls itself a browser and sends
    neither was told by a page to hide where it came from. Programs send none, and no cookie by themselves.
    """
    if request.method in SAFE_METHODS:
        return
    sender = request.headers.get("Origin") or request.headers.get("Referer")
    if sender is None and not request.headers.get("User-Agent", "").startswith("Mozilla/"):
        return
    own = {request.host, urlsplit(edge().settings.url).netloc}
    if urlsplit(sender or "").netloc not in own:
        raise CsrfFailed


def _end(_error: BaseException | None) -> None:
    who = cast("SignedIn | None", g.get("signed_in"))
    if who is None or who.session_id is None or who.last_seen_at is None or g.get("rests"):
        return  # `rests`: a request that a page makes by itself, which is no sign of a person
    if datetime.now(UTC) - who.last_seen_at > SEEN_EVERY:
        try:
            with unit_of_work(edge().factory) as session:
                session.execute(_TOUCH, {"id": who.session_id})
        except SQLAlchemyError as error:  # the reply is out; the next request touches it again
            _log.warning("session_not_touched", error=type(error).__name__)
