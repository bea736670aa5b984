"""Handing in: the draft is tidied, checked and frozen, and the first level of its route opens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from service.models.attachment_rows import freeze_attachments
from service.models.copied import mark_checked
from service.models.draft_rows import add_editor
from service.models.freeze import Freezing, freeze
from service.models.record import Change, Recorded, Reply, record
from service.queries.attachments import refuse_infected
from service.queries.copied import unchecked_paths
from service.queries.drafts import draft, examined
from service.queries.facts import due_of, facts_of
from service.queries.remark_findings import answers_of_return, remark_findings
from service.queries.revisions import revision
from service.queries.routes import profile_body
from service.queries.seen import locked_as_seen
from service.queries.submissions import Case
from service.queries.waivers import waivers_of
from workflows.check import RULES_VERSION
from workflows.engine import step
from workflows.errors import CopiedUnchecked
from workflows.facts import Actor, Request
from workflows.findings import Finding
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind
from workflows.scoring import score, score_json
from workflows.scoring_profile import read_profile
from workflows.sums import spending
from workflows.waivers import Answered, answered, in_the_way, stored


def submit(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    request: Request,
    version: int | None,
    confirm_copied: Collection[str] = (),
    reply: Callable[[list[Recorded]], Reply | None] | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Submit a target, or the actuals of an evaluation (`request.action` says which).

    `confirm_copied` names the sections whose cells from last year the person found right; that is kept with the submission
    or not at all. Raises NotFound, StaleVersion, what the engine raises, FormHasErrors with the findings that stand in the
    way, and CopiedUnchecked where copied cells were neither touched nor confirmed.
    """
    connection = session.connection()
    case = locked_as_seen(connection, actor, submission_id=submission_id, version=version, now=now)
    seen_now = _examine(connection, case)
    unsaid = remark_findings(connection, case, seen_now.document)
    blocking = (*in_the_way(seen_now.answers, asks_reasons=case.asks_reasons), *unsaid)
    facts = facts_of(connection, case, findings=blocking, spent=spending(seen_now.document))
    outcome = step(actor, facts, request)
    refuse_infected(connection, case)
    if case.kind is RouteKind.TARGET:
        _confirm_copied(connection, actor, case, confirm_copied)
    frozen = freeze(connection, _freezing(connection, actor, case, seen_now=seen_now))
    files = freeze_attachments(connection, submission_id=submission_id, revision_id=frozen.id, stage=case.kind)
    add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
    proof = {**files, **answers_of_return(connection, case)}
    change = Change(case.locked, outcome, actor, case.now, due_of(case), frozen, facts=proof)
    return record(connection, [change], reply=reply)[0]


def _confirm_copied(connection: Connection, actor: Actor, case: Case, sections: Collection[str]) -> None:
    assert actor.id is not None, "only a person hands in"
    waiting = unchecked_paths(connection, case.locked.id, form=form_type(case.form))
    left = [path for section, paths in waiting.items() if section not in sections for path in paths]
    if left:
        raise CopiedUnchecked(left)
    if waiting:
        mark_checked(connection, case.locked.id, sections=sorted(waiting), person_id=actor.id)


@dataclass(frozen=True, slots=True)
class _Examined:
    """A tidied document, what was found in it, and for an evaluation its score.

    `findings` are those that are frozen; `answers` are all that the person saw, with the reasons given for them.
    """

    document: Document
    findings: Sequence[Finding]
    answers: tuple[Answered, ...]
    score: dict[str, Any] | None


def _examine(connection: Connection, case: Case) -> _Examined:
    form = form_type(case.form)
    document, found, alone = examined(connection, case, draft(connection, case).document)
    answers = answered(found, document, form, waivers_of(connection, case.locked.id))
    if case.kind is RouteKind.TARGET:
        # The stored findings depend on the document alone; last year, other units and the tree only inform the panel.
        return _Examined(document, alone, answers, None)
    scored = score(document, read_profile(profile_body(connection, case.profile_id)))
    return _Examined(document, found, answers, score_json(scored, "zh"))


def _freezing(connection: Connection, actor: Actor, case: Case, *, seen_now: _Examined) -> Freezing:
    assert actor.id is not None, "only a person hands in"
    evaluates = case.kind is RouteKind.EVALUATION
    base = case.locked.approved_revision_id
    return Freezing(
        submission_id=case.locked.id,
        kind=case.kind,
        document=seen_now.document,
        findings=seen_now.findings,
        rules_version=RULES_VERSION,
        waivers=stored(one.waiver for one in seen_now.answers if one.waiver),
        created_by=actor.id,
        base_sha256=revision(connection, base).sha256 if evaluates and base else None,
        score=seen_now.score,
        created_at=case.now,
    )
