"""Every step that freezes nothing: pass, undo, return, reject, reply, withdraw, open the evaluation, confirm, reopen.

The hot path of the house: one statement locks and reads, the engine decides, one statement writes.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from service.models.record import Change, Recorded, Reply, record
from service.queries.facts import acting_as, due_of, facts_of
from service.queries.submissions import Case, last_handled, lock
from workflows.engine import step
from workflows.errors import NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Actor, Request
from workflows.lifecycle import Action
from workflows.policy import may_see

FREEZES = frozenset({Action.SUBMIT, Action.SUBMIT_EVALUATION})
ROW_ACTIONS = frozenset(
    {Action.EDIT, Action.SAVE_ACTUALS, Action.RE_SCORE, Action.REPLACE_WITH_PLACEHOLDER, Action.CLEAR_MARK}
)


def decide(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    request: Request,
    version: int | None,
    reply: Callable[[list[Recorded]], Reply | None] | None = None,
) -> Recorded:
    """Take one step of the lifecycle. `version` is what the person saw; only the timer may leave it out.

    Raises NotFound, StaleVersion, and what the engine raises.
    """
    if request.action in FREEZES | ROW_ACTIONS:
        raise NotPossibleNow("action_has_its_own_door", action=request.action.value)
    connection = session.connection()
    case = lock(connection, submission_id)
    _check_seen(session, actor, case, version)
    facts = facts_of(connection, case)
    outcome = step(actor, facts, request)
    role, department_id = acting_as(actor, facts, outcome)
    change = Change(case.locked, outcome, actor, case.now, due_of(case), role, department_id)
    return record(connection, [change], reply=reply)[0]


def _check_seen(session: Session, actor: Actor, case: Case, version: int | None) -> None:
    if not may_see(actor, case.place, state=case.locked.state, submitted=case.locked.submitted_at is not None):
        raise NotFound
    if version is None and actor.is_system:
        return
    if version != case.locked.version:
        handled = last_handled(session.connection(), case.locked.id)
        raise StaleVersion(
            by_role=handled.role.value if handled else None,
            by_unit=handled.department if handled else None,
            at=handled.at if handled else None,
            field="version",
        )
