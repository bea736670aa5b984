"""说明理由: a finding is answered with a reason from the panel, the check page or the preview; with and without scripts."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug import Response

from service.db import unit_of_work
from service.queries.seen import seen
from service.usecases.waive import Asked, waive, withdraw_waiver
from service.web import evaluation
from service.web.answers import Refused
from service.web.check_results import check_page
from service.web.editor_screen import screen
from service.web.frame import language, who
from service.web.replies import fragment_values, json_reply, wants_json
from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.lifecycle import RouteKind
from workflows.refusals import explained_error
from workflows.waivers import LONGEST_REASON

blueprint = Blueprint("answering", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

# Where a form without scripts returns to: the page that it stood on.
_BACK = {"editor": "#panel", "check": "/check", "preview": "/preview", "evaluation": "/evaluation#panel"}


@blueprint.post("/submissions/<int:submission_id>/waivers")
def answer(submission_id: int) -> Response:
    """Keep or take back the reason of one finding."""
    form = request.form
    asked = Asked(form.get("rule", "")[:10], form.get("path", "")[:120], form.get("meaning", "")[:64])
    typed = form.get("reason", "")
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            if form.get("do") == "take":
                withdraw_waiver(session, who().actor, submission_id=submission_id, asked=asked)
            else:
                waive(session, who().actor, submission_id=submission_id, asked=asked, reason=typed)
    except (InvalidRequest, NotPossibleNow) as error:
        return _refused(submission_id, error, asked, typed)
    if wants_json():
        return json_reply({"html": {"panel": _panel(submission_id)}})
    back = form.get("back", "")
    return redirect(f"/submissions/{submission_id}{_BACK.get(back, '/check')}", 303)


def _panel(submission_id: int) -> str:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        if case.kind is RouteKind.EVALUATION:
            return evaluation.panel_of(connection, case)
        values = {**screen(connection, who().actor, case), **fragment_values()}
    return render_template("editor/panel.html", **values)


def _refused(submission_id: int, error: InvalidRequest | NotPossibleNow, asked: Asked, typed: str) -> Response:
    """The check page again, of an evaluation its own, with the words that were typed and why they were not kept."""
    words = explained_error(error, lang=language())
    status = 400 if isinstance(error, InvalidRequest) else 409
    if wants_json():
        return json_reply({"refused": words}, status=status)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        reason = Refused(typed[: LONGEST_REASON * 4], words, asked.meaning or "")
        if case.kind is RouteKind.EVALUATION:
            return evaluation.evaluation_page(connection, case, status=status, reason=reason)
        return check_page(connection, case, status=status, reason=reason)
