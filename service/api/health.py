"""Whether the web lives, whether it can serve, and its figures. None of it needs a sign-in, none of it tells a secret.

Ready is 503 for the database and the schema alone: a stale scheduler, an absent broker or a dead mail must not take the
pages away from people. They are named in `degraded`.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from service.api.auth import public
from service.api.edge import edge
from service.api.idempotency import answer
from service.queries.health import Health, health
from service.security import same
from service.settings import Settings
from workflows.errors import NotFound

blueprint = Blueprint("health", __name__)
public(blueprint, anonymous=True)

BROKER_SECONDS: Final = 0.3


@blueprint.get("/health/live")
def live() -> Response:
    """The process answers. It asks nobody."""
    return answer(200, {"status": "ok"})


@blueprint.get("/health/ready")
def ready() -> Response:
    """200 when requests can be served, with what is degraded; 503 with the cause when they can't."""
    found = _health()
    if found is None:
        return answer(503, {"status": "unavailable", "cause": "database"})
    if found.revision != edge().schema:
        return answer(503, {"status": "unavailable", "cause": "schema"})
    degraded = [
        name
        for name, is_so in (
            ("scheduler", found.scheduler_is_stale),
            ("broker", not broker_answers(edge().settings)),
            ("mail", found.deliveries_dead > 0),
        )
        if is_so
    ]
    return answer(200, {"status": "degraded" if degraded else "ok", "degraded": degraded})


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures of all web workers and of the queues, for this machine or with the token."""
    if not _may_read_metrics():
        raise NotFound("http.detail.not_found")
    found = _health()
    figures: dict[str, float] = {"database_up": float(found is not None)}
    if found is not None:
        figures |= {
            "outbox_waiting": found.outbox_waiting,
            "outbox_age_seconds": found.outbox_age or 0.0,
            "deliveries_waiting": found.deliveries_waiting,
            "deliveries_dead": found.deliveries_dead,
            "reports_waiting": found.reports_waiting,
            "scheduler_tick_age_seconds": -1.0 if found.tick_age is None else found.tick_age,
        }
    figures["pool_in_use"] = float(
        sum(getattr(one.pool, "checkedout", int)() for one in (edge().engine, edge().statements))
    )
    return Response(edge().metrics.rendered(figures), content_type="text/plain; version=0.0.4; charset=utf-8")


def _health() -> Health | None:
    try:
        with edge().engine.connect() as connection:
            return health(connection)
    except SQLAlchemyError:
        return None


def broker_answers(settings: Settings) -> bool:
    """Whether something listens where the broker should. The web never speaks to it, so no more is asked."""
    if settings.redis_url is None:
        return True
    place = urlsplit(settings.redis_url.get_secret_value())
    with (
        suppress(OSError),
        socket.create_connection((place.hostname or "127.0.0.1", place.port or 6379), BROKER_SECONDS),
    ):
        return True
    return False


def _may_read_metrics() -> bool:
    token = edge().settings.metrics_token
    if token is not None:
        return same(request.headers.get("Authorization", ""), f"Bearer {token.get_secret_value()}")
    # A request that a proxy handed on is not from this machine, wherever the proxy runs.
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    try:
        return not forwarded and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
