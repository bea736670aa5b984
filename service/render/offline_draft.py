"""The draft that an offline workbook is made of, for those who may type into it."""

from __future__ import annotations

from sqlalchemy import Connection

from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.seen import seen
from service.queries.submissions import Case, read
from service.render.offline_workbook import OfflineDraft
from workflows.draft import ACTUALS, EXECUTION
from workflows.engine import step
from workflows.errors import NotPossibleNow
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.lifecycle import Action, RouteKind


def offline_draft(connection: Connection, actor: Actor | None, *, submission_id: int) -> OfflineDraft:
    """What goes into the workbook. Without an actor an operator asks. Raises NotFound, NotAllowed, NotPossibleNow."""
    if actor is None:
        case = read(connection, submission_id)
    else:
        case = seen(connection, actor, submission_id=submission_id)
        _refuse_evaluation(case)
        step(actor, facts_of(connection, case), Request(Action.EDIT))
    _refuse_evaluation(case)
    current = draft(connection, case)
    sections = {
        name: (one.version, one.value) for name, one in current.sections.items() if name not in (ACTUALS, EXECUTION)
    }
    return OfflineDraft(
        form_type(case.form),
        submission_id,
        str(current.document["region"]),
        case.fiscal_year,
        str(current.document["department"]),
        sections,
    )


def _refuse_evaluation(case: Case) -> None:
    if case.kind is not RouteKind.TARGET:
        raise NotPossibleNow("not_in_this_state", state=case.locked.state.value, action=Action.EDIT.value)
