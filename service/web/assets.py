"""Style, scripts and icons: names carry the hash of their content, so a browser may keep them for ever."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort, request, send_file

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
    path = BUILT / (f"{name}.gz" if packed else name)
    response = send_file(path, mimetype=TYPES[path.with_suffix("").suffix if packed else path.suffix], etag=name)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response
