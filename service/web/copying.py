"""从上年复制: last year's approved form with a choice at each section and row, and what is still to be looked at afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.db import unit_of_work
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.revisions import last_year_document
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.confirm_copied import confirm_copied
from service.usecases.copy_last_year import copy_last_year
from service.usecases.save_section import save_section
from service.web.copied_view import copied_sections
from service.web.editor_screen import title_of
from service.web.editor_view import shown
from service.web.frame import gettext, label, language, page, who
from workflows.copying import Choice, Offered, offered, with_year
from workflows.engine import step
from workflows.errors import InvalidRequest, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Request
from workflows.forms import form_type
from workflows.forms.base import Shape, Stage
from workflows.lifecycle import Action, State
from workflows.refusals import explained_error

blueprint = Blueprint("copying", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

_MOST_ROWS = 2000


@blueprint.get("/submissions/<int:submission_id>/last-year")
def show(submission_id: int) -> Response:
    """What last year's form offers."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return _page(connection, _fillable(connection, submission_id), faults=[])


@blueprint.post("/submissions/<int:submission_id>/last-year")
def copy(submission_id: int) -> Response:
    """Copy what was ticked. Pressed twice it copies nothing more: rows of the same name are there already."""
    choice = _choice()
    if not (choice.sections or choice.rows):
        return _again(submission_id, [(None, gettext("请先勾选要复制的节或行。"))], 400)
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            done = copy_last_year(session, who().actor, submission_id=submission_id, choice=choice)
    except InvalidRequest as error:
        return _again(submission_id, [(f"#s-{error.field}", explained_error(error, lang=language()))], 400)
    if not done.cells:
        return _again(submission_id, [(None, gettext("勾选的内容本年都已经填了，没有复制。"))], 409)
    return redirect(f"/submissions/{submission_id}/copied?copied={done.cells}", 303)


@blueprint.get("/submissions/<int:submission_id>/copied")
def copied(submission_id: int) -> Response:
    """The cells that came from last year and wait for a look."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return _copied(connection, _fillable(connection, submission_id))


@blueprint.post("/submissions/<int:submission_id>/copied")
def look(submission_id: int) -> Response:
    """`do`: `checked:<section>`, `checked:all`, or `year:<section>|<row>|<field>` puts this year's number in."""
    verb, _, what = request.form.get("do", "").partition(":")
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = _fillable(connection, submission_id)
    names = {one.name for one in form_type(case.form).sections}
    if verb == "checked" and (what == "all" or what in names):
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            sections = names if what == "all" else {what}
            confirm_copied(session, who().actor, submission_id=submission_id, sections=sections)
    elif verb == "year":
        _put_year(submission_id, what)
    else:
        raise NotFound
    return redirect(f"/submissions/{submission_id}/copied", 303)


def _fillable(connection: Connection, submission_id: int) -> Case:
    """The draft, for whoever may type into it; the engine says why not."""
    case = seen(connection, who().actor, submission_id=submission_id)
    step(who().actor, facts_of(connection, case), Request(Action.EDIT))
    if case.locked.state is not State.DRAFT:
        raise NotPossibleNow("not_in_this_state", state=case.locked.state.value, action=Action.EDIT.value)
    return case


def _again(submission_id: int, faults: list[tuple[str | None, str]], status: int) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return _page(connection, _fillable(connection, submission_id), faults=faults, status=status)


def _page(connection: Connection, case: Case, *, faults: list[tuple[str | None, str]], status: int = 200) -> Response:
    form, last = form_type(case.form), last_year_document(connection, case)
    values = {name: one.value for name, one in draft(connection, case).sections.items()}
    offers = [_shown(one) for one in offered(form, last, values) if not one.is_empty] if last else []
    return page(
        "editor/last_year.html",
        status=status,
        case=case,
        title=title_of(case),
        year=case.fiscal_year - 1,
        has_last_year=last is not None,
        offers=offers,
        chosen=_choice(),
        everything=request.method == "GET",
        faults=faults,
    )


def _shown(one: Offered) -> dict[str, Any]:
    fields = {field.name: field for field in one.section.fields if field.stage is Stage.TARGET}
    return {
        "code": one.section.name,
        "title": label("section", one.section.name),
        "cells": [(label("field", name), shown(fields.get(name, one.section.fields[0]), cell))
                  for name, cell in one.cells.items()],
        "is_text": one.section.shape is Shape.TEXT,
        "heads": [(field.name, label("field", field.name)) for field in fields.values()],
        "rows": [(row, {name: _word(name, shown(fields[name], cell)) for name, cell in row.cells.items()})
                 for row in one.rows],
        "withheld": one.withheld,
        "filled": one.filled,
        "free": sum(not row.there for row in one.rows) or len(one.cells) - one.filled,
    }  # fmt: skip


def _word(field: str, text: str) -> str:
    return label(field, text) if field in ("level1", "level2", "comparator") else text


def _choice() -> Choice:
    """What the form says: `section` and `row` values, unknown ones lead nowhere."""
    rows = set()
    for text in request.form.getlist("row")[:_MOST_ROWS]:
        section, _, index = text.partition("|")
        if index.isascii() and index.isdigit() and len(index) < 5:
            rows.add((section, int(index)))
    sections = frozenset(request.form.getlist("section")[:100])
    return Choice(sections, frozenset(rows), amounts=request.form.get("amounts") == "yes")


def _copied(connection: Connection, case: Case, *, status: int = 200) -> Response:
    sections = copied_sections(connection, case, draft(connection, case), lang=language())
    number = request.args.get("copied", "")
    return page(
        "editor/copied_cells.html",
        status=status,
        case=case,
        title=title_of(case),
        year=case.fiscal_year,
        sections=sections,
        done=int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0,
    )


def _put_year(submission_id: int, key: str) -> None:
    """Write this year's number for last year's in one copied cell. Raises NotFound where it is none, StaleVersion."""
    section, _, rest = key.partition("|")
    row_id, _, field = rest.partition("|")
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = _fillable(connection, submission_id)
        current = draft(connection, case)
        marked = copied_sections(connection, case, current, lang=language())
    if key not in {cell.key for one in marked for cell in one.cells if cell.stale}:
        return  # Somebody changed it since the page was shown: the page says how it stands now.
    kept = current.sections[section]
    value = _renewed(kept.value, row_id, field, case.fiscal_year)
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            save_section(
                session,
                who().actor,
                submission_id=submission_id,
                section=section,
                value=value,
                base_version=kept.version,
            )
    except StaleVersion:
        _put_year(submission_id, key)


def _renewed(value: Any, row_id: str, field: str, year: int) -> Any:  # noqa: ANN401 - a section is whatever its shape says
    if isinstance(value, list):
        return [_renewed(row, "", field, year) if row.get("id") == row_id else row for row in value]
    if isinstance(value, Mapping):
        return {**value, field: with_year(str(value[field]), old=year - 1, new=year)}
    return with_year(str(value), old=year - 1, new=year)
