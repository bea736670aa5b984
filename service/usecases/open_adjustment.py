"""申请调整: a draft that begins as the approved targets stand, and whose reply takes their place.

The approved form stays in force until then; its chain tells that an adjustment was asked for, why, and when it came in force.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.models.draft_rows import add_editor, put_section
from service.models.record import Change, Recorded, begin, record
from service.queries.facts import due_of, facts_of
from service.queries.revisions import revision
from service.queries.seen import locked_as_seen
from service.queries.submissions import Case
from workflows.adjustments import Source
from workflows.deadlines import beijing_date, due_at
from workflows.draft import HEAD, target_sections, with_row_ids
from workflows.engine import step
from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.lifecycle import Action, RouteKind

# An adjustment has no date of the year's plan: the unit asked for it. Two weeks, and reminders as for any draft.
_WORKING_DAYS = 10
_OPEN = text("select exists (select 1 from submission where amends_id = :id and state <> 'closed')")


def open_adjustment(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    version: int | None,
    source: str,
    comment: str | None,
    now: datetime | None = None,
) -> Recorded:
    """Open the adjustment of an approved form, by a filler of its unit; what the new draft has become.

    Raises NotFound, StaleVersion, NotAllowed, CommentRequired (the reason), InvalidRequest (`source`), NotPossibleNow (one is
    under way, or the year's results are asked for already).
    """
    connection = session.connection()
    case = locked_as_seen(connection, actor, submission_id=submission_id, version=version, now=now)
    outcome = step(actor, facts_of(connection, case), Request(Action.OPEN_ADJUSTMENT, comment=comment))
    if source not in set(Source):
        raise InvalidRequest("no_such_source", field="source")
    if beijing_date(case.now) >= case.evaluation_opens_on:
        raise NotPossibleNow("adjustment_closed")
    if connection.execute(_OPEN, {"id": submission_id}).scalar_one():
        raise NotPossibleNow("adjustment_open")
    made = _draft(session, actor, case, source=source)
    facts = {"adjustment_id": made.id, "source": source}
    record(connection, [Change(case.locked, outcome, actor, case.now, due_of(case), facts=facts)])
    return made


def _draft(session: Session, actor: Actor, case: Case, *, source: str) -> Recorded:
    connection = session.connection()
    assert case.locked.approved_revision_id is not None, "an approved form has an approved revision"
    approved = revision(connection, case.locked.approved_revision_id)
    values: dict[str, Any] = {
        "created_at": case.now,
        "department_id": case.locked.department_id,
        "cycle_id": case.locked.cycle_id,
        "fiscal_year": case.fiscal_year,
        "form": case.form,
        "kind": "adjustment",
        "amends_id": case.locked.id,
        "target_route_id": case.target_route_id,
        "evaluation_route_id": case.evaluation_route_id,
        "profile_id": case.profile_id,
    }
    limit = due_at(case.now, working_days=_WORKING_DAYS, calendar=case.calendar)
    facts = {"amends": case.locked.id, "amends_sha256": approved.sha256, "source": source}
    made = begin(connection, values, actor=actor, now=case.now, due_at=limit, facts=facts)
    for name, value in _sections(case, approved.document).items():
        put_section(connection, actor, submission_id=made.id, section=name, value=value, version=1)
    add_editor(connection, actor, submission_id=made.id, kind=RouteKind.TARGET)
    return made


def _sections(case: Case, approved: Document) -> dict[str, object]:
    """The sections of the draft: the approved document, with the ids of its rows, so that each is told from the others."""
    head = {name: approved[name] for name in ("supervising_department", "money_source_unit") if approved.get(name)}
    sections: dict[str, object] = {HEAD: head}
    for section in target_sections(form_type(case.form)):
        sections[section.name] = with_row_ids(section, approved[section.name])
    return sections
