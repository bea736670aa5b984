"""Save a route as a new version. Versions are never changed: what runs goes on along the version that it began with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.cycle import RouteVersion
from service.models.shipped_routes import keep_shipped, shipped_bodies
from service.queries.offices import needs_performance_office
from workflows.document import text_fault
from workflows.errors import NotAllowed, NotPossibleNow
from workflows.facts import Actor
from workflows.forms import form_types
from workflows.lifecycle import Role
from workflows.route import Route, RouteFault, read_route
from workflows.route_check import MOST_ON_A_PAGE, needs_sound
from workflows.route_data import route_data

LONGEST_SOURCE: Final = 200
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('route:' || :code, 0))")


def save_route(
    session: Session, actor: Actor, *, data: Mapping[str, Any], base: int | None = None, most: int = MOST_ON_A_PAGE
) -> Route:
    """Check a route, its walk included, and keep it as the version that follows the newest one of its code.

    `base` is the version that was edited: 0 for a route that shall be new, None for whatever is the newest. `most` bounds
    the walk. Raises NotAllowed, RouteFault at its level, UnsoundRoute, NotPossibleNow.
    """
    # The walk takes seconds, and no transaction stands open meanwhile: the exact office is asked for behind it.
    if not actor.is_system and all(grant.role is not Role.FINANCE_PERFORMANCE_OFFICE for grant in actor.grants):
        raise NotAllowed("needs_role", role=Role.FINANCE_PERFORMANCE_OFFICE.value)
    route = read_route({**data, "version": 1})
    _check_words(route)
    needs_sound(route, most=most)
    needs_performance_office(session.connection(), actor)
    return _keep(session, actor, route, base)


def _check_words(route: Route) -> None:
    if _CODE.fullmatch(route.code) is None:
        raise RouteFault("code", field="code")
    if not 1 <= len(route.source.strip()) <= LONGEST_SOURCE or text_fault(route.source):
        raise RouteFault("source", field="source")
    known = {name for form in form_types() for name in (form.id, form.code)}
    for level in route.levels:
        for name in sorted(level.when.forms - known):
            raise RouteFault("form", field="forms", level=level.number, name=name[:40])


def _keep(session: Session, actor: Actor, route: Route, base: int | None) -> Route:
    session.execute(_LOCK, {"code": route.code})
    if base == 0 and route.code in shipped_bodies():
        raise RouteFault("code_taken", field="code", code=route.code)
    keep_shipped(session, route.code)
    newest = session.execute(
        select(RouteVersion).where(RouteVersion.code == route.code).order_by(RouteVersion.version.desc()).limit(1)
    ).scalar_one_or_none()
    if newest is not None:
        _check_newest(route, newest, base)
    kept = replace(route, version=newest.version + 1 if newest else 1)
    row = RouteVersion(code=kept.code, version=kept.version, kind=kept.kind, body=route_data(kept))
    session.add(row)
    session.flush()
    body = {"code": kept.code, "version": kept.version}
    append_event(session.connection(), "route", row.id, action="save_version", actor=actor, body=body)
    return kept


def _check_newest(route: Route, newest: RouteVersion, base: int | None) -> None:
    if base == 0:
        raise RouteFault("code_taken", field="code", code=route.code)
    if newest.kind is not route.kind:
        raise RouteFault("kind_changed", field="code", code=route.code)
    if base is not None and base != newest.version:
        raise NotPossibleNow("route.changed_meanwhile", version=str(newest.version))
    if replace(read_route(newest.body), version=1) == route:
        raise NotPossibleNow("route.unchanged")
