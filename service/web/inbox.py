"""工作台: what must I do now. Number cards that open exactly what they count, and the boxes that every office knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.i18n import mark as _
from service.queries import inbox as boxes
from service.queries.desk import desk
from service.queries.inbox import InboxKey, InboxLine, Tab
from service.queries.openable import openable
from service.queries.saved_views import saved_views
from service.web import formats
from service.web.frame import PER_PAGE, gettext, page, who
from service.web.narrowing import Asked, choices, read_filters, sees_more_than_own, shown, tags
from service.web.navigation import start_of
from service.web.paging import address, key_of, written
from service.web.selection import selection
from workflows.deadlines import beijing_date, close_of
from workflows.facts import Actor
from workflows.lifecycle import Role, State

blueprint = Blueprint("inbox", __name__)
sign_in_required(blueprint)

PATH: Final = "/inbox"
NARROWED: Final = ("week", "over")


@blueprint.get("/")
def start() -> Response:
    """The start page is the desk, for those who have one."""
    return redirect(start_of(who().actor), 303)


@blueprint.get(PATH)
def show() -> Response:
    """One page of one box. `due` narrows what waits to this week or to what is late, as the cards do."""
    actor, now = who().actor, formats.now()
    tab = _tab(request.args.get("tab"))
    due = _due(tab, request.args.get("due"))
    until = {"week": end_of_week(now), "over": now}.get(due or "")
    asked = read_filters(request.args)
    after = key_of(request.args.get("after"))
    kept = {"tab": tab.value, "due": due}
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = _found(connection, actor, tab, asked, after=InboxKey(*after) if after else None, until=until)
        counted = (
            boxes.count(connection, actor, tab=tab, until=until, narrowed=asked.narrowed)
            if asked.narrowed is not None
            else 0
        )
        counts = {one.value: boxes.count(connection, actor, tab=one) for one in Tab}
        figures = desk(connection, actor, now=now, week_ends_at=end_of_week(now))
        unopened = (
            [one for one in openable(connection, actor.id or 0) if one.existing_id is None] if fills(actor) else []
        )
        offered = choices(connection, actor)
        views = saved_views(connection, actor.id or 0, path=PATH)
    return page(
        "inbox.html",
        tab=tab.value,
        due_=due,
        lines=found[:PER_PAGE],
        following=_following(found, {**kept, **asked.given}),
        first=after is None,
        start=address(PATH, {**kept, **asked.given}),
        counted=counted,
        counts=counts,
        count_cap=boxes.COUNT_CAP,
        asked=shown(asked),
        tags=tags(PATH, asked, offered.units, kept=kept),
        choices=offered,
        kept={name: value for name, value in kept.items() if value},
        views=views,
        view_query=address("", {**kept, **asked.given}).removeprefix("?"),
        selection=selection(actor, PATH, request.args, counted, waits=True) if tab is Tab.TODO else None,
        desk=figures,
        unopened=unopened,
        verb_of=verb_of,
        wide=sees_more_than_own(actor),
        clears_marks=any(grant.role is Role.SECRECY_REVIEWER for grant in actor.grants),
    )


def _tab(text: str | None) -> Tab:
    return Tab(text) if text in list(Tab) else Tab.TODO


def _due(tab: Tab, text: str | None) -> str | None:
    return text if tab is Tab.TODO and text in NARROWED else None


def _found(
    connection: Connection, actor: Actor, tab: Tab, asked: Asked, *, after: InboxKey | None, until: datetime | None
) -> list[InboxLine]:
    if asked.narrowed is None:
        return []
    narrowed = asked.narrowed
    return boxes.inbox(connection, actor, tab=tab, after=after, limit=PER_PAGE + 1, until=until, narrowed=narrowed)


def _following(found: list[InboxLine], given: Mapping[str, object]) -> str | None:
    if len(found) <= PER_PAGE:
        return None
    last = found[PER_PAGE - 1]
    return address(PATH, {**given, "after": written(last.at, last.key)})


def verb_of(line: InboxLine) -> str:
    """What the last column offers: the act that waits, else to look."""
    if line.due_at is None or line.outcome is not None:
        return gettext("查看")
    if line.role is Role.FILLER:
        words = (_("填报自评"), _("修改"), _("填报"))
        return gettext(words[0] if line.state is State.YEAR_END_EVALUATION else words[1 if line.round else 2])
    if line.role is Role.FINANCE_BUDGET_OFFICE:
        return gettext("批复")
    return gettext(_("复核") if line.state is State.YEAR_END_EVALUATION else _("审核"))


def end_of_week(now: datetime) -> datetime:
    """Sunday 18:00 in Beijing: limits end at the close of a day, so this covers every limit of the week."""
    today = beijing_date(now)
    return close_of(today + timedelta(days=6 - today.weekday()))


def fills(actor: Actor) -> bool:
    """Whether this person may have a form to begin."""
    return any(grant.role is Role.FILLER for grant in actor.grants)
