"""Frozen revisions: what was signed, and what last year's form said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from service.queries.submissions import Case
from workflows import waivers
from workflows.findings import Finding, restored
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind
from workflows.waivers import Waiver


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A frozen document with its hash, stored findings, the reasons that answer them and, for an evaluation, its score."""

    id: int
    number: int
    kind: RouteKind
    document: Document
    sha256: str
    base_sha256: str | None
    findings: list[Finding]
    rules_version: str
    waivers: tuple[Waiver, ...]
    score: dict[str, Any] | None
    created_by: int
    created_at: datetime


_COLUMNS = (
    "select id, number, kind, document, sha256, base_sha256, findings, rules_version, waivers, score, created_by,"
    " created_at"
    " from revision where "
)
_ONE = text(_COLUMNS + "id = :id")
_ALL = text(_COLUMNS + "submission_id = :id order by number")


def revision(connection: Connection, revision_id: int) -> RevisionRow:
    """One revision by id. The caller has checked that its submission may be seen."""
    return _revision(connection.execute(_ONE, {"id": revision_id}).one())


def revisions_of(connection: Connection, submission_id: int) -> list[RevisionRow]:
    """All revisions of a submission, the oldest first."""
    return [_revision(row) for row in connection.execute(_ALL, {"id": submission_id})]


@dataclass(frozen=True, slots=True)
class Version:
    """A revision without its document, to choose it by."""

    id: int
    number: int
    kind: RouteKind
    created_at: datetime


_VERSIONS = text("select id, number, kind, created_at from revision where submission_id = :id order by number")
_DECIDED = text("select distinct revision_id from opinion where submission_id = :id and seat is not null")


def versions_of(connection: Connection, submission_id: int) -> list[Version]:
    """The revisions of a submission without what is in them, the oldest first."""
    rows = connection.execute(_VERSIONS, {"id": submission_id})
    return [Version(row.id, row.number, RouteKind(row.kind), row.created_at) for row in rows]


def decided_revisions(connection: Connection, submission_id: int) -> frozenset[int]:
    """The ids of the revisions on which somebody decided."""
    return frozenset(connection.scalars(_DECIDED, {"id": submission_id}))


def _revision(row: Row[Any]) -> RevisionRow:
    values = dict(row._mapping)
    values["kind"] = RouteKind(values["kind"])
    values["findings"] = [restored(finding) for finding in values["findings"]]
    values["waivers"] = waivers.restored(values["waivers"])
    return RevisionRow(**values)


# Last year's evaluated form where there is one, since it carries actuals; else the approved target.
_LAST_YEAR = text("""
select r.document from submission s join revision r on r.id in (s.head_revision_id, s.approved_revision_id)
where s.department_id = :department_id and s.fiscal_year = :fiscal_year and s.kind = 'target'
    and s.approved_at is not null
    and split_part(s.form, '@', 1) = split_part(:form, '@', 1)
    and (r.kind = 'target' or s.state = 'closed')
order by r.kind, s.id desc limit 1
""")


def last_year_document(connection: Connection, case: Case) -> Document | None:
    """The unit's approved document of the year before, with actuals where its evaluation was closed; None without one."""
    row = connection.execute(
        _LAST_YEAR,
        {"department_id": case.locked.department_id, "fiscal_year": case.fiscal_year - 1, "form": case.form},
    ).one_or_none()
    return row.document if row else None
