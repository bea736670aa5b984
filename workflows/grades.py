"""The grade of a target: who gives one, which of them pass, which of them need words, and the four criteria behind it."""

from __future__ import annotations

from workflows.errors import CommentRequired, InvalidRequest
from workflows.facts import Actor, Facts, Request
from workflows.lifecycle import Action, Transition
from workflows.policy import seat_of

GRADES = ("excellent", "good", "fair", "poor")
# What a target review looks at: 完整性, 相关性, 适当性, 可行性 (财预〔2015〕88号, domain guide sections 1.2 and 9).
CRITERIA = ("completeness", "relevance", "adequacy", "feasibility")
# 财预〔2015〕88号 art 25: 优 and 良 go on, 中 is revised and resubmitted, 差 does not enter the budget.
PASSING_GRADES = ("excellent", "good")
RETURNING_GRADE = "fair"
_GRADES_WITHOUT_COMMENT = ("excellent",)


def check_grade(actor: Actor, row: Transition, facts: Facts, request: Request) -> None:
    """Refuse a grade that is none, a pass that lacks the one its level asks for, and criteria that are not all there.

    Raises InvalidRequest, CommentRequired.
    """
    if request.grade is not None and request.grade not in GRADES:
        raise InvalidRequest("no_such_grade", field="grade")
    _check_criteria(request)
    if row.action is Action.PASS and _asks_grade(actor, row, facts):
        _check_passing(request)


def _check_passing(request: Request) -> None:
    if request.grade is None:
        raise InvalidRequest("grade_required", field="grade")
    if request.grade not in PASSING_GRADES:
        raise InvalidRequest("grade_does_not_pass", field="grade")
    if request.grade not in _GRADES_WITHOUT_COMMENT and not (request.comment or "").strip():
        raise CommentRequired


def _check_criteria(request: Request) -> None:
    given = request.criteria or {}
    if given and (set(given) != set(CRITERIA) or not set(given.values()) <= set(GRADES)):
        raise InvalidRequest("criteria_incomplete", field="criteria")


def grade_given(actor: Actor, row: Transition, facts: Facts, request: Request) -> str | None:
    """The grade that this step gives: to reject is the lowest, only the level that is asked for one may name another.

    A return gives 中 or none: whatever else a page sent along belongs to a pass.
    """
    if row.action is Action.REJECT:
        return "poor"
    gives = row.action is Action.PASS or (row.action is Action.RETURN_FOR_REVISION and request.grade == RETURNING_GRADE)
    return request.grade if gives and _asks_grade(actor, row, facts) else None


def _asks_grade(actor: Actor, row: Transition, facts: Facts) -> bool:
    """Whether the level asks for a grade, and the actor sits where the route asks it: an added signer gives none."""
    seat = seat_of(actor, facts, by=row.by)
    return seat is not None and not seat.is_added and facts.route.level(facts.level or 1).asks_grade
