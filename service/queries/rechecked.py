"""The check before a form goes forward: a target that was frozen under other rules is looked at again."""

from __future__ import annotations

from sqlalchemy import Connection

from service.queries.drafts import draft_findings
from service.queries.revisions import revision
from service.queries.submissions import Case
from workflows.check import RULES_VERSION
from workflows.errors import FormHasErrors
from workflows.facts import Outcome
from workflows.forms import form_type
from workflows.lifecycle import Action, State
from workflows.waivers import still_in_the_way

_FORWARD = frozenset({Action.PASS, Action.ISSUE_REPLY})


def recheck(connection: Connection, case: Case, outcome: Outcome) -> None:
    """A target frozen under other rules is checked again before it goes forward; a returned one is not.

    Raises FormHasErrors.
    """
    if outcome.action not in _FORWARD or outcome.source is not State.REVIEW or case.rules_version == RULES_VERSION:
        return
    assert case.locked.head_revision_id is not None, "a form in review has a revision"
    head = revision(connection, case.locked.head_revision_id)
    findings = draft_findings(connection, case, head.document)
    blocking = still_in_the_way(findings, head.document, form_type(case.form), head.waivers)
    if blocking:
        raise FormHasErrors(blocking)
