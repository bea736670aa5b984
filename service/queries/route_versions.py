"""Versions of routes: which cycles bind each of them, and how many forms are on their way along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from service.models.shipped_routes import shipped_routes
from workflows.errors import NotFound
from workflows.route import Route, read_route


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A version. `cycles` are the codes of those that bind it, `running` counts forms that have not come to its end.

    `created_at` is None for one that the product ships and no cycle has bound yet.
    """

    route: Route
    created_at: datetime | None
    cycles: tuple[str, ...] = ()
    running: int = 0

    @property
    def name(self) -> str:
        """As cycles and commands name it: code@version."""
        return f"{self.route.code}@{self.route.version}"


# A target route is behind a form once it is approved, an evaluation route is before it until it is closed.
_LINES = text("""
with running as materialized (
    select target_route_id, evaluation_route_id, count(*) as all_of_them,
        count(*) filter (where state in ('draft', 'review')) as before_reply
    from submission where state <> 'closed' group by 1, 2)
select r.body, r.created_at,
    (select array_agg(c.code order by c.fiscal_year desc, c.id desc) from cycle c
        where r.id in (c.target_route_id, c.evaluation_route_id)) as cycles,
    coalesce((select sum(case r.kind when 'target' then n.before_reply else n.all_of_them end) from running n
        where r.id = case r.kind when 'target' then n.target_route_id else n.evaluation_route_id end), 0)::int8 as running
from route_version r order by r.kind desc, r.code, r.version desc
""")
_ONE = text("select body from route_version where code = :code and version = :version")
_NEWEST = text("select body from route_version where code = :code order by version desc limit 1")


def route_lines(connection: Connection) -> list[RouteLine]:
    """Every version, those of the shipped routes that are no rows yet included: targets first, by code, newest first."""
    rows = [
        RouteLine(read_route(row.body), row.created_at, tuple(row.cycles or ()), row.running)
        for row in connection.execute(_LINES)
    ]
    kept = {line.route.code for line in rows}
    rows += [RouteLine(route, None) for route in shipped_routes() if route.code not in kept]
    return sorted(rows, key=lambda line: (line.route.kind != "target", line.route.code, -line.route.version))


def lines_of(lines: Sequence[RouteLine], code: str) -> list[RouteLine]:
    """The versions of one route, newest first. Raises NotFound where there is none."""
    found = [line for line in lines if line.route.code == code]
    if not found:
        raise NotFound
    return found


def route_named(connection: Connection, code: str, version: int | None = None) -> Route:
    """A version of a route, the newest where none is named; one that is only shipped counts too. Raises NotFound."""
    values = {"code": code, "version": version}
    body = connection.execute(_NEWEST if version is None else _ONE, values).scalar_one_or_none()
    if body is not None:
        return read_route(body)
    for route in shipped_routes():
        if route.code == code and version in (None, route.version):
            return route
    raise NotFound
