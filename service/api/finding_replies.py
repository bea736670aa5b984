"""What the API answers of what is said about a form: findings, reasons, remarks, revisions, the score. As `replies.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from workflows.lifecycle import RouteKind


class FindingOut(BaseModel):
    """What a check says."""

    rule: str
    severity: str
    path: str
    message: str
    why: str
    fix: str
    source: str


class ReasonOut(BaseModel):
    """The reason that answers a finding, whose it is (a person's name) and when it was given."""

    reason: str
    by: str
    at: datetime


class AnsweredOut(FindingOut):
    """A finding with what tells it from another of its rule at its place, and with its reason. An answer names `meaning`."""

    meaning: str
    takes_reason: bool
    waiver: ReasonOut | None


class FindingsOut(BaseModel):
    """What the checks say."""

    findings: list[AnsweredOut]


class WaivedOut(BaseModel):
    """The finding that now has a reason."""

    rule: str
    path: str
    meaning: str


class RemarkOut(BaseModel):
    """A remark on the revision with this id. `pending`: only its author sees it, until they decide; `role` is then None."""

    id: int
    revision_id: int
    path: str | None
    body: str
    kind: str
    field: str | None
    proposed: str | None
    role: str | None
    at: datetime
    pending: bool
    answer: str | None
    answer_words: str | None
    answered_at: datetime | None


class RemarksOut(BaseModel):
    """The remarks on a form."""

    remarks: list[RemarkOut]


class RemarkKeptOut(BaseModel):
    """How many remarks of yours wait for your decision on this form."""

    id: int
    pending: int


class RemarksAnsweredOut(BaseModel):
    """How many remarks were answered."""

    id: int
    answered: int


class RevisionOut(BaseModel):
    """A frozen document; `base_sha256` is that of the approved one that an evaluation measures."""

    number: int
    kind: RouteKind
    sha256: str
    base_sha256: str | None
    created_at: datetime
    document: dict[str, Any]


class RevisionsOut(BaseModel):
    """Every frozen document of a form."""

    items: list[RevisionOut]


class ScoreOut(BaseModel):
    """The score: `rows` and `execution` carry their traces, `missing` the paths without which there is no total."""

    profile: str
    total: str | None
    grade: str | None
    execution: dict[str, Any]
    rows: list[dict[str, Any]]
    missing: list[str]
    findings: list[dict[str, Any]]
