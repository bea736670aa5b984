"""The web application: settings in, a WSGI application out. Pages and API stand on the same edge."""

from __future__ import annotations

import os
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from service import api, logs, metrics, migrate, web
from service.api import auth, documentation, errors, headers
from service.api.edge import EXTENSION, Edge
from service.api.strict_json import StrictJson
from service.db import make_engine, session_factory
from service.settings import Settings, load_settings

LARGEST_BODY: Final = 4 * 1024 * 1024
LARGEST_FIELD: Final = 1024 * 1024  # a whole form that saves itself, fields together
MOST_PARTS: Final = 5_000  # a form of 200 rows has some 2,000 cells


class _Figures(IntegerConverter):
    """A number in an address in the ten figures of ASCII: each form has one address."""

    regex = "[0-9]+"


def create_app(settings: Settings, *, database_url: str | None = None) -> OpenAPI:
    """Build the application. `database_url`: that of the embedded server where no setting names another.

    It does not start with a blueprint that does not say who may come in.
    """
    url = database_url or (settings.database_url.get_secret_value() if settings.database_url else None)
    if url is None:
        raise RuntimeError("no database: JIXIAO_DATABASE_URL is unset and no embedded server was named")
    app = OpenAPI(
        __name__, info=Info(title="Jixiao", version=version("jixiao")), doc_ui=False, static_folder=None,
        security_schemes=_schemes(settings), validation_error_status=400, validation_error_callback=errors.invalid_fields,
    )  # fmt: skip
    app.openapi_version = "3.1.0"
    app.json = StrictJson(app)
    app.url_map.converters["int"] = _Figures
    if settings.trusted_proxies:  # limits by address need the address of people, not of the proxy
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_FIELD, MAX_FORM_PARTS=MOST_PARTS)
    make = partial(
        make_engine, url, pool_size=settings.web_threads, statement_timeout_ms=settings.statement_timeout_ms,
        hash_algorithm=settings.hash_algorithm,
    )  # fmt: skip
    engine, statements = make(), make(single_statements=True)
    factory = session_factory(engine)
    app.extensions[EXTENSION] = Edge(settings, engine, statements, factory, metrics.Metrics(), migrate.newest())
    headers.install(app, settings)
    errors.install(app)
    api.register(app)
    web.register(app)
    auth.install(app)
    documentation.describe_once(app)
    return app


def _schemes(settings: Settings) -> dict[str, Any]:
    cookie = {"type": "apiKey", "in": "cookie", "name": auth.cookie_name(settings)}
    return {"session": cookie, "bearer": {"type": "http", "scheme": "bearer"}}


def wsgi() -> OpenAPI:
    """The factory that the web server calls in each of its workers: everything from the environment."""
    settings = load_settings(os.environ)  # noqa: TID251 - where the web meets the environment
    logs.set_up(settings)
    metrics.share(settings.home.resolve())
    return create_app(settings)
