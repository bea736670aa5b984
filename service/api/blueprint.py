"""How a blueprint of the API is made: its prefix, its problems in the description, and JSON as the one kind of body."""

from __future__ import annotations

from typing import Any, Final

from flask import request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from werkzeug.exceptions import UnsupportedMediaType

PREFIX: Final = "/api/v1"
PROBLEM: Final = "ProblemOut"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_PROBLEMS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503, 507)
SECURITY: Final[list[dict[str, list[str]]]] = [{"session": []}, {"bearer": []}]


def api_blueprint(name: str, *, about: str) -> APIBlueprint:
    """A blueprint under `/api/v1`. Who may come in is said by the two functions of `auth.py`."""
    problems: dict[Any, Any] = {
        status: {
            "description": "Problem",
            "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
        }
        for status in _PROBLEMS
    }
    return APIBlueprint(
        f"api_{name}",
        __name__,
        url_prefix=PREFIX,
        abp_tags=[Tag(name=name, description=about)],
        abp_security=SECURITY,
        abp_responses=problems,
    )


def json_alone(blueprint: APIBlueprint) -> APIBlueprint:
    """Refuse a body that does not call itself JSON: no form of another site can send one that does."""

    def check() -> None:
        if request.method in _WITH_BODY and not request.is_json and (request.content_length or request.content_type):
            raise UnsupportedMediaType

    blueprint.before_request(check)
    return blueprint
