"""Every reply of the API, in whatever test, has the shape that the description gives it."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse


def check(app: Flask, reply: TestResponse) -> None:
    """Fail with the place where a reply differs from its description."""
    if not reply.request.path.startswith("/api/v1") or not reply.is_json or reply.request.method == "HEAD":
        return
    schema = described(app, reply)
    if schema is not None:
        errors = [f"{list(error.instance_path)}: {error.message}" for error in schema.iter_errors(reply.json)]
        assert not errors, f"{reply.request.method} {reply.request.path} {reply.status_code}: {errors[:5]}"


def described(app: Flask, reply: TestResponse) -> Any:  # noqa: ANN401 - a validator
    method = reply.request.method
    try:
        rule, _ = app.url_map.bind("x").match(reply.request.path, method, return_rule=True)
    except HTTPException:
        return None  # no such address, and so no description
    path = rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
    return validator(app, path, method.lower(), str(reply.status_code), reply.mimetype)


@cache
def validator(app: Flask, path: str, method: str, status: str, media_type: str) -> Any:  # noqa: ANN401 - a validator
    document: dict[str, Any] = app.api_doc  # type: ignore[attr-defined]
    content = document["paths"][path][method]["responses"][status].get("content", {})
    if media_type not in content:
        raise AssertionError(f"{method} {path} {status}: {media_type} is not described")
    return jsonschema_rs.validator_for({**content[media_type]["schema"], "components": document["components"]})
