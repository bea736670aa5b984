"""What a reviewer reads: the frozen document, what changed in it, what the checks found, what others said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from service.i18n import mark as _
from service.queries.drafts import draft
from service.queries.remarks import Remark, remarks
from service.queries.revisions import RevisionRow, last_year_document, revision, revisions_of
from service.queries.routes import profile_body
from service.queries.submissions import Case
from service.queries.waivers import draft_answers, reviewed_answers
from workflows.comparison import Comparison, compare
from workflows.facts import Actor
from workflows.findings import Finding, Severity, rendered
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind, State
from workflows.policy import may_see_draft
from workflows.scoring import score, score_json
from workflows.scoring_profile import read_profile
from workflows.waivers import Answered, Waiver

VIEWS: Final = {
    "score": _("评价与得分"),
    "previous": _("与上次提交对比"),
    "year": _("与上年对比"),
    "full": _("全文"),
}
_ORDER: Final = {Severity.BLOCK: 0, Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to read. `document` is None where nothing was handed in yet and the draft is not for this person.

    `comparisons` by view, only those that exist. `score` is the score as JSON in the reader's language. Each finding has
    the unit's reason under `waiver`; `reasons` are those for findings that are no more.
    """

    document: Document | None
    sha256: str | None
    is_draft: bool
    comparisons: Mapping[str, Comparison]
    score: Mapping[str, Any] | None
    findings: tuple[Mapping[str, Any], ...]
    marks: Mapping[str, str]
    remarks: tuple[Remark, ...]
    reasons: tuple[Waiver, ...] = ()

    def views(self) -> list[str]:
        """The tabs, the most telling first: what changed since one looked at it last."""
        if self.document is None:
            return []
        there = {"score": self.score is not None, "full": True, **dict.fromkeys(self.comparisons, True)}
        return [view for view in VIEWS if there.get(view)]


def read(connection: Connection, actor: Actor, case: Case, *, lang: str) -> Reading:
    """Everything to read of a form, for this person."""
    if case.locked.state is State.DRAFT and may_see_draft(actor, case.place):
        return _draft_reading(connection, case, lang)
    if case.locked.head_revision_id is None:
        return Reading(None, None, False, {}, None, (), {}, ())
    return _frozen_reading(connection, case, revision(connection, case.locked.head_revision_id), lang)


def _draft_reading(connection: Connection, case: Case, lang: str) -> Reading:
    document = draft(connection, case).document
    found = draft_answers(connection, case, document)
    return Reading(
        document=document,
        sha256=None,
        is_draft=True,
        comparisons=_comparisons(connection, case, document, older=None),
        score=None,
        findings=_rendered(found, lang),
        marks=_marks([one.finding for one in found]),
        remarks=tuple(remarks(connection, case.locked.id)),
    )


def _frozen_reading(connection: Connection, case: Case, head: RevisionRow, lang: str) -> Reading:
    scored, found = None, reviewed_answers(connection, case, head)
    if head.kind is RouteKind.EVALUATION:
        scored = score_json(score(head.document, read_profile(profile_body(connection, case.profile_id))), lang)
    return Reading(
        document=head.document,
        sha256=head.sha256,
        is_draft=False,
        comparisons=_comparisons(connection, case, head.document, older=_before(connection, case, head)),
        score=scored,
        findings=_rendered(found, lang),
        marks=_marks([one.finding for one in found]),
        remarks=tuple(remarks(connection, case.locked.id)),
        reasons=_elsewhere(head.waivers, found),
    )


def _before(connection: Connection, case: Case, head: RevisionRow) -> Document | None:
    """The target that was handed in before this one; an evaluation has nothing to compare so."""
    if head.kind is RouteKind.EVALUATION or case.locked.round < 2:
        return None
    older = [
        row for row in revisions_of(connection, case.locked.id) if row.kind is head.kind and row.number < head.number
    ]
    return older[-1].document if older else None


def _comparisons(
    connection: Connection, case: Case, document: Document, *, older: Document | None
) -> dict[str, Comparison]:
    last_year = last_year_document(connection, case)
    pairs = {"previous": older, "year": last_year}
    return {view: compare(before, document) for view, before in pairs.items() if before is not None}


def _rendered(found: Iterable[Answered], lang: str) -> tuple[Mapping[str, Any], ...]:
    """The worst first, then as the rules gave them; each with the reason that answers it."""
    worst = sorted(found, key=lambda one: _ORDER[one.finding.severity])
    return tuple({**rendered(one.finding, lang), "waiver": one.waiver} for one in worst)


def _elsewhere(waivers: Iterable[Waiver], found: Iterable[Answered]) -> tuple[Waiver, ...]:
    """Reasons for what is found no more, because last year's form or other units' have changed since."""
    shown = {one.waiver.spot for one in found if one.waiver}
    return tuple(one for one in waivers if one.spot not in shown)


def _marks(findings: Sequence[Finding]) -> dict[str, str]:
    """The class of each cell that a finding is about: the worst one wins."""
    classes = {Severity.BLOCK: "hold", Severity.ERROR: "err", Severity.WARNING: "warn"}
    worst_last = sorted(findings, key=lambda one: -_ORDER[one.severity])
    return {one.path: classes[one.severity] for one in worst_last if one.severity in classes}
