"""The entries of the bar on top, by role; on a phone the same ones stand at the foot."""

from __future__ import annotations

from dataclasses import dataclass

from service.i18n import mark as _
from workflows.facts import Actor
from workflows.lifecycle import ADMINISTRATORS, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `word` is a msgid; `count` is shown as a badge when it is not 0."""

    href: str
    word: str
    icon: str
    current: bool = False
    count: int = 0


_EVALUATIONS = "/submissions?state=year_end_evaluation"
_BUSINESS = (
    ("/inbox", _("工作台"), "inbox"),
    ("/submissions", _("单据"), "list"),
    (_EVALUATIONS, _("评价"), "ruler"),
    ("/reports", _("报表"), "chart"),
)
_FILLER = (_BUSINESS[0], ("/submissions", _("填报"), "pen"), ("/import", _("导入"), "upload"), *_BUSINESS[2:])
_PLANS = (
    ("/admin/deadlines", _("日程"), "calendar"),
    ("/admin/cycles", _("周期"), "gear"),
    ("/admin/routes", _("流程"), "route"),
    ("/admin/library", _("指标库"), "ruler"),
)
_ADMIN = (
    ("/admin/departments", _("部门"), "columns"),
    ("/admin/people", _("人员"), "user"),
    ("/admin/cycles", _("周期"), "calendar"),
)


_EVIDENCE = ("/admin/evidence", _("存证"), "shield")


def entries(actor: Actor, *, path: str, todo: int) -> list[Entry]:
    """The entries for this person; `path` is the address asked for, with its query."""
    rows = _rows({grant.role for grant in actor.grants})
    here = _current(path, [href for href, _word, _icon in rows])
    return [Entry(href, word, icon, href == here, todo if href == "/inbox" else 0) for href, word, icon in rows]


def start_of(actor: Actor) -> str:
    """Where this person begins: the desk, and for administrators, who have none, their first entry."""
    return _rows({grant.role for grant in actor.grants})[0][0]


def _rows(roles: set[Role]) -> tuple[tuple[str, str, str], ...]:
    if roles and roles <= ADMINISTRATORS:
        return (*_ADMIN, _EVIDENCE) if Role.AUDIT_ADMIN in roles else _ADMIN
    if Role.FILLER in roles:
        return _FILLER
    return (*_BUSINESS, *_PLANS) if Role.FINANCE_PERFORMANCE_OFFICE in roles else _BUSINESS


def _current(path: str, hrefs: list[str]) -> str | None:
    """The entry that the address belongs to: the longest that it begins with."""
    fitting = [href for href in hrefs if path == href or path.startswith((f"{href}/", f"{href}?", f"{href}&"))]
    return max(fitting, key=len, default=None)
