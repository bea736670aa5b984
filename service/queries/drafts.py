"""Drafts: cells as typed, and the document that they would freeze to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from service.queries.check_context import check_context
from service.queries.revisions import revision
from service.queries.routes import profile_body
from service.queries.submissions import Case
from workflows.check import check_once
from workflows.draft import ACTUAL_FIELDS, ACTUALS, EXECUTION, HEAD
from workflows.findings import Finding
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind
from workflows.scoring import score
from workflows.scoring_profile import ScoringProfile, read_profile
from workflows.task_links import with_task_paths
from workflows.tidying import tidied
from workflows.weights import proposed_weights
from workflows.year_end import year_end_findings


@dataclass(frozen=True, slots=True)
class DraftSection:
    """One section of a draft: its version and its value as typed."""

    version: int
    value: Any


@dataclass(frozen=True, slots=True)
class Draft:
    """All sections of a draft, and the document that they make together."""

    sections: Mapping[str, DraftSection]
    document: Document


_SECTIONS = text("select section, version, body -> 'value' as value from draft_section where submission_id = :id")
_HEAD = text("""
select d.name, c.region from submission s join department d on d.id = s.department_id join cycle c on c.id = s.cycle_id
where s.id = :id
""")


def draft(connection: Connection, case: Case) -> Draft:
    """The draft of a form that its unit is filling in: the target, or over the approved target the actuals."""
    rows = connection.execute(_SECTIONS, {"id": case.locked.id})
    sections = {row.section: DraftSection(row.version, row.value) for row in rows}
    if case.kind is RouteKind.EVALUATION:
        assert case.locked.approved_revision_id is not None, "an evaluation measures an approved revision"
        approved = revision(connection, case.locked.approved_revision_id)
        profile = read_profile(profile_body(connection, case.profile_id))
        return Draft(sections, evaluation_document(approved.document, sections, profile=profile))
    return Draft(sections, _target_document(connection, case, sections))


def _target_document(connection: Connection, case: Case, sections: Mapping[str, DraftSection]) -> Document:
    name, region = connection.execute(_HEAD, {"id": case.locked.id}).one()
    head: dict[str, Any] = dict(sections[HEAD].value) if HEAD in sections else {}
    document: Document = {
        "form": case.form,
        "region": region,
        "fiscal_year": case.fiscal_year,
        "department": name,
        "supervising_department": head.get("supervising_department"),
    }
    if head.get("money_source_unit"):
        document["money_source_unit"] = head["money_source_unit"]
    typed = {n: s.value for n, s in sections.items() if n not in (HEAD, ACTUALS, EXECUTION)}
    return with_task_paths(form_type(case.form), document | typed)


def evaluation_document(
    approved: Document, sections: Mapping[str, DraftSection], *, profile: ScoringProfile
) -> Document:
    """The approved document with what was typed over it: actuals by the order of the indicators, and the execution.

    Before anything was typed the weights are the profile's, shared out evenly.
    """
    weights = proposed_weights(approved["indicators"], profile)
    proposed = [
        {"weight": row.get("weight") or weight} for row, weight in zip(approved["indicators"], weights, strict=True)
    ]
    typed: Sequence[Mapping[str, Any]] = sections[ACTUALS].value if ACTUALS in sections else proposed
    rows = []
    for index, row in enumerate(approved["indicators"]):
        cells = typed[index] if index < len(typed) else {}
        # A reviewer's points come from a re-score alone, whatever a file or a request wrote into the target.
        approved_cells = {name: cell for name, cell in row.items() if name != "audit_score"}
        rows.append({**approved_cells, **{name: cells.get(name) for name in ACTUAL_FIELDS}})
    document: Document = {**approved, "indicators": rows}
    if EXECUTION in sections:
        document["execution"] = sections[EXECUTION].value
    return document


class Examined(NamedTuple):
    """A draft as it would be frozen, what the checks say of it, and of that what rests on the document alone."""

    document: Document
    found: list[Finding]
    alone: list[Finding]


def draft_findings(connection: Connection, case: Case, document: Document) -> list[Finding]:
    """What the checks say of a draft, in the words and numbers that a submission would freeze.

    Of a target with last year's form, other units' targets and the tree of departments; of an evaluation with its score.
    """
    return examined(connection, case, document).found


def examined(connection: Connection, case: Case, document: Document) -> Examined:
    """Tidy a draft and check it, once."""
    form = form_type(case.form)
    tidy, _ = tidied(document, form)
    if case.kind is RouteKind.EVALUATION:
        scored = score(tidy, read_profile(profile_body(connection, case.profile_id)))
        found = year_end_findings(tidy, form, scored)
        return Examined(tidy, found, found)
    return Examined(tidy, *check_once(tidy, check_context(connection, case)))
