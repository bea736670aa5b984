"""The session cookie: opaque, for this host alone, out of reach of scripts."""

from __future__ import annotations

from flask import Response

from service.api.auth import cookie_name
from service.api.edge import edge
from service.usecases.sign_in import Opened


def set_session(response: Response, opened: Opened) -> Response:
    """Hand the token over. It ends with the browser, and on the server in any case."""
    settings = edge().settings
    response.set_cookie(
        cookie_name(settings), opened.token, path="/", secure=settings.cookie_secure, httponly=True, samesite="Lax"
    )
    return response


def clear_session(response: Response) -> Response:
    """Take the cookie back and ask the browser to forget what it kept of the pages."""
    settings = edge().settings
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.cookie_secure, httponly=True, samesite="Lax"
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
