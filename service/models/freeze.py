"""Freezing a document: the immutable revision and its projection to rows, written once and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, insert, select

from service.db import hash_algorithm
from service.models.record import Frozen
from service.models.submission import Revision, RevisionIndicator, RevisionTask
from workflows.attested import body_hash, record_hash
from workflows.canonical import document_hash
from workflows.chain import instant
from workflows.document import task_sections
from workflows.findings import Finding
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind
from workflows.sums import spending


@dataclass(frozen=True, slots=True)
class Freezing:
    """What a revision is made of. `base_sha256`: for an evaluation, the hash of the approved revision.

    `waivers`: the reasons that answer its findings, as `workflows.waivers.stored` writes them; no part of the hash.
    """

    submission_id: int
    kind: RouteKind
    document: Document
    findings: Sequence[Finding]
    rules_version: str
    created_by: int
    created_at: datetime
    base_sha256: str | None = None
    score: dict[str, Any] | None = None
    waivers: Sequence[dict[str, Any]] = ()


def freeze(connection: Connection, freezing: Freezing) -> Frozen:
    """Insert the next revision of a submission, which the caller has locked."""
    number = select(func.coalesce(func.max(Revision.number), 0) + 1).where(
        Revision.submission_id == freezing.submission_id
    )
    algorithm = hash_algorithm(connection)
    row: dict[str, Any] = {
        "submission_id": freezing.submission_id,
        "kind": freezing.kind.value,
        "document": freezing.document,
        "sha256": document_hash(freezing.document, algorithm),
        "base_sha256": freezing.base_sha256,
        "findings": [finding.stored() for finding in freezing.findings],
        "rules_version": freezing.rules_version,
        "waivers": list(freezing.waivers),
        "score": freezing.score,
        "created_by": freezing.created_by,
        "created_at": freezing.created_at,
    }
    values = {**row, "kind": freezing.kind, "number": number.scalar_subquery()}
    made = connection.execute(insert(Revision).values(**values).returning(Revision.id, Revision.number)).one()
    _project(connection, made.id, freezing.document)
    row |= {"id": made.id, "number": made.number, "created_at": instant(freezing.created_at)}
    record = record_hash(row, body=body_hash(row, algorithm), algorithm=algorithm)
    return Frozen(made.id, row["sha256"], record, *spending(freezing.document))


def _project(connection: Connection, revision_id: int, document: Document) -> None:
    tasks = [
        {
            "revision_id": revision_id,
            "section": section,
            "position": position,
            "name": row["name"],
            "planned_amount": _amount(row["planned_amount"]),
            "secrecy_tag": row.get("secrecy_tag"),
        }
        for section in task_sections(document)
        for position, row in enumerate(document[section])
    ]
    names = ("level1", "level2", "level3", "comparator", "target_value", "unit", "actual_value", "secrecy_tag")
    indicators = [
        {"revision_id": revision_id, "position": position, "weight": _amount(row.get("weight"))}
        | {name: row.get(name) for name in names}
        for position, row in enumerate(document["indicators"])
    ]
    if tasks:
        connection.execute(insert(RevisionTask), tasks)
    if indicators:
        connection.execute(insert(RevisionIndicator), indicators)


def _amount(cell: str | None) -> Decimal | None:
    return None if cell is None else Decimal(cell)
