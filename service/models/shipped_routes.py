"""Routes that the product ships become rows when they are first needed; from then on the rows are what counts."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.models.cycle import RouteVersion
from workflows.route import Route, read_route


@cache
def shipped_bodies() -> dict[str, dict[str, Any]]:
    """What `workflows/profiles/` holds of routes, by code."""
    folder = files("workflows.profiles")
    read = (tomllib.loads(one.read_text("utf-8")) for one in folder.iterdir() if one.name.endswith(".toml"))
    return {str(body["code"]): body for body in sorted(read, key=lambda body: str(body["code"])) if "levels" in body}


def shipped_routes() -> list[Route]:
    """The same, read."""
    return [read_route(body) for body in shipped_bodies().values()]


def keep_shipped(session: Session, code: str) -> None:
    """Copy the shipped route of this code to the table, where it is shipped and no version of the code is there."""
    known = select(RouteVersion.id).where(RouteVersion.code == code).limit(1)
    body = shipped_bodies().get(code)
    if body is None or session.execute(known).scalar() is not None:
        return
    values = {"code": code, "version": body["version"], "kind": body["kind"], "body": body}
    session.execute(insert(RouteVersion).values(values).on_conflict_do_nothing())
