"""What a form that saves itself answers: JSON to the page's script, a page to everybody else."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from werkzeug import Response

from service.web import formats
from service.web.editor_post import CONTROLS
from service.web.frame import language, page, signed_in

_MOST_SHOWN = 400


def wants_json() -> bool:
    """Whether the page's script asks, which swaps parts instead of the page."""
    return request.headers.get("Accept") == "application/json"


def json_reply(answer: dict[str, Any], *, status: int = 200) -> Response:
    """An answer for the script; never stored, because offices share computers."""
    response = jsonify(answer)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def fragment_values() -> dict[str, Any]:
    """What parts of a page need of its frame."""
    known = signed_in()
    return {"lang": language(), "csrf": known.csrf if known else None, "now": formats.now()}


def refused_page(faults: list[tuple[str | None, str]], *, status: int) -> Response:
    """Why nothing was saved, with all that was typed, to be copied."""
    if wants_json():
        return json_reply({"refused": faults[0][1]}, status=status)
    typed = [(name, text) for name, text in request.form.items(multi=True) if name not in CONTROLS and text]
    return page("editor/refused.html", status=status, faults=faults, typed=typed[:_MOST_SHOWN])
