"""工作台: what must I do now. Number cards that open exactly what they count, and the four boxes that every office knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.i18n import mark as _
from service.queries import inbox as boxes
from service.queries.desk import desk
from service.queries.inbox import InboxKey, InboxLine, Tab
from service.queries.openable import openable
from service.web import formats
from service.web.frame import PER_PAGE, gettext, page, who
from service.web.navigation import start_of
from service.web.paging import address, key_of, written
from workflows.deadlines import beijing_date, close_of
from workflows.facts import Actor
from workflows.lifecycle import Role, State
from workflows.policy import REACH, Scope

blueprint = Blueprint("inbox", __name__)
sign_in_required(blueprint)

NARROWED: Final = ("week", "over")


@blueprint.get("/")
def start() -> Response:
    """The start page is the desk, for those who have one."""
    return redirect(start_of(who().actor), 303)


@blueprint.get("/inbox")
def show() -> Response:
    """One page of one box. `due` narrows what waits to this week or to what is late, as the cards do."""
    actor, now = who().actor, formats.now()
    tab = _tab(request.args.get("tab"))
    narrowed = _narrowed(tab, request.args.get("due"))
    until = {"week": end_of_week(now), "over": now}.get(narrowed or "")
    after = key_of(request.args.get("after"))
    key = InboxKey(*after) if after else None
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = boxes.inbox(connection, actor, tab=tab, after=key, limit=PER_PAGE + 1, until=until)
        counted = boxes.count(connection, actor, tab=tab, until=until)
        figures = desk(connection, actor, now=now, week_ends_at=end_of_week(now))
        unopened = (
            [one for one in openable(connection, actor.id or 0) if one.existing_id is None] if fills(actor) else []
        )
    return page(
        "inbox.html",
        tab=tab.value,
        narrowed=narrowed,
        lines=found[:PER_PAGE],
        following=_following(found, tab, narrowed),
        first=after is None,
        counted=counted,
        count_cap=boxes.COUNT_CAP,
        desk=figures,
        unopened=unopened,
        verb_of=verb_of,
        wide=sees_more_than_own(actor),
        clears_marks=any(grant.role is Role.SECRECY_REVIEWER for grant in actor.grants),
    )


def _tab(text: str | None) -> Tab:
    return Tab(text) if text in list(Tab) else Tab.TODO


def _narrowed(tab: Tab, text: str | None) -> str | None:
    return text if tab is Tab.TODO and text in NARROWED else None


def _following(found: list[InboxLine], tab: Tab, narrowed: str | None) -> str | None:
    if len(found) <= PER_PAGE:
        return None
    last = found[PER_PAGE - 1]
    return address("/inbox", {"tab": tab.value, "due": narrowed, "after": written(last.at, last.key)})


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


def sees_more_than_own(actor: Actor) -> bool:
    """Whether the figures of a city mean anything to this person."""
    return any(REACH[grant.role].scope not in (Scope.OWN, Scope.NOTHING) for grant in actor.grants)
