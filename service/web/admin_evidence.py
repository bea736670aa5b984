"""存证: signed heads to be kept elsewhere, requests to empty a body. For the audit administrator, who sees no form's text."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from flask import Blueprint, current_app, make_response, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.queries.evidence_heads import leaves_under, newest_heads
from service.queries.withholdings import withholdings
from service.usecases.settle_withholding import confirm_withholding, refuse_withholding
from service.web.admin import Faults, done_or_again, holds, number
from service.web.frame import page, who
from workflows import heads
from workflows.ed25519 import public_pem
from workflows.errors import InvalidRequest, NotAllowed, NotFound
from workflows.lifecycle import Role

blueprint = Blueprint("admin_evidence", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

SHOWN: Final = 24  # a day of heads


@blueprint.get("/admin/evidence")
def show() -> Response:
    """The newest heads, what to keep of them, and what waits for a second person."""
    _needs_audit_admin()
    return _page()


def _page(faults: Faults | None = None, status: int = 200) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        newest, requests = newest_heads(connection, limit=SHOWN), withholdings(connection)
    return page(
        "admin/evidence.html",
        status=status,
        faults=faults or [],
        heads=[(one, datetime.fromisoformat(one.at)) for one in newest],
        fingerprint=heads.fingerprint,
        waiting=[one for one in requests if one.outcome is None],
        settled=[one for one in requests if one.outcome is not None],
        done=request.args.get("done", ""),
    )


@blueprint.get("/admin/evidence/head.json")
def head() -> Response:
    """The newest head with the ends of all chains: what `jixiao verify --database --head` needs."""
    _needs_audit_admin()
    with current_app.extensions["jixiao"].engine.connect() as connection:
        newest = next(iter(newest_heads(connection, limit=1)), None)
        if newest is None:
            raise NotFound
        content = heads.exported(newest, leaves_under(connection, newest.seq))
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
    return _file(text, "application/json", f"head-{newest.seq}.json")


@blueprint.get("/admin/evidence/key.pem")
def key() -> Response:
    """The public key of the newest head."""
    _needs_audit_admin()
    with current_app.extensions["jixiao"].engine.connect() as connection:
        newest = next(iter(newest_heads(connection, limit=1)), None)
    if newest is None:
        raise NotFound
    return _file(public_pem(bytes.fromhex(newest.public_key)), "application/x-pem-file", "head-key.pem")


@blueprint.post("/admin/evidence")
def settle() -> Response:
    """Confirm or refuse a request (`do`)."""
    _needs_audit_admin()

    def act(session: Session) -> Response:
        acts = {"confirm": confirm_withholding, "refuse": refuse_withholding}
        act_, chosen = acts.get(request.form.get("do", "")), number("withholding_id")
        if act_ is None or chosen is None:
            raise InvalidRequest("no_such_action", field="do")
        act_(session, who().actor, withholding_id=chosen)
        return redirect(f"/admin/evidence?done={request.form['do']}", 303)

    return done_or_again(act, _page)


def _needs_audit_admin() -> None:
    if not holds(Role.AUDIT_ADMIN):
        raise NotAllowed("needs_role", role=Role.AUDIT_ADMIN.value)


def _file(text: str, media: str, name: str) -> Response:
    response = make_response(text)
    response.headers["Content-Type"] = media
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
