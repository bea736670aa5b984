"""依规移除: a secrecy reviewer asks that words which the law forbids to keep be emptied; another person confirms."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.queries.places import place_names
from service.queries.seen import seen
from service.queries.withholdings import opinions_to_withhold, revisions_to_withhold, withholdings
from service.usecases.ask_withholding import LONGEST, Body, ask_withholding, may_ask
from service.web.admin import Faults, done_or_again
from service.web.frame import page, who
from workflows.errors import NotAllowed
from workflows.lifecycle import Role

blueprint = Blueprint("withholding", __name__)
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/withhold")
def show(submission_id: int) -> Response:
    """What could be emptied, and what was asked for. For secrecy reviewers alone."""
    return _page(submission_id)


def _page(submission_id: int, faults: Faults | None = None, status: int = 200) -> Response:
    with edge().engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        if not may_ask(who().actor, case):
            raise NotAllowed("needs_role", role=Role.SECRECY_REVIEWER.value)
        name = place_names(connection, [case.locked.department_id])[case.locked.department_id]
        return page(
            "withholding.html",
            status=status,
            case=case,
            name=name,
            faults=faults or [],
            opinions=opinions_to_withhold(connection, submission_id),
            revisions=revisions_to_withhold(connection, submission_id),
            requests=withholdings(connection, form=submission_id),
            chosen=request.form.get("body", ""),
            reason=request.form.get("reason", ""),
            longest=LONGEST,
            done=request.args.get("done") == "asked",
        )


@blueprint.post("/submissions/<int:submission_id>/withhold")
def ask(submission_id: int) -> Response:
    """Ask for one body: `body` is `opinion:<id>` or `revision:<number>`."""

    def act(session: Session) -> Response:
        ask_withholding(
            session,
            who().actor,
            submission_id=submission_id,
            body=_body(request.form.get("body", "")),
            reason=request.form.get("reason", ""),
        )
        return redirect(f"/submissions/{submission_id}/withhold?done=asked", 303)

    return done_or_again(act, lambda faults, status: _page(submission_id, faults, status))


def _body(chosen: str) -> Body:
    kind, _, name = chosen.partition(":")
    if kind == "opinion" and name.isascii() and name.isalnum() and len(name) < 40:
        return Body(opinion_id=name)
    if kind == "revision" and name.isascii() and name.isdigit() and len(name) < 10:
        return Body(revision=int(name))
    return Body()
