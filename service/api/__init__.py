"""The JSON API under `/api/v1`, thin over the use cases: one blueprint a file, one table from errors to status codes."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from flask_openapi.openapi import OpenAPI

# Modules of this package in the order of the description, each with a `blueprint`. A new one is a file and a word here.
DESCRIBED: Final = """
    submissions decisions delegations remarks batches courtesies attachments evidence waivers inbox library imports
    bulk_imports reports routes notifications sessions
""".split()


def register(app: OpenAPI) -> None:
    """Put the API, its description and the health of the house into an application."""
    from service.api import documentation, health, sessions

    for name in DESCRIBED:
        app.register_api(import_module(f"{__name__}.{name}").blueprint)
    app.register_api(sessions.own)
    for blueprint in (health.blueprint, documentation.description, documentation.browser):
        app.register_blueprint(blueprint)
