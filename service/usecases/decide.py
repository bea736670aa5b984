"""Every step that freezes nothing: pass, undo, return, reject, reply, withdraw, open the evaluation, confirm, reopen.

The hot path of the house: one statement reads, the engine decides, one statement writes if nobody was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from service.models.record import Change, Recorded, Reply, record
from service.queries.amending import amending
from service.queries.facts import due_of, facts_of
from service.queries.rechecked import recheck
from service.queries.seen import read_as_seen, stale
from workflows.engine import step
from workflows.errors import NotPossibleNow, StaleVersion
from workflows.facts import Actor, Request
from workflows.lifecycle import Action

# Steps that freeze or touch a row have a use case of their own.
ELSEWHERE = frozenset(
    {
        Action.EDIT,
        Action.SUBMIT,
        Action.SUBMIT_EVALUATION,
        Action.SAVE_ACTUALS,
        Action.RE_SCORE,
        Action.REPLACE_WITH_PLACEHOLDER,
        Action.CLEAR_MARK,
        Action.ISSUE_CONTROL_FIGURE,
        Action.OPEN_ADJUSTMENT,
        Action.AMEND,
    }
)


def decide(
    connection: Connection,
    actor: Actor,
    *,
    submission_id: int,
    request: Request,
    version: int | None,
    reply: Callable[[list[Recorded]], Reply | None] | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Take one step of the lifecycle. `version` is what the person saw; only the timer may leave it out.

    Without `now` the database's clock decides. Raises NotFound, StaleVersion, and what the engine raises.
    """
    if request.action in ELSEWHERE:
        raise NotPossibleNow("action_has_its_own_door", action=request.action.value)
    case = read_as_seen(connection, actor, submission_id=submission_id, version=version, now=now)
    facts = facts_of(connection, case, request=request)
    outcome = step(actor, facts, request)
    recheck(connection, case, outcome)
    changes = [Change(case.locked, outcome, actor, case.now, due_of(case))]
    if outcome.action is Action.ISSUE_REPLY and case.amends_id is not None:
        changes.append(amending(connection, actor, case))
    try:
        return record(connection, changes, reply=reply)[0]
    except StaleVersion:
        raise stale(connection, submission_id) from None
