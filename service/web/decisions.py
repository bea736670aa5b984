"""POST /submissions/<id>/actions: every act of the panel, with its words, kept remarks and points, exactly once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Final

from flask import Blueprint, current_app, redirect, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from service.api.auth import sign_in_required
from service.api.idempotency import Once
from service.api.problems import Problem, problem_of
from service.db import unit_of_work
from service.models.record import Recorded, Reply
from service.queries.actor import KeptReply, kept_reply
from service.queries.facts import facts_of
from service.queries.seen import seen
from service.usecases.decide import decide
from service.usecases.issue_control_figure import issue_control_figure
from service.usecases.keep_remarks import carry_remarks, keep_remarks
from service.usecases.re_score import re_score
from service.usecases.submit import submit
from service.web.formats import moment
from service.web.frame import gettext, who
from service.web.remark_fields import given_of
from service.web.review import Typed, reading_page
from workflows.errors import DomainError, IdempotencyMismatch, InvalidRequest, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Actor, Position, Request
from workflows.grades import CRITERIA
from workflows.lifecycle import Action
from workflows.ulid import is_ulid

blueprint = Blueprint("decisions", __name__)
sign_in_required(blueprint)

POINTS: Final = "score:"
LONGEST_COMMENT: Final = 4000
LONGEST_NUMBER: Final = 100
_JUDGES: Final = frozenset({Action.PASS, Action.RETURN_FOR_REVISION, Action.REJECT})
_HANDS_IN: Final = frozenset({Action.SUBMIT, Action.SUBMIT_EVALUATION})
# Decisions after which the next form of the desk opens.
_GOES_ON: Final = frozenset(
    {
        Action.PASS,
        Action.ISSUE_REPLY,
        Action.ISSUE_CONTROL_FIGURE,
        Action.CONFIRM,
        Action.RETURN_FOR_REVISION,
        Action.REJECT,
    }
)
_OWN_DOOR: Final = frozenset(
    {
        Action.EDIT,
        Action.SAVE_ACTUALS,
        Action.REPLACE_WITH_PLACEHOLDER,
        Action.CLEAR_MARK,
        Action.OPEN_ADJUSTMENT,
        Action.AMEND,
    }
)


@blueprint.post("/submissions/<int:submission_id>/actions")
def act(submission_id: int) -> Response:
    """Take one step and go to the form as it then is. A refusal shows the page again with all that was typed."""
    try:
        asked = read_request(request.form)
        version = _version(request.form.get("version"))
        where = f"/submissions/{submission_id}" + (
            "/submitted"
            if asked.action in _HANDS_IN
            else f"{'/next' if asked.action in _GOES_ON else ''}?done={asked.action}"
        )
        return redirect(_once(submission_id, asked, version, where), 303)
    except DomainError as error:
        if isinstance(error, NotFound) or request.form.get("action") in _HANDS_IN:
            raise
        return _refused(submission_id, problem_of(error), stale=isinstance(error, StaleVersion))


def read_request(form: MultiDict[str, str]) -> Request:
    """The request of a posted panel. Raises InvalidRequest for values that no act could hold."""
    action = form.get("action", "")
    if action not in set(Action) - _OWN_DOOR:
        raise InvalidRequest("no_such_action", field="action")
    comment = form.get("comment", "").replace("\r\n", "\n").strip()
    if len(comment) > LONGEST_COMMENT:
        raise InvalidRequest("comment_length", field="comment", limit=str(LONGEST_COMMENT))
    number = form.get("reply_number", "").strip()
    if len(number) > LONGEST_NUMBER:
        raise InvalidRequest("reply_number_required", field="reply_number")
    act, position = _signing(Action(action), form)
    returns, replies = act is Action.RETURN_FOR_REVISION, act is Action.ISSUE_REPLY
    return Request(
        action=act,
        comment=comment or None,
        to_level=_level(form.get("to_level", "")) if returns else None,
        grade=form.get("grade") or None if returns or act is Action.PASS else None,
        reply_number=number or None if replies else None,
        reply_date=_day(form.get("reply_date", "")) if replies else None,
        criteria=_criteria(form) if act in _JUDGES else None,
        sections=tuple(form.getlist("section")) or None if returns else None,
        to_person=_person(form, action),
        position=position,
        control_figure=_figure(form.get("control_figure", "")) if act is Action.ISSUE_CONTROL_FIGURE else None,
    )


def _figure(typed: str) -> Decimal | None:
    """A control figure in 万元, with two decimals at most; None for anything else, which the engine refuses."""
    text = typed.strip().replace(",", "")
    fits = re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text)
    return Decimal(text) if fits else None


def _signing(action: Action, form: Mapping[str, str]) -> tuple[Action, Position | None]:
    """加签: before and beside are acts of their own, after one's own signature it goes with the pass."""
    if action is not Action.ADD_SIGNER:
        return action, None
    try:
        position = Position(form.get("position", ""))
    except ValueError:
        raise InvalidRequest("position_not_here", field="position") from None
    return (Action.PASS if position is Position.AFTER else action), position


