"""帮助: what to do in which order, in words that do not need the screen beside them."""

from __future__ import annotations

from flask import Blueprint
from werkzeug import Response

from service.api.auth import sign_in_required
from service.web.frame import page

blueprint = Blueprint("help", __name__)
sign_in_required(blueprint, password_change=True)


@blueprint.get("/help")
def show() -> Response:
    """One page for all roles."""
    return page("help.html")
