"""消息: what changed and concerns me. Opening a message marks it as read."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.db import unit_of_work
from service.queries.notices import Notice, notices
from service.usecases.read_notices import read_notices
from service.web.frame import PER_PAGE, language, page, who
from service.web.paging import address
from workflows.notices import SUGGESTED, what, where

blueprint = Blueprint("notifications", __name__)
sign_in_required(blueprint)

LARGEST = 2**62


@blueprint.get("/notifications")
def show() -> Response:
    """One page of messages, the newest first."""
    actor = who().actor
    assert actor.id is not None, "a person reads"
    unread = request.args.get("show") == "unread"
    before = request.args.get("before", "")
    older_than = int(before) if before.isdecimal() and len(before) <= 18 else None
    with edge().engine.connect() as connection:
        found = notices(connection, actor.id, unread=unread, before=older_than, limit=PER_PAGE + 1)
    shown = {"show": "unread" if unread else None}
    following = (
        address("/notifications", {**shown, "before": found[PER_PAGE - 1].id}) if len(found) > PER_PAGE else None
    )
    return page(
        "notifications.html",
        lines=[(one, said(one)) for one in found[:PER_PAGE]],
        unread=unread,
        following=following,
        start=address("/notifications", shown) if older_than else None,
    )


def said(notice: Notice) -> str:
    """What happened, in the reader's language. A topic of a newer release is named by its code."""
    try:
        return what(notice.topic, notice.params, lang=language())
    except KeyError:
        return notice.topic


@blueprint.post("/notifications/<int:notice_id>/open")
def open_one(notice_id: int) -> Response:
    """Mark as read and go to what it speaks of."""
    target = request.form.get("submission", "")
    with unit_of_work(edge().factory) as session:
        read_notices(session, who().actor, notice_id=min(notice_id, LARGEST))
    if request.form.get("topic") == SUGGESTED:
        return redirect(where(SUGGESTED, None), 303)
    return redirect(f"/submissions/{target}" if target.isdecimal() else "/notifications", 303)


@blueprint.post("/notifications/read")
def read_all() -> Response:
    """Mark everything as read."""
    with unit_of_work(edge().factory) as session:
        read_notices(session, who().actor)
    return redirect("/notifications", 303)
