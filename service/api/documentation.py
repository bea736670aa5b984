"""The description of the API and the page to browse it: local assets, and the one route with a content policy of its own."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, send_file
from flask_openapi.openapi import OpenAPI

from service.api.auth import public, sign_in_required
from service.api.idempotency import answer
from service.api.replies import StepOut
from service.api.schemas import ProblemOut

description = Blueprint("api_description", __name__, url_prefix="/api")
public(description, anonymous=True)

browser = Blueprint("api_docs", __name__, url_prefix="/api/docs")
sign_in_required(browser)

ASSETS: Final = {
    "swagger-ui.css": ("css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("js", "text/javascript; charset=utf-8"),
    "start.js": ("", "text/javascript; charset=utf-8"),
}
# Swagger UI writes styles and data images into its page; nothing else here may.
DOCS_CSP: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; object-src 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Jixiao API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body></html>
"""
# "Try it out" writes with the session of whoever looks, and therefore needs its CSRF token.
_START: Final = """fetch("/api/v1/sessions/current").then((reply) => reply.json()).then((me) => SwaggerUIBundle({
  url: "/api/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
  requestInterceptor: (request) => { if (me.csrf) request.headers["X-CSRFToken"] = me.csrf; return request; },
}));
"""


@description.get("/openapi.json")
def describe() -> Response:
    """The OpenAPI document."""
    app: Any = current_app
    response = answer(200, app.api_doc)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@browser.get("")
def browse() -> Response:
    """The page."""
    response = Response(_PAGE, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = DOCS_CSP
    return response


@browser.get("/<name>")
def asset(name: str) -> Response:
    """A file of the page."""
    if name not in ASSETS:
        abort(404)
    folder, media_type = ASSETS[name]
    if not folder:
        return Response(_START, content_type=media_type)
    file = files("flask_openapi_swagger") / "templates" / "swagger" / folder / name
    return send_file(str(file), mimetype=media_type, max_age=86_400)


def describe_once(app: OpenAPI) -> None:
    """Build the description at the start, with the shapes that several operations name."""
    for shape in (ProblemOut, StepOut):
        schema = shape.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        app.components_schemas |= {shape.__name__: schema, **schema.pop("$defs", {})}
    app.generate_spec_json()  # type: ignore[no-untyped-call]
