"""A form that was sent after its session had ended: kept through the sign-in, and put before the person again.

Nothing is stored: the fields travel in the sign-in page and back. Only what this site's own page sent is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import request
from werkzeug.datastructures import MultiDict

MOST_FIELDS: Final = 3_000
_NEVER: Final = frozenset({"csrf_token", "password", "current_password", "new_password", "new_password_again"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the form was going, and its fields in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]


def kept_of_request() -> Kept | None:
    """The form of this request, if our own page sent it and it is one of text alone."""
    origin = request.headers.get("Origin")
    own = request.method == "POST" and origin is not None and urlsplit(origin).netloc == request.host
    if not own or request.files or not request.form:
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name not in _NEVER)
    return Kept(request.path, fields) if len(fields) <= MOST_FIELDS else None


def kept_of_form(form: MultiDict[str, str]) -> Kept | None:
    """The same as the sign-in page carries it."""
    path, names, values = form.get("kept_path", ""), form.getlist("kept_name"), form.getlist("kept_value")
    if not path.startswith("/") or path.startswith(("//", "/\\", "/sign-")) or len(names) != len(values):
        return None
    return Kept(path, tuple(zip(names, values, strict=True)))
