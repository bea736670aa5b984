"""从指标库选取: suggestions while somebody types a name; a page to take over several entries or to propose one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug import Response

from service.db import unit_of_work
from service.queries.drafts import Draft, draft
from service.queries.facts import facts_of
from service.queries.library import LONGEST_QUERY, Found, chosen, known_names, search
from service.queries.revisions import last_year_document
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.library_suggest import suggest_entries
from service.usecases.save_section import save_section
from service.web.editor_screen import title_of
from service.web.frame import gettext, ngettext, page, who
from service.web.replies import fragment_values
from workflows.document import INDICATORS, empty_row
from workflows.draft import with_row_ids
from workflows.engine import step
from workflows.errors import NotPossibleNow, StaleVersion
from workflows.facts import Request
from workflows.forms import form_type
from workflows.library import CELLS, proposable
from workflows.lifecycle import Action, State
from workflows.tidying import tidied

blueprint = Blueprint("library", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

LISTED: Final = 60  # entries of the page
_MOST_PICKED: Final = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry with what this unit aimed at last year, None where it had no such indicator."""

    entry: Found
    last: Mapping[str, Any] | None
    there: bool


@blueprint.get("/library")
def suggestions() -> Response:
    """Up to eight entries for what is typed in a cell of the form `submission`, as options of a list."""
    number = request.args.get("submission", "")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return _fragment([])
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = _fillable(connection, int(number))
        hits = _hits(connection, case, request.args.get("q", "")[:LONGEST_QUERY]) if request.args.get("q") else []
    return _fragment(hits)


def _fragment(hits: list[Hit]) -> Response:
    response = make_response(render_template("library/found.html", hits=hits, **fragment_values()))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/submissions/<int:submission_id>/library")
def show(submission_id: int) -> Response:
    """The library with a choice at each entry, and the form's own indicators that could be proposed."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return _page(connection, _fillable(connection, submission_id), faults=[])


@blueprint.post("/submissions/<int:submission_id>/library")
def act(submission_id: int) -> Response:
    """`do`: `add` takes the ticked entries over as rows, `suggest` proposes the ticked rows."""
    if request.form.get("do") == "suggest":
        return _suggested(submission_id)
    ids = [
        int(one)
        for one in request.form.getlist("entry")[:_MOST_PICKED]
        if one.isascii() and one.isdigit() and len(one) < 18
    ]
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = _fillable(connection, submission_id)
        found = chosen(connection, ids, departments=case.place.path)
        if not found:
            return _page(connection, case, faults=[(None, gettext("请先勾选指标。"))], status=400)
        current = draft(connection, case)
        rows = current.sections[INDICATORS].value if INDICATORS in current.sections else []
        # Names are unique within a form (A9), and a second press of the button adds nothing.
        there = {row.get("level3") for row in rows}
        new = [one for one in found if one.level3 not in there]
        most = form_type(case.form).section(INDICATORS).max_rows
        if len(rows) + len(new) > most:
            words = gettext("最多 %(most)s 条指标，请少选一些。") % {"most": most}
            return _page(connection, case, faults=[(None, words)], status=400)
        if not new:
            return _page(connection, case, faults=[(None, gettext("勾选的指标表中都已有，没有加入。"))], status=409)
    return _added(case, current, new)


def _added(case: Case, current: Draft, found: list[Found]) -> Response:
    section = form_type(case.form).section(INDICATORS)
    kept = current.sections.get(INDICATORS)
    new = [{**empty_row(section), **{name: getattr(one, name) for name in CELLS}} for one in found]
    value = with_row_ids(section, [*(kept.value if kept else []), *new])
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            save_section(
                session, who().actor, submission_id=case.locked.id, section=INDICATORS, value=value,
                base_version=kept.version if kept else 0,
            )  # fmt: skip
    except StaleVersion:  # A colleague saved the table meanwhile: adding rows goes with anything.
        return act(case.locked.id)
    return redirect(f"/submissions/{case.locked.id}#r-{INDICATORS}-{len(value) - len(new)}", 303)


def _suggested(submission_id: int) -> Response:
    source = gettext("单位推荐")
    with unit_of_work(current_app.extensions["jixiao"].factory) as session:
        rows = set(request.form.getlist("row")[:_MOST_PICKED])
        made = suggest_entries(session, who().actor, submission_id=submission_id, row_ids=rows, source=source)
    return redirect(f"/submissions/{submission_id}/library?suggested={made}#suggest", 303)


def _fillable(connection: Connection, submission_id: int) -> Case:
    case = seen(connection, who().actor, submission_id=submission_id)
    step(who().actor, facts_of(connection, case), Request(Action.EDIT))
    if case.locked.state is not State.DRAFT:
        raise NotPossibleNow("not_in_this_state", state=case.locked.state.value, action=Action.EDIT.value)
    return case


def _hits(
    connection: Connection, case: Case, query: str, *, limit: int = 8, there: frozenset[str] = frozenset()
) -> list[Hit]:
    last = last_year_document(connection, case) or {}
    rows = {row["level3"]: row for row in last.get(INDICATORS, ()) if row.get("level3") and proposable(row)}
    levels = {twig for twigs in form_type(case.form).tree.branches.values() for twig in twigs}
    found = search(connection, query, departments=case.place.path, own=rows, levels=levels, limit=limit)
    return [Hit(one, rows.get(one.level3), one.level3 in there) for one in found]


def _page(connection: Connection, case: Case, *, faults: list[tuple[str | None, str]], status: int = 200) -> Response:
    query = request.args.get("q", "")[:LONGEST_QUERY]
    document, _ = tidied(draft(connection, case).document, form_type(case.form))
    rows = [row for row in document[INDICATORS] if row.get("id") and proposable(row)]
    known = known_names(connection, {row["level3"] for row in rows}, departments=case.place.path)
    names = frozenset(str(row.get("level3")) for row in document[INDICATORS])
    number = request.args.get("suggested", "")
    return page(
        "library/pick.html",
        status=status,
        case=case,
        title=title_of(case),
        q=query,
        hits=_hits(connection, case, query, limit=LISTED, there=names),
        listed=LISTED,
        picked=set(request.form.getlist("entry")),
        proposals=[row for row in rows if row["level3"] not in known],
        suggested=_said(number),
        faults=faults,
    )


def _said(number: str) -> str:
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        return ""
    count = int(number)
    if not count:
        return gettext("没有可以推荐的：指标库里已有，或内容不完整。")
    return ngettext("已推荐 %(num)d 条，由绩效科决定是否入库。", "已推荐 %(num)d 条，由绩效科决定是否入库。", count) % {
        "num": count
    }
