"""Routes and profiles by id. Versions never change, so each process keeps what it read of a database."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from workflows.route import Route, read_route

_ROUTE = text("select body from route_version where id = :id")
_PROFILE = text("select body from profile_version where id = :id")
_kept: WeakKeyDictionary[Engine, dict[int, Route]] = WeakKeyDictionary()


def route(connection: Connection, route_id: int) -> Route:
    """The route of this id."""
    routes = _kept.setdefault(connection.engine, {})
    if route_id not in routes:
        routes[route_id] = read_route(connection.execute(_ROUTE, {"id": route_id}).scalar_one())
    return routes[route_id]


def profile_body(connection: Connection, profile_id: int) -> dict[str, Any]:
    """The scoring profile of this id, as stored; `workflows.scoring` reads it."""
    body: dict[str, Any] = connection.execute(_PROFILE, {"id": profile_id}).scalar_one()
    return body
