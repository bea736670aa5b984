"""日程: open work by its limit, as far as this person sees, and the scan that the worker also runs by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.deadline_scan import run_deadline_scan
from service.queries.open_deadlines import limit_counts, open_limits
from service.queries.reminders_due import is_working_day, would_remind
from service.web import formats
from service.web.admin import holds
from service.web.frame import PER_PAGE, page, who
from service.web.paging import address, key_of, written
from workflows.errors import NotAllowed
from workflows.lifecycle import Role

blueprint = Blueprint("deadlines", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

SOON: Final = timedelta(days=7)
FIRST: Final = (datetime(1, 1, 2, tzinfo=UTC), 0)
LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)
VIEWS: Final = ("soon", "late", "all")


@blueprint.get("/deadlines")
def short() -> Response:
    """The address that people remember."""
    return redirect("/admin/deadlines", 303)


@blueprint.get("/admin/deadlines")
def show() -> Response:
    """What is late, what ends within a week, or all of it."""
    actor, now = who().actor, formats.now()
    asked = request.args.get("view", "")
    view = asked if asked in VIEWS else VIEWS[0]
    until = {"soon": now + SOON, "late": now, "all": LAST}[view]
    after = key_of(request.args.get("after"))
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = open_limits(connection, actor.id or 0, until=until, after=after or FIRST, limit=PER_PAGE + 1)
        counted = limit_counts(connection, actor.id or 0, now=now, until=now + SOON)
    following = None
    if len(found) > PER_PAGE:
        last = found[PER_PAGE - 1]
        following = address("/admin/deadlines", {"view": view, "after": written(last.due_at, last.id)})
    done = request.args.get("scanned", "")
    reminders, _, opened = done.partition("-")
    return page(
        "admin/deadlines.html", lines=found[:PER_PAGE], view=view, counted=counted, following=following,
        first=after is None, scans=holds(Role.FINANCE_PERFORMANCE_OFFICE),
        scanned=(int(reminders), int(opened)) if reminders.isdecimal() and opened.isdecimal() and len(done) < 20 else None,
    )  # fmt: skip


@blueprint.get("/admin/deadlines/preview")
def preview() -> Response:
    """Whom a scan would remind if it ran now, by name; nothing is written and nobody is told."""
    if not holds(Role.FINANCE_PERFORMANCE_OFFICE):
        raise NotAllowed("needs_role", role=Role.FINANCE_PERFORMANCE_OFFICE.value)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        lines = would_remind(connection, formats.now())
        works = is_working_day(connection, formats.now())
    people = {line.person_id for line in lines}
    return page("admin/reminders.html", lines=lines, people=len(people), works=works)


@blueprint.post("/deadlines/scan")
def scan() -> Response:
    """Run the scan now. It may run at any time, twice, and by several at once: nobody is told a thing twice."""
    if not holds(Role.FINANCE_PERFORMANCE_OFFICE):
        raise NotAllowed("needs_role", role=Role.FINANCE_PERFORMANCE_OFFICE.value)
    done = run_deadline_scan(current_app.extensions["jixiao"].factory)
    return redirect(f"/admin/deadlines?scanned={done.reminders}-{done.evaluations_opened}", 303)
