"""单据: find and compare. Every filter stands in the address, so that a colleague sees the same list."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.queries import lists
from service.queries.lists import Filter, Listed, NewestKey
from service.queries.saved_views import saved_views
from service.web.frame import PER_PAGE, page, who
from service.web.narrowing import Asked, choices, read_filters, shown, tags
from service.web.paging import address, key_of, written
from service.web.selection import selection
from workflows.facts import Actor
from workflows.lifecycle import Role

blueprint = Blueprint("submissions", __name__)
sign_in_required(blueprint)

PATH = "/submissions"


@blueprint.get(PATH)
def show() -> Response:
    """One page of the register, newest first."""
    actor = who().actor
    asked = read_filters(request.args)
    after = key_of(request.args.get("after"))
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = _found(connection, actor, asked, after=NewestKey(*after) if after else None)
        counted = lists.count(connection, actor, narrowed=asked.narrowed) if asked.narrowed else 0
        everything = lists.count(connection, actor, narrowed=Filter()) if asked.given else counted
        offered = choices(connection, actor)
        views = saved_views(connection, actor.id or 0, path=PATH)
    return page(
        "submissions.html",
        lines=found[:PER_PAGE],
        following=_following(found, asked),
        first=after is None,
        asked=shown(asked),
        tags=tags(PATH, asked, offered.units),
        choices=offered,
        counted=counted,
        everything=everything,
        count_cap=lists.COUNT_CAP,
        back=address(PATH, asked.given),
        views=views,
        selection=selection(actor, PATH, request.args, counted),
        can_open=any(grant.role is Role.FILLER for grant in actor.grants),
    )


def _found(connection: Connection, actor: Actor, asked: Asked, *, after: NewestKey | None) -> list[Listed]:
    if asked.narrowed is None:
        return []
    return lists.submissions(connection, actor, narrowed=asked.narrowed, after=after, limit=PER_PAGE + 1)


def _following(found: list[Listed], asked: Asked) -> str | None:
    if len(found) <= PER_PAGE:
        return None
    last = found[PER_PAGE - 1]
    return address(PATH, {**asked.given, "after": written(last.updated_at, last.id)})
