"""常用语: the list of words that one puts into opinions, one's own and those of one's office, each editable."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.problems import Problem, problem_of
from service.db import unit_of_work
from service.queries.opinion_templates import offices_of, templates_of
from service.queries.places import place_names
from service.usecases.opinion_templates import drop_template, keep_template
from service.web.frame import page, who
from workflows.errors import DomainError, InvalidRequest, NotAllowed, NotFound

blueprint = Blueprint("opinions", __name__)
sign_in_required(blueprint)


@blueprint.get("/opinions")
def show() -> Response:
    """The words, and a field for new ones. Only for those who review somewhere."""
    if not offices_of(who().actor):
        raise NotFound
    return _page()


@blueprint.post("/opinions")
def change() -> Response:
    """Keep new or other words, or drop some."""
    form, actor = request.form, who().actor
    try:
        number = _number(form.get("id", ""))
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            if form.get("do") == "drop":
                drop_template(session, actor, template_id=number or 0)
            else:
                office = _number(form.get("office", ""))
                keep_template(session, actor, body=form.get("body", ""), department_id=office, template_id=number)
    except DomainError as error:
        if isinstance(error, NotFound | NotAllowed):
            raise
        return _page(problem=problem_of(error), typed=form)
    return redirect("/opinions?done=yes", 303)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidRequest("no_such_action", field="id")
    return int(text)


def _page(*, problem: Problem | None = None, typed: Mapping[str, str] | None = None) -> Response:
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = templates_of(connection, actor)
        offices = place_names(connection, offices_of(actor))
    return page(
        "opinions.html",
        status=problem.status if problem else 200,
        templates=found,
        offices=list(offices.values()),
        problem=problem,
        typed=typed or {},
        done=request.args.get("done") == "yes",
    )
