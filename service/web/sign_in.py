"""Sign-in, sign-out and the choice of a language: the pages that a visitor sees."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.api.auth import cookie_name, public
from service.api.edge import edge
from service.db import unit_of_work
from service.i18n import LANGUAGES
from service.usecases.accounts import change_language
from service.usecases.sign_in import Failed, Opened, sign_in, sign_out
from service.web.frame import LANGUAGE_COOKIE, LANGUAGE_SECONDS, language, page, signed_in
from service.web.resume import Kept, kept_of_form
from workflows.catalogue import sentence

blueprint = Blueprint("sign_in", __name__)
public(blueprint)

LONGEST_NAME: Final = 64


@blueprint.get("/sign-in")
def form() -> Response:
    """The form; somebody who is signed in already has no use for it."""
    if signed_in() is not None:
        return redirect(_inside(request.args.get("next")), 303)
    return sign_in_page(ended="ended" in request.args)


@blueprint.post("/sign-in")
def enter() -> Response:
    """Open a session and go where the person was heading. A wrong password is one sentence and names no field."""
    settings, name = edge().settings, request.form.get("username", "")[:LONGEST_NAME]
    with unit_of_work(edge().factory) as session:
        opened = sign_in(
            session,
            settings,
            username=name,
            password=request.form.get("password", ""),
            address=request.remote_addr,
            agent=request.user_agent.string,
            replaces=request.cookies.get(cookie_name(settings)),
        )
    if isinstance(opened, Failed):
        status = 429 if opened.retry_after else 401
        return sign_in_page(status=status, username=name, error=_words(opened), kept=kept_of_form(request.form))
    response = _entered(opened)
    response.set_cookie(
        cookie_name(settings), opened.token, secure=settings.cookie_secure, httponly=True, samesite="Lax", path="/"
    )
    return response


def _entered(opened: Opened) -> Response:
    """On to where the person was heading; a form that was sent too late is shown once more, to be sent now."""
    kept = kept_of_form(request.form)
    if kept is not None and not opened.must_change_password:
        return page("resume.html", kept=kept, token=opened.csrf)
    where = "/account/password" if opened.must_change_password else _inside(request.form.get("next"))
    return redirect(where, 303)


@blueprint.post("/sign-out")
def leave() -> Response:
    """End this session: its row is deleted, so a copy of the cookie is dead too, and the browser forgets the pages."""
    known = signed_in()
    if known is not None and known.session_id is not None:
        with unit_of_work(edge().factory) as session:
            sign_out(session, known.actor, session_id=known.session_id)
    response = redirect("/sign-in", 303)
    response.delete_cookie(
        cookie_name(edge().settings), path="/", secure=edge().settings.cookie_secure, httponly=True, samesite="Lax"
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/language")
def choose() -> Response:
    """The other language: kept with the account, and in a cookie for the page before sign-in."""
    chosen = request.form.get("language", "")
    response = redirect(own_path(request.form.get("next")), 303)
    if chosen not in LANGUAGES:
        return response
    known = signed_in()
    if known is not None:
        with unit_of_work(edge().factory) as session:
            change_language(session, known.actor, language=chosen)
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=LANGUAGE_SECONDS, secure=edge().settings.cookie_secure, samesite="Lax"
    )
    return response


def own_path(text: str | None) -> str:
    """A path of this site and of nothing else: an address to return to must not lead people away."""
    path = text or "/"
    plain = path.startswith("/") and not path.startswith(("//", "/\\", "/language", "/sign-out"))
    return path if plain and all(char.isprintable() and char != "\\" for char in path) else "/"


def _inside(text: str | None) -> str:
    """Where somebody who is signed in goes: the sign-in page is no place for them."""
    path = own_path(text)
    return "/" if path.startswith("/sign-in") else path


def sign_in_page(
    *, status: int = 200, username: str = "", error: str = "", ended: bool = False, kept: Kept | None = None
) -> Response:
    """The form, with what went wrong, and with a form that waits to be sent."""
    following = request.values.get("next", "")
    return page(
        "sign_in.html",
        status=status,
        username=username,
        error=error,
        ended=ended and not error,
        kept=kept,
        following=following if _inside(following) == following else "",
    )


def _words(failed: Failed) -> str:
    """What went wrong; the minutes left where a limit was reached."""
    settings = current_app.extensions["jixiao"].settings
    minutes = -(-failed.retry_after // 60) if failed.retry_after else settings.lock_minutes
    return sentence(f"error.{failed.reason}", language(), limit=settings.lock_after_failures, minutes=minutes)
