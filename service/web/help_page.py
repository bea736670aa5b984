"""帮助: what to do in which order, in words that do not need the screen beside them. Open to everybody."""

from __future__ import annotations

from flask import Blueprint
from werkzeug import Response

from service.api.auth import public
from service.web.frame import page

blueprint = Blueprint("help", __name__)
public(blueprint)


@blueprint.get("/help")
def show() -> Response:
    """One page for all roles."""
    return page("help.html")
