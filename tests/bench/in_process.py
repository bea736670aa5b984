"""The application called without a server: for the CPU of one request, and to see the SQL that it sends."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine

from service import logs
from service.api.auth import CSRF_HEADER, cookie_name
from service.api.edge import EXTENSION
from service.api.idempotency import HEADER
from service.app import create_app
from service.settings import Settings
from tests.bench.load import RefusedError
from tests.bench.stock import Reviewer


@contextmanager
def application(settings: Settings) -> Iterator[OpenAPI]:
    """The service as in one of its workers; its log lines are written, and thrown away."""
    app = create_app(settings)
    before = structlog.get_config()
    logs.set_up(settings)
    with open("/dev/null", "wb") as nowhere:  # noqa: PTH123
        ours = structlog.get_config() | {"logger_factory": structlog.BytesLoggerFactory(nowhere)}
        structlog.configure(**ours | {"cache_logger_on_first_use": False})
        try:
            yield app
        finally:
            structlog.configure(**before)
            app.extensions[EXTENSION].close()


def statements_of(app: Flask) -> Engine:
    """The engine of its edge that sends single statements, over which a decision goes."""
    engine: Engine = app.extensions[EXTENSION].statements
    return engine


def action_path(form: int) -> str:
    """Where a decision is posted to."""
    return f"/api/v1/submissions/{form}/actions"


def action_body(version: int) -> bytes:
    """A plain pass of the form as it was seen."""
    return b'{"action": "pass", "version": %d}' % version


def action_headers(settings: Settings, reviewer: Reviewer, key: str) -> dict[str, str]:
    """What a page of the reviewer would send along."""
    return {
        "Content-Type": "application/json",
        "Cookie": f"{cookie_name(settings)}={reviewer.token}",
        CSRF_HEADER: reviewer.csrf,
        HEADER: key,
    }


def call(app: Flask, path: str, *, headers: dict[str, str], body: bytes) -> bytes:
    """One POST through the whole WSGI application. Raises RefusedError for anything but a 2xx."""
    seen: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> Any:  # noqa: ANN401  # as WSGI has it
        seen.append(status)
        return lambda _: None

    answer = b"".join(app.wsgi_app(_environ(path, headers, body), start_response))
    if not seen[0].startswith("2"):
        raise RefusedError(f"{seen[0]} {answer.decode('utf-8', 'replace')}")
    return answer


def _environ(path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
