"""The grade of a target: who gives one, which of them pass, which of them need words."""

from __future__ import annotations

from workflows.errors import CommentRequired, InvalidRequest
from workflows.facts import Facts, Request
from workflows.lifecycle import Action, Transition

GRADES = ("excellent", "good", "fair", "poor")
# 财预〔2015〕88号 art 25: 优 and 良 go on, 中 is revised and resubmitted, 差 does not enter the budget.
PASSING_GRADES = ("excellent", "good")
_GRADES_WITHOUT_COMMENT = ("excellent",)


def check_grade(row: Transition, facts: Facts, request: Request) -> None:
    """Refuse a grade that is none, and a pass that lacks the one its level asks for. Raises InvalidRequest, CommentRequired."""
    if request.grade is not None and request.grade not in GRADES:
        raise InvalidRequest("no_such_grade", field="grade")
    if not _asks_grade(row, facts):
        return
    if request.grade is None:
        raise InvalidRequest("grade_required", field="grade")
    if request.grade not in PASSING_GRADES:
        raise InvalidRequest("grade_does_not_pass", field="grade")
    if request.grade not in _GRADES_WITHOUT_COMMENT and not (request.comment or "").strip():
        raise CommentRequired


def grade_given(row: Transition, facts: Facts, request: Request) -> str | None:
    """The grade that this step gives: to reject is the lowest, only the level that is asked for one may name another."""
    if row.action is Action.REJECT:
        return "poor"
    return request.grade if _asks_grade(row, facts) else None


def _asks_grade(row: Transition, facts: Facts) -> bool:
    return row.action is Action.PASS and facts.route.level(facts.level or 1).asks_grade