def _person(form: Mapping[str, str], action: str) -> int | None:
    text = form.get({Action.HAND_OVER.value: "hand_to", Action.ADD_SIGNER.value: "sign_by"}.get(action, ""), "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidRequest("no_such_colleague", field="to_person")
    return int(text) if text else None


def _criteria(form: Mapping[str, str]) -> dict[str, str] | None:
    given = {code: form.get(f"criterion:{code}", "") for code in CRITERIA}
    return {code: grade for code, grade in given.items() if grade} or None


def _level(text: str) -> int | None:
    """Nothing chosen means back to the filler."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 2:
        raise InvalidRequest("no_such_level", field="to_level")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InvalidRequest("reply_date_required", field="reply_date") from None


def _version(text: str | None) -> int:
    if not text or not text.isdecimal() or len(text) > 12:
        raise InvalidRequest("stale_version", field="version")
    return int(text)


def _once(submission_id: int, asked: Request, version: int, where: str) -> str:
    """Do it, or find that the same press of the same button was answered before. Returns where to go."""
    actor = who().actor
    assert actor.id is not None, "a person presses"
    key = request.form.get("idempotency_key") or None
    if key is not None and not is_ulid(key):
        raise InvalidRequest("key_shape", field="idempotency_key")
    this = Once(actor.id, key, _hash())
    kept = _kept(this)
    if kept is not None:
        return _repeated(kept, this)
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            reply = this.keeping(303, lambda _recorded: {"location": where})
            _do(session, actor, submission_id=submission_id, asked=asked, version=version, reply=reply)
    except (NotPossibleNow, IntegrityError):
        kept = _kept(this)
        if kept is None:
            raise
        return _repeated(kept, this)
    return where


def _do(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    asked: Request,
    version: int,
    reply: Callable[[list[Recorded]], Reply | None],
) -> None:
    form = request.form
    given = given_of(form)
    # Boxes that are empty and were empty when the page was shown say nothing.
    if any(one.body.strip() for one in given.values()) or form.get("kept", "0") != "0":
        keep_remarks(session, actor, submission_id=submission_id, given=given)
    if asked.action in _HANDS_IN:
        submit(session, actor, submission_id=submission_id, version=version, request=asked, reply=reply)
    elif asked.action is Action.RE_SCORE:
        scores = _given(form, POINTS)
        was = seen(session.connection(), actor, submission_id=submission_id).locked.head_revision_id
        re_score(
            session, actor, submission_id=submission_id, version=version, request=asked, scores=scores, reply=reply
        )
        carry_remarks(session, actor, submission_id=submission_id, from_revision_id=was or 0)
    elif asked.action is Action.ISSUE_CONTROL_FIGURE:
        issue_control_figure(session, actor, submission_id=submission_id, version=version, request=asked, reply=reply)
    else:
        decide(session.connection(), actor, submission_id=submission_id, version=version, request=asked, reply=reply)


def _given(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Fields of rows, `score:indicators[3]`, by their path; empty ones are left out."""
    return {
        name.removeprefix(prefix): value.strip()
        for name, value in form.items()
        if name.startswith(prefix) and value.strip()
    }


def _hash() -> str:
    """What makes two presses the same: the address and every field but the token of the page."""
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return sha256(repr((request.path, fields)).encode("utf-8", "replace")).hexdigest()


def _kept(this: Once) -> KeptReply | None:
    if this.key is None:
        return None
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return kept_reply(connection, this.person_id, key=this.key)


def _repeated(kept: KeptReply, this: Once) -> str:
    if kept.request_hash != this.hash:
        raise IdempotencyMismatch
    return str(kept.response["location"])


def _refused(submission_id: int, problem: Problem, *, stale: bool) -> Response:
    """The form as it is now, the reason on top, and everything typed in its place."""
    words = _first(problem) if stale and problem.by is not None else problem.detail
    links = {"comment", "grade", "criteria", "to_level", "sections", "to_person", "reply_number", "reply_date"}
    field = problem.field if problem.field in links else None
    faults = [(f"#{field}" if field else None, words)]
    faults += [(f"#{one['path']}", one["message"]) for one in problem.findings]
    actor = who().actor
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, actor, submission_id=submission_id)
        sections = tuple(request.form.getlist("section"))
        typed = Typed(tuple(faults), request.form, problem.status, problem, sections=sections)
        return reading_page(connection, actor, case, facts_of(connection, case), typed=typed)


def _first(problem: Problem) -> str:
    """Who was first, by role and unit, and when; what was typed stays."""
    by = problem.by or {}
    who_first = "{role_name} · {unit}".format(**by) if by.get("unit") else by["role_name"]
    words = gettext(
        "单据已由%(who)s于 %(at)s 办理，您看到的不是最新内容。下面是现在的内容；您写的文字已保留，请核对后再决定。"
    )
    return words % {"who": who_first, "at": moment(problem.at)}
