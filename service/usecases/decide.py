"""Every step that freezes nothing: pass, undo, return, reject, reply, withdraw, open the evaluation, confirm, reopen.

The hot path of the house: one statement reads, the engine decides, one statement writes if nobody was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from service.models.record import Change, Recorded, Reply, record
from service.queries.drafts import draft_findings
from service.queries.facts import due_of, facts_of
from service.queries.revisions import revision
from service.queries.seen import read_as_seen, stale
from service.queries.submissions import Case
from workflows.check import RULES_VERSION
from workflows.engine import step
from workflows.errors import FormHasErrors, NotPossibleNow, StaleVersion
from workflows.facts import Actor, Outcome, Request
from workflows.forms import form_type
from workflows.lifecycle import Action, State
from workflows.waivers import still_in_the_way

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
    }
)
_FORWARD = frozenset({Action.PASS, Action.ISSUE_REPLY})


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
    facts = facts_of(connection, case)
    outcome = step(actor, facts, request)
    _recheck(connection, case, outcome)
    change = Change(case.locked, outcome, actor, case.now, due_of(case))
    try:
        return record(connection, [change], reply=reply)[0]
    except StaleVersion:
        raise stale(connection, submission_id) from None


def _recheck(connection: Connection, case: Case, outcome: Outcome) -> None:
    """A target frozen under other rules is checked again before it goes forward; a returned one is not."""
    if outcome.action not in _FORWARD or outcome.source is not State.REVIEW or case.rules_version == RULES_VERSION:
        return
    assert case.locked.head_revision_id is not None, "a form in review has a revision"
    head = revision(connection, case.locked.head_revision_id)
    findings = draft_findings(connection, case, head.document)
    blocking = still_in_the_way(findings, head.document, form_type(case.form), head.waivers)
    if blocking:
        raise FormHasErrors(blocking)
