"""Reasons that answer findings: those of a draft, found again by what they answer."""

from __future__ import annotations

from sqlalchemy import Connection, text

from service.queries.check_context import check_context
from service.queries.drafts import examined
from service.queries.remark_findings import remark_findings
from service.queries.revisions import RevisionRow
from service.queries.submissions import Case
from workflows.check import check
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind
from workflows.waivers import Answered, Spot, Waiver, answered

_OF_DRAFT = text("""
select w.rule, w.section, w.row_id, w.field, w.meaning, w.reason, w.person_id, p.name, w.created_at
from waiver w join person p on p.id = w.person_id where w.submission_id = :id order by w.id
""")


def waivers_of(connection: Connection, submission_id: int) -> tuple[Waiver, ...]:
    """Every reason that was given for the draft, also for findings that it has no more."""
    rows = connection.execute(_OF_DRAFT, {"id": submission_id})
    return tuple(Waiver(Spot(*row[:5]), row.reason, row.person_id, row.name, row.created_at) for row in rows)


def draft_answers(connection: Connection, case: Case, document: Document) -> tuple[Answered, ...]:
    """What the checks say of a draft as it stands, each finding with the reason that answers it."""
    tidy, found, _ = examined(connection, case, document)
    found = [*found, *remark_findings(connection, case, tidy)]
    return answered(found, tidy, form_type(case.form), waivers_of(connection, case.locked.id))


def frozen_answers(frozen: RevisionRow) -> tuple[Answered, ...]:
    """What was found when a document was handed in, each finding with the reason that was frozen with it."""
    form = form_type(frozen.document["form"])
    return answered(frozen.findings, frozen.document, form, frozen.waivers)


def reviewed_answers(connection: Connection, case: Case, frozen: RevisionRow) -> tuple[Answered, ...]:
    """The same for those who review: with what looks outside of the document (last year, other units), found now.

    Such findings are no part of what was signed, so they are never stored with it.
    """
    if frozen.kind is RouteKind.EVALUATION:
        return frozen_answers(frozen)
    found = check(frozen.document, check_context(connection, case))
    beside = [one for one in found if one not in frozen.findings]
    better = {(one.rule, one.path) for one in beside}
    kept = [one for one in frozen.findings if one in found or (one.rule, one.path) not in better]
    return answered([*kept, *beside], frozen.document, form_type(frozen.document["form"]), frozen.waivers)
