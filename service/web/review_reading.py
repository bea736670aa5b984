"""What a reviewer reads: the frozen document, what changed in it, what the checks found, what others said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from service.i18n import mark as _
from service.queries.amending import document_before
from service.queries.drafts import draft
from service.queries.remarks import Remark, all_remarks
from service.queries.revisions import (
    RevisionRow,
    decided_revisions,
    last_year_document,
    revision,
    revisions_of,
    versions_of,
)
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

PREVIOUS: Final = "previous"
AMENDED: Final = "amended"
AGAINST: Final = "against"
VIEWS: Final = {
    "score": _("评价与得分"),
    AMENDED: _("调整前后对比"),
    PREVIOUS: _("与上次提交对比"),
    "year": _("与上年对比"),
    "full": _("全文"),
    AGAINST: _("任意两版对比"),
}
_ORDER: Final = {Severity.BLOCK: 0, Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


@dataclass(frozen=True, slots=True)
class Earlier:
    """A remark on what was handed in before: where its place is now (None: gone), and whether that differs from then."""

    remark: Remark
    path: str | None
    differs: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to read. `document` is None where nothing was handed in yet and the draft is not for this person.

    `comparisons` by view, only those that exist. `score` is the score as JSON in the reader's language. Each finding has
    the unit's reason under `waiver`; `reasons` are those for findings that are no more. `remarks` are those on what is
    shown, the reader's pending ones among them; `earlier` those on the submission before; `carried` what the reader wrote
    of an earlier submission and never sent, at the place where it stands now. `versions` is how many there are to compare,
    the draft counted.
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
    earlier: tuple[Earlier, ...] = ()
    carried: tuple[Remark, ...] = ()
    versions: int = 0

    def views(self) -> list[str]:
        """The tabs, the most telling first: what changed since one looked at it last."""
        if self.document is None:
            return []
        there = {"score": self.score is not None, "full": True, **dict.fromkeys(self.comparisons, True)}
        there[AGAINST] = self.versions > 1
        return [view for view in VIEWS if there.get(view)]


def read(connection: Connection, actor: Actor, case: Case, *, lang: str) -> Reading:
    """Everything to read of a form, for this person."""
    said = all_remarks(connection, case.locked.id, reader=actor.id)
    if case.locked.state is State.DRAFT and may_see_draft(actor, case.place):
        return _draft_reading(connection, case, said, lang)
    if case.locked.head_revision_id is None:
        return Reading(None, None, False, {}, None, (), {}, ())
    return _frozen_reading(connection, case, revision(connection, case.locked.head_revision_id), said, lang)


def _draft_reading(connection: Connection, case: Case, said: Sequence[Remark], lang: str) -> Reading:
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
        remarks=tuple(one for one in said if one.revision_id == case.locked.head_revision_id),
        versions=len(versions_of(connection, case.locked.id)) + 1,
    )


def _frozen_reading(
    connection: Connection, case: Case, head: RevisionRow, said: Sequence[Remark], lang: str
) -> Reading:
    scored, found = None, reviewed_answers(connection, case, head)
    if head.kind is RouteKind.EVALUATION:
        scored = score_json(score(head.document, read_profile(profile_body(connection, case.profile_id))), lang)
    older = _before(connection, case, head)
    comparisons = _comparisons(connection, case, head.document, older=older.document if older else None)
    here = tuple(one for one in said if one.revision_id == head.id)
    return Reading(
        document=head.document,
        sha256=head.sha256,
        is_draft=False,
        comparisons=comparisons,
        score=scored,
        findings=_rendered(found, lang),
        marks=_marks([one.finding for one in found]),
        remarks=here,
        reasons=_elsewhere(head.waivers, found),
        earlier=_earlier(said, older, comparisons.get(PREVIOUS)),
        carried=_carried(said, here, older, comparisons.get(PREVIOUS)),
        versions=len(versions_of(connection, case.locked.id)),
    )


def _earlier(said: Sequence[Remark], older: RevisionRow | None, since: Comparison | None) -> tuple[Earlier, ...]:
    if older is None or since is None:
        return ()
    there = (one for one in said if one.revision_id == older.id and not one.pending)
    return tuple(Earlier(one, _now_at(since, one.path), since.differs(one.cell or "")) for one in there)


def _carried(
    said: Sequence[Remark], here: Sequence[Remark], older: RevisionRow | None, since: Comparison | None
) -> tuple[Remark, ...]:
    """What the reader began to write before the form was withdrawn, unless they have begun anew at the same place."""
    if older is None or since is None:
        return ()
    taken = {one.path for one in here if one.pending}
    kept = (one for one in said if one.pending and one.revision_id == older.id)
    moved = (replace(one, path=_now_at(since, one.path)) for one in kept)
    return tuple(one for one in moved if one.path not in taken)


def _now_at(since: Comparison, path: str | None) -> str | None:
    return since.now_at(path) if path else None


def _before(connection: Connection, case: Case, head: RevisionRow) -> RevisionRow | None:
    """The target that reviewers had before this one: what was withdrawn before anybody decided is nobody's memory.

    An evaluation has nothing to compare so.
    """
    if head.kind is RouteKind.EVALUATION or case.locked.round < 2:
        return None
    older = [
        row for row in revisions_of(connection, case.locked.id) if row.kind is head.kind and row.number < head.number
    ]
    decided = decided_revisions(connection, case.locked.id)
    return next((row for row in reversed(older) if row.id in decided), older[-1] if older else None)


def _comparisons(
    connection: Connection, case: Case, document: Document, *, older: Document | None
) -> dict[str, Comparison]:
    last_year = last_year_document(connection, case)
    pairs = {AMENDED: document_before(connection, case), PREVIOUS: older, "year": last_year}
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
