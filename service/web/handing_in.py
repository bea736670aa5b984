"""From a finished draft to the first reviewer: preview as printed, the declaration, the hand-over, its confirmation."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug import Response

from service.db import unit_of_work
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.places import place_names
from service.queries.seen import seen
from service.queries.submissions import Case
from service.queries.waiting import open_items
from service.queries.waivers import draft_answers
from service.render.official import official
from service.usecases.submit import submit
from service.web import evaluation
from service.web.answers import answers_of
from service.web.copied_view import copied_values
from service.web.editor_notes import notes_of
from service.web.editor_screen import grouped, step_items_of, title_of
from service.web.form_words import SECTION_WORDS
from service.web.frame import gettext, language, page, who
from workflows.engine import allowed
from workflows.errors import CopiedUnchecked, FormHasErrors, NotPossibleNow, StaleVersion
from workflows.facts import Request
from workflows.findings import BLOCKING
from workflows.forms import form_type
from workflows.lifecycle import Action, State
from workflows.policy import may_see_draft
from workflows.refusals import explained
from workflows.ulid import new_ulid

blueprint = Blueprint("handing_in", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@blueprint.get("/submissions/<int:submission_id>/preview")
def preview(submission_id: int) -> Response:
    """The draft as it will be printed, what stands in its way, and the declaration."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return _preview(connection, seen(connection, who().actor, submission_id=submission_id))


def _preview(
    connection: Connection, case: Case, *, status: int = 200, faults: list[tuple[str | None, str]] | None = None
) -> Response:
    actor = who().actor
    if case.locked.state is not State.DRAFT or not may_see_draft(actor, case.place):
        return redirect(f"/submissions/{case.locked.id}", 303)
    current, form = draft(connection, case), form_type(case.form)
    answers = answers_of(connection, actor, case, draft_answers(connection, case, current.document))
    copied, confirmed = copied_values(connection, case, current, lang=language()), _confirmed()
    if status != 200 and any(one.code not in confirmed for one in copied["copied_sections"]):
        faults = [*(faults or []), ("#copied", gettext("有内容沿用上年，请逐节确认已核对。"))]
    notes = notes_of(answers.shown, form, language())
    blocked = (None, gettext("还有必须修改的内容，改好后才能提交。"))
    if status != 200 and blocked not in (faults or []) and any(one.severity in BLOCKING for one in notes):
        faults = [*(faults or []), blocked]  # whoever forgot the declaration hears of all that is in the way
    button = next((one for one in allowed(actor, facts_of(connection, case)) if one.action is Action.SUBMIT), None)
    return page(
        "preview.html",
        status=status,
        case=case,
        title=title_of(case),
        sheet=official(current.document),
        groups=grouped(notes),
        answers=answers,
        step_items=step_items_of(current, form, notes=notes, submission_id=case.locked.id, here="preview"),
        section_words=SECTION_WORDS,
        may_submit=button is not None,
        why_not=explained(button.reason, button.params, lang=language()) if button and button.reason else None,
        faults=faults or [],
        key=new_ulid(),
        **copied,
        copied_checked=confirmed,
    )


@blueprint.post("/submissions/<int:submission_id>/preview")
def hand_in(submission_id: int) -> Response:
    """Submit. A second press, or a second window, ends at the same confirmation."""
    if request.form.get("declared") != "yes":
        return _again(submission_id, [("#declared", gettext("请先勾选声明。"))])
    version = request.form.get("version", "")
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            submit(
                session,
                who().actor,
                submission_id=submission_id,
                request=Request(Action.SUBMIT),
                confirm_copied=_confirmed(),
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1,
            )
    except FormHasErrors as error:
        if any(one.blocks for one in error.findings):
            return _again(submission_id, [(None, gettext("还有必须修改的内容，改好后才能提交。"))])
        return _again(submission_id, [(None, gettext("还有提醒没有说明理由，说明后才能提交。"))])
    except CopiedUnchecked:
        return _again(submission_id, [])
    except (StaleVersion, NotPossibleNow):
        if not _is_mine_already(submission_id):
            raise
    return redirect(f"/submissions/{submission_id}/submitted", 303)


def _confirmed() -> frozenset[str]:
    """The sections whose cells from last year were found right, as the page was sent."""
    ticked = request.form.getlist("checked")
    return frozenset(SECTION_WORDS if "all" in ticked else ticked)


def _again(submission_id: int, faults: list[tuple[str | None, str]]) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        return _preview(connection, case, status=422, faults=faults)


def _is_mine_already(submission_id: int) -> bool:
    """The first of two presses has handed it in."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        return case.locked.state is State.REVIEW and who().actor.id in case.prepared_by


@blueprint.get("/submissions/<int:submission_id>/submitted")
def submitted(submission_id: int) -> Response:
    """The confirmation: number, who has it now, until when, and how to take it back. Safe to open again."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        items = [one for one in open_items(connection, submission_id) if one.level > 0]
        names = place_names(connection, {one.department_id for one in items} | {case.locked.department_id})
        buttons = allowed(who().actor, facts_of(connection, case))
    if not items:
        return redirect(f"/submissions/{submission_id}", 303)
    withdraw = next((one for one in buttons if one.action is Action.WITHDRAW), None)
    return page(
        "submitted.html",
        case=case,
        title=title_of(case) if case.locked.state is State.REVIEW else evaluation.title_of(case),
        unit=names[case.locked.department_id],
        items=[(one, names[one.department_id]) for one in items],
        withdraws=withdraw is not None and withdraw.reason is None,
        key=new_ulid(),
    )
