"""新建填报: for which unit and cycle; from last year, empty, or from a file.

Whoever fills in for one unit in one cycle chooses no unit.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.db import unit_of_work
from service.queries.openable import Openable, once_each, openable
from service.usecases.open_draft import open_draft
from service.web.formats import now
from service.web.frame import gettext, page, who
from service.web.paging import address
from workflows.deadlines import beijing_date

blueprint = Blueprint("new_form", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@blueprint.get("/submissions/new")
def show() -> Response:
    """What may be opened, and what is open already."""
    return _page(faults=[])


@blueprint.post("/submissions/new")
def create() -> Response:
    """Open the draft, or go on to the file."""
    chosen = next((one for one in _choices() if one.key == request.form.get("where")), None)
    if chosen is None or (_is_new(chosen) and chosen.has_ended(beijing_date(now()))):
        return _page(faults=[("#where", gettext("请选择要填报的部门和周期。"))], status=400)
    if not _is_new(chosen):
        return redirect(f"/submissions/{chosen.existing_id}", 303)
    if request.form.get("start") == "file":
        return redirect(address("/import", {"where": chosen.key}), 303)
    with unit_of_work(current_app.extensions["jixiao"].factory) as session:
        opened = open_draft(session, who().actor, department_id=chosen.department_id, cycle_id=chosen.cycle_id)
    copies = request.form.get("start") == "last_year" and chosen.has_last_year
    return redirect(f"/submissions/{opened.id}{'/last-year' if copies else ''}", 303)


def _is_new(chosen: Openable) -> bool:
    return chosen.existing_id is None or chosen.existing_state == "closed"


def _choices() -> list[Openable]:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return once_each(openable(connection, who().actor.id or 0))


def _page(*, faults: list[tuple[str | None, str]], status: int = 200) -> Response:
    choices = _choices()
    today = beijing_date(now())
    unopened = [one for one in choices if _is_new(one)]
    free = [one for one in unopened if not one.has_ended(today)]
    return page(
        "new_form.html",
        status=status,
        free=free,
        taken=[one for one in choices if one not in unopened],
        ended=[one for one in unopened if one not in free],
        faults=faults,
        where=request.form.get("where", free[0].key if free else ""),
        start=request.form.get("start", "last_year" if any(one.has_last_year for one in free) else "empty"),
    )
