"""Every error of a request becomes a problem: refusals of the domain, shapes, HTTP itself, an absent database, our faults.

Handlers are registered once for the whole application. Under `/api` and for machines the reply is problem+json; pages
give the application a function that shows the same `Problem` as a page (`show_problems_with`).
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, Final

import orjson
from flask import Flask, Response, current_app, g, request
from psycopg import errors as postgres
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from service import logs
from service.api.edge import edge
from service.api.problems import FieldFault, Problem, language, problem, problem_of, words
from service.db import is_outage
from service.importers.unreadable import UnreadableForm
from workflows.catalogue import sentence, texts
from workflows.errors import DomainError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
_PAGES: Final = "jixiao_problem_page"
_MACHINE_PATHS: Final = ("/api", "/health", "/metrics")
_log = logs.logger("edge")

# The text of a request that the database can't keep: NUL, half a surrogate pair, a number beyond its column.
_UNFIT = (postgres.DataError,)
# Somebody else held the row for too long, or two waited for each other: nothing is wrong, ask again.
_BUSY = (postgres.LockNotAvailable, postgres.DeadlockDetected, postgres.SerializationFailure)

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

_HTTP_CODES: Final = {
    400: "invalid_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    414: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "too_many_requests",
    431: "too_large",
    503: "unavailable",
}


def show_problems_with(app: Flask, page: Callable[[Problem], Any]) -> None:
    """Let `page` answer people: it gets the problem and returns a response (or redirects to the sign-in for a 401)."""
    app.extensions[_PAGES] = page


def install(app: Flask) -> None:
    """Register the handlers. A bug is the last of them: logged with its trace, told without it."""
    app.register_error_handler(DomainError, lambda error: reply(problem_of(error)))
    app.register_error_handler(UnreadableForm, _unreadable)
    app.register_error_handler(DBAPIError, _database_fault)
    app.register_error_handler(PoolTimeout, lambda _: reply(_unavailable()))
    app.register_error_handler(HTTPException, _http_fault)
    app.register_error_handler(UnicodeError, lambda _: reply(_no_text()))
    app.register_error_handler(OSError, _disk_fault)
    app.register_error_handler(Exception, _our_fault)


def reply(found: Problem) -> Response:
    """The problem as JSON for machines, as a page for people. The transaction is over before the reply is built."""
    edge().metrics.refusals.labels(found.code).inc()
    g.refused = found.code
    page = current_app.extensions.get(_PAGES)
    if page is None or request.path.startswith(_MACHINE_PATHS):
        response = Response(orjson.dumps(found.as_json()), found.status, content_type=MEDIA_TYPE)
        response.headers["Content-Language"] = language()
    else:
        response = current_app.make_response(page(found))
    for name, value in found.headers:
        response.headers[name] = value
    if found.retry_after is not None:
        response.headers["Retry-After"] = str(found.retry_after)
    if found.status == 401:
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="jixiao"')
    return response


def invalid_fields(error: ValidationError) -> Response:
    """The reply to a request that has not its shape: each field with what is wrong, never with what was sent."""
    lang = language()
    faults = tuple(FieldFault(_place(row["loc"]), _said(row, lang)) for row in error.errors(include_input=False)[:50])
    detail = words("invalid_fields", {"count": str(error.error_count())}, lang=lang)
    first = faults[0].field if faults else None
    return reply(problem(400, "invalid_request", detail=detail, field=first, errors=faults))


def _place(loc: tuple[int | str, ...]) -> str:
    """`("value", 3, "name")` is `value[3].name`. A key that the client made up is cut."""
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part[:60]}" if path else part[:60]
    return path.encode("utf-8", "replace").decode()


def _said(row: Any, lang: str) -> str:  # noqa: ANN401  # pydantic's error details
    key = f"invalid.{row['type']}"
    return sentence(key if key in texts(lang) else "invalid.other", lang, **row.get("ctx", {}))


def _http_fault(error: HTTPException) -> Response:
    if error.response is not None:  # a reply that was thrown, such as that of `invalid_fields`
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status >= 500 and status != 503:
        return _our_fault(error)
    headers = tuple((name, value) for name, value in error.get_headers() if name == "Allow")
    return reply(problem(status, _HTTP_CODES.get(status, "invalid_request"), headers=headers))


def _database_fault(error: DBAPIError) -> Response:
    if isinstance(error.orig, (*_UNFIT, UnicodeError)):
        return reply(_no_text())
    if isinstance(error.orig, _BUSY) or is_outage(error):
        _log.warning("database_unavailable", sqlstate=getattr(error.orig, "sqlstate", None))
        return reply(_unavailable())
    return _our_fault(error)


def _unreadable(error: UnreadableForm) -> Response:
    lang = language()
    faults = tuple(FieldFault("file", text) for text in error.sentences(lang)) if error.more else ()
    return reply(
        problem(400, "unreadable_form", detail=error.sentence(lang), field="file", line=error.line, errors=faults)
    )


def _no_text() -> Problem:
    return problem(400, "invalid_request", detail=words("bytes_unreadable", {}, lang=language()))


def _unavailable() -> Problem:
    g.without_database = True  # a page that asks it again would be the next error
    return problem(503, "unavailable", retry_after=RETRY_SECONDS)


def _disk_fault(error: OSError) -> Response:
    """No room, or a disk that takes nothing: told apart, because the person may try again and somebody has to act."""
    if error.errno not in _FULL:
        return _our_fault(error)
    _log.error("storage_full", errno=error.errno)
    return reply(problem(507, "storage_full"))


def _our_fault(error: Exception) -> Response:
    _log.error("unhandled", error=type(error).__name__, exc_info=error)
    g.without_database = True
    return reply(problem(500, "server_error"))
