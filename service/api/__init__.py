"""The JSON API under `/api/v1`, thin over the use cases: one blueprint a file, one table from errors to status codes."""

from __future__ import annotations

from flask_openapi.openapi import OpenAPI


def register(app: OpenAPI) -> None:
    """Put the API, its description and the health of the house into an application. A new file is a line here."""
    from service.api import (
        attachments,
        batches,
        bulk_imports,
        courtesies,
        decisions,
        delegations,
        documentation,
        evidence,
        health,
        imports,
        inbox,
        library,
        notifications,
        remarks,
        reports,
        routes,
        sessions,
        submissions,
        waivers,
    )

    described = (
        submissions,
        decisions,
        delegations,
        remarks,
        batches,
        courtesies,
        attachments,
        evidence,
        waivers,
        inbox,
        library,
        imports,
        bulk_imports,
        reports,
        routes,
        notifications,
        sessions,
    )
    for module in described:
        app.register_api(module.blueprint)
    app.register_api(sessions.own)
    for blueprint in (health.blueprint, documentation.description, documentation.browser):
        app.register_blueprint(blueprint)
