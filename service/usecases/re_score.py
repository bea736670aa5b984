"""Re-scoring: the reviewer's points beside the unit's own, row by row; both are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from service.models.attachment_rows import freeze_attachments
from service.models.freeze import Freezing, freeze
from service.models.record import Change, Recorded, Reply, record
from service.queries.facts import due_of, facts_of
from service.queries.revisions import RevisionRow, revision
from service.queries.routes import profile_body
from service.queries.seen import locked_as_seen
from workflows import quantities
from workflows.check import RULES_VERSION
from workflows.engine import step
from workflows.errors import InvalidRequest
from workflows.facts import Actor, Request
from workflows.forms.base import Document
from workflows.scoring import score, score_json
from workflows.scoring_profile import read_profile
from workflows.waivers import stored


def re_score(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    version: int | None,
    request: Request,
    scores: Mapping[str, str],
    reply: Callable[[list[Recorded]], Reply | None] | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Freeze the evaluation again with the reviewer's points. `scores`: path of a row (`indicators[0]`) to points.

    Rows that are left out keep what they have. Raises NotFound, StaleVersion, what the engine raises, InvalidRequest for
    a row that is none or points outside 0 to its weight.
    """
    connection = session.connection()
    case = locked_as_seen(connection, actor, submission_id=submission_id, version=version, now=now)
    facts = facts_of(connection, case)
    outcome = step(actor, facts, request)
    assert case.locked.head_revision_id is not None, "an evaluation under review has a revision"
    assert actor.id is not None, "only a person re-scores"
    evaluated = revision(connection, case.locked.head_revision_id)
    document = _with_scores(evaluated, scores)
    scored = score(document, read_profile(profile_body(connection, case.profile_id)))
    frozen = freeze(
        connection,
        Freezing(
            submission_id=submission_id,
            kind=evaluated.kind,
            document=document,
            findings=scored.findings,
            rules_version=RULES_VERSION,
            created_by=actor.id,
            base_sha256=evaluated.base_sha256,
            score=score_json(scored, "zh"),
            waivers=stored(evaluated.waivers),
            created_at=case.now,
        ),
    )
    files = freeze_attachments(connection, submission_id=submission_id, revision_id=frozen.id, stage=evaluated.kind)
    change = Change(case.locked, outcome, actor, case.now, due_of(case), frozen, facts=files)
    return record(connection, [change], reply=reply)[0]


def _with_scores(evaluated: RevisionRow, scores: Mapping[str, str]) -> Document:
    rows: list[dict[str, Any]] = [dict(row) for row in evaluated.document["indicators"]]
    places = {f"indicators[{index}]": row for index, row in enumerate(rows)}
    for path, typed in scores.items():
        if path not in places:
            raise InvalidRequest("no_such_path", field=path)
        if not quantities.is_blank(typed):
            places[path]["audit_score"] = _points(path, typed, weight=places[path]["weight"])
    return {**evaluated.document, "indicators": rows}


def _points(path: str, typed: str, *, weight: str) -> str:
    points = quantities.number(typed)
    if points is None or not 0 <= points <= Decimal(weight) or quantities.decimals(points) > 2:
        raise InvalidRequest("audit_score_range", field=f"{path}.audit_score", weight=weight)
    return quantities.plain(points)
