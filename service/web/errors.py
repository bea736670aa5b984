"""Refusals as pages: what happened, who has it now, what to do next, and a number to name on the telephone.

The words are those of the API's problem document; only the frame differs.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, g, redirect, request
from werkzeug import Response
from werkzeug.exceptions import RequestEntityTooLarge

from service.api import errors
from service.api.problems import Problem
from service.i18n import mark as _
from service.web.frame import page, signed_in
from service.web.paging import address
from service.web.replies import json_reply, wants_json
from service.web.resume import kept_of_request
from service.web.sign_in import sign_in_page

# What a page calls the refusal where the title of the problem speaks to a program.
TITLES: Final = {
    403: _("您不能办理这一步"),
    404: _("没有这个页面"),
    405: _("这个地址不能这样打开"),
    409: _("单据已经变化"),
    413: _("内容太大"),
    429: _("请稍后再试"),
    500: _("系统出错了"),
    503: _("系统暂时不可用"),
    507: _("存储空间不足"),
}
FURTHER: Final = {
    404: _("地址可能抄漏了字，也可能您无权查看这份单据。"),
    500: _("您填写的内容没有丢失的，仍在上一页；请后退后再试一次。若仍不行，请把记录号告诉系统管理员。"),
    503: _("数据库暂时连不上。请等几秒后重新打开，您已保存的内容不受影响。"),
}


def install(app: Flask) -> None:
    """Let people see pages where programs get JSON."""
    errors.show_problems_with(app, problem_page)


def problem_page(problem: Problem) -> Response:
    """The page of a refusal. Without a session a person is led to sign in and back again."""
    if wants_json():
        return json_reply({"refused": problem.detail, "code": problem.code}, status=problem.status)
    if problem.code == "not_signed_in":
        kept = kept_of_request() if _can_be_read() else None
        if kept is not None:
            return sign_in_page(status=401, ended=True, kept=kept)
        return redirect(address("/sign-in", {"next": _came_from(), "ended": bool(request.cookies) or None}), 303)
    if problem.code == "password_change_required":
        return redirect("/account/password", 303)
    return page(
        "error.html",
        status=problem.status,
        problem=problem,
        title=None if problem.code == "csrf_failed" else TITLES.get(problem.status),
        further=FURTHER.get(problem.status),
        record=str(g.get("request_id") or ""),
        path=request.path[:200],
        kept=request.form.get("comment", "")[:4000] if request.method == "POST" and _can_be_read() else "",
        retry=request.full_path.rstrip("?") if request.method == "GET" else None,
        inside=signed_in() is not None,
    )


def _can_be_read() -> bool:
    """Whether the form of this request can be looked at: one that is too large refuses anew at each look."""
    try:
        return request.form is not None
    except RequestEntityTooLarge:
        return False


def _came_from() -> str | None:
    """Where to return to: the page asked for; after a form, the page that held it is unknown and the desk opens."""
    return request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
