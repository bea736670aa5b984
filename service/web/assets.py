"""Style, scripts and icons: names carry the hash of their content, so a browser may keep them for ever."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request

from service.api.auth import public
from service.web.frame import BUILT, manifest

blueprint = Blueprint("assets", __name__)
public(blueprint)

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
A_YEAR: Final = 365 * 24 * 3600


@blueprint.get("/static/<name>")
def static_file(name: str) -> Response:
    """One built file, compressed where the browser takes it. Only names of the manifest exist."""
    if name not in manifest().values():
        abort(404)
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(content(f"{name}.gz" if packed else name), content_type=TYPES[Path(name).suffix])
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response.set_etag(f"{name}{'-gz' if packed else ''}")
    response.make_conditional(request)
    return response


@cache
def content(name: str) -> bytes:
    """A file of the build, read once: all of them together are smaller than one page's picture."""
    return (BUILT / name).read_bytes()
