"""What every reply carries: its request id, the security headers as prepared strings, a line in the log and a count."""

from __future__ import annotations

import re
import secrets
from time import perf_counter
from typing import Final

from flask import Flask, Response, g, request

from service import logs
from service.api.edge import edge
from service.settings import Settings

REQUEST_ID: Final = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = logs.logger("web")

# No inline script, no inline style, no other host: not for a reply of ours, errors included.
CSP: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none';"
    " img-src 'self' data:"
)
ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
TWO_YEARS: Final = "max-age=63072000; includeSubDomains"


def install(app: Flask, settings: Settings) -> None:
    """Put the hooks before and behind every request. The header list is built once."""
    prepared = [*ALWAYS, ("Strict-Transport-Security", TWO_YEARS)] if settings.cookie_secure else [*ALWAYS]

    def finish(response: Response) -> Response:
        headers = response.headers
        headers.extend(prepared)
        headers.setdefault("Content-Security-Policy", CSP)
        headers.setdefault("Cache-Control", "no-store")
        headers[REQUEST_ID] = g.get("request_id", "")
        _note(response.status_code)
        return response

    app.before_request(_begin)
    app.after_request(finish)
    app.teardown_request(lambda _: logs.forget())


def _begin() -> None:
    given = request.headers.get(REQUEST_ID, "")
    g.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    g.began = perf_counter()
    logs.bind(request_id=g.request_id)
    ids = request.view_args or {}
    if "submission_id" in ids:
        logs.bind(submission_id=ids["submission_id"])


def _note(status: int) -> None:
    """Count and log the request by its rule: the path and the query may hold what people typed."""
    rule = request.url_rule.rule if request.url_rule else "unmatched"
    method = request.method if request.method in _METHODS else "OTHER"
    seconds = perf_counter() - g.get("began", perf_counter())
    edge().metrics.answered(method=method, route=rule, status=status, seconds=seconds)
    refused = {"code": g.refused} if "refused" in g else {}
    _log.info("request", method=method, route=rule, status=status, ms=round(seconds * 1000, 1), **refused)


_METHODS: Final = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
