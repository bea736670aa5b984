"""修改密码: by choice, or before anything else where the password was handed over for one use."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.api.problems import problem_of
from service.db import unit_of_work
from service.usecases.accounts import change_password
from service.web.frame import gettext, page, who
from service.web.navigation import start_of
from workflows.errors import InvalidRequest

blueprint = Blueprint("password", __name__)
sign_in_required(blueprint, password_change=True)


@blueprint.get("/account/password")
def form() -> Response:
    """The form; where the password has to be changed, it is the only page that opens."""
    return page("password.html", fault="", field="", forced=who().must_change_password)


@blueprint.post("/account/password")
def change() -> Response:
    """Change one's own password. Every other session ends."""
    new = request.form.get("new_password", "")
    if new != request.form.get("new_password_again", ""):
        return _refused(gettext("两次输入的新密码不一致。"), "new_password_again", 422)
    try:
        with unit_of_work(edge().factory) as session:
            change_password(
                session,
                who().actor,
                current=request.form.get("current_password", ""),
                new=new,
                profile=edge().settings.password_profile,
                kept_session=who().session_id,
            )
    except InvalidRequest as error:
        return _refused(problem_of(error).detail, error.field or "", 422)
    return redirect(start_of(who().actor) if who().must_change_password else "/account?changed", 303)


def _refused(words: str, field: str, status: int) -> Response:
    return page("password.html", status=status, fault=words, field=field, forced=who().must_change_password)
