"""打印: the official A4 layout as a page of its own. The stored PDF is made by the worker to the same columns."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, make_response, render_template
from sqlalchemy import Connection
from werkzeug import Response

from service.queries.drafts import draft
from service.queries.revisions import revision
from service.queries.seen import seen
from service.queries.submissions import Case
from service.render.official import DRAFT, Stamp, official
from service.web.frame import who
from workflows.errors import NotPossibleNow
from workflows.facts import Actor
from workflows.forms.base import Document
from workflows.lifecycle import State
from workflows.policy import may_see_draft

blueprint = Blueprint("printing", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Printed:
    """What is printed and which revision it is."""

    document: Document
    stamp: Stamp


@blueprint.get("/submissions/<int:submission_id>/print")
def show(submission_id: int) -> Response:
    """The form as on paper: the draft for those who write it, else what was approved, else what was handed in last."""
    printed = _printed(submission_id)
    text = render_template(
        "print.html",
        sheet=official(printed.document),
        submission_id=submission_id,
        stamp=printed.stamp.text,
        stamp_key=(printed.stamp.sha256 or "draft")[:12],
    )
    response = make_response(text)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = "zh-CN"
    return response


@blueprint.get("/submissions/<int:submission_id>/print/stamp.css")
def stamp(submission_id: int) -> Response:
    """The right foot of each page. A margin box takes text from a style sheet alone, and pages carry no inline style."""
    text = _printed(submission_id).stamp.text
    quoted = "".join(f"\\{ord(char):06x}" for char in text)
    response = make_response(f'@page {{ @bottom-right {{ content: "{quoted}"; }} }}\n')
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response


def _printed(submission_id: int) -> Printed:
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        return printed_of(connection, actor, case)


def printed_of(connection: Connection, actor: Actor, case: Case) -> Printed:
    """Raises NotPossibleNow where nothing was handed in yet and the draft is not for this person."""
    if case.locked.state is State.DRAFT and may_see_draft(actor, case.place):
        return Printed(draft(connection, case).document, DRAFT)
    # The sheet is the target table. Once it is approved, that revision is what it shows: an evaluation is another paper.
    printed = case.locked.approved_revision_id or case.locked.head_revision_id
    if printed is None:
        raise NotPossibleNow("no_revision_yet")
    found = revision(connection, printed)
    return Printed(found.document, Stamp(found.number, found.sha256))
