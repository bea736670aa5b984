"""办理卷宗 and 证据包 of a form, as links of its timeline fetch them."""

from __future__ import annotations

from flask import Blueprint
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.evidence import fetch

blueprint = Blueprint("evidence", __name__)
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/evidence.pdf")
def paper(submission_id: int) -> Response:
    """Everything on which the form was decided, on paper."""
    return fetch(submission_id, "pdf")


@blueprint.get("/submissions/<int:submission_id>/evidence.json")
def bundle(submission_id: int) -> Response:
    """The same for a verifier."""
    return fetch(submission_id, "json")
