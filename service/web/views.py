"""Views: a list with its filters under a name of one's own."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.db import unit_of_work
from service.usecases.keep_view import PATHS, drop_view, keep_view
from service.web.frame import who

blueprint = Blueprint("views", __name__)
sign_in_required(blueprint)

LARGEST = 2**62


@blueprint.post("/views")
def keep() -> Response:
    """Keep the list that the page shows, and go back to it."""
    path, query, name = (request.form.get(field, "") for field in ("path", "query", "name"))
    with unit_of_work(edge().factory) as session:
        keep_view(session.connection(), who().actor, path=path, name=name, query=query)
    return _back()


@blueprint.post("/views/<int:view_id>/drop")
def drop(view_id: int) -> Response:
    """Forget a view, and go back to the list."""
    with unit_of_work(edge().factory) as session:
        drop_view(session.connection(), who().actor, view_id=min(view_id, LARGEST))
    return _back()


def _back() -> Response:
    path, query = request.form.get("path", ""), request.form.get("query", "")
    return redirect((f"{path}?{query}" if query else path) if path in PATHS and query.isprintable() else "/inbox", 303)
