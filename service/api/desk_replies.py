"""What the API answers beside forms: the desk, files that come in, reports, notices, the session. As `replies.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from service.api.finding_replies import FindingOut
from service.queries.inbox import InboxLine
from workflows.lifecycle import Role


class InboxOut(BaseModel):
    """A page of a box; `count` stops at 1,000."""

    items: list[InboxLine]
    next: str | None
    count: int


class DifferenceOut(BaseModel):
    """A change to the draft: `kind` changed (a cell), added, removed (a row), moved (rows of the section)."""

    kind: str
    section: str
    row: int | None
    field: str
    before: Any
    after: Any


class DisagreementOut(BaseModel):
    """A cell that file and draft changed differently, or a row (`field` is empty) that one side deleted (null)."""

    section: str
    row_id: str
    field: str
    base: Any
    file: Any
    system: Any


class ImportedOut(BaseModel):
    """What a file holds and what became of it; `id` is null after a dry run that would open a draft.

    `differences` are the changes to a draft that was there, `conflicts` what must be settled by `prefer`.
    """

    id: int | None
    department_id: int
    created: bool
    document: dict[str, Any]
    changes: list[dict[str, Any]]
    findings: list[FindingOut]
    source: dict[str, str]
    differences: list[DifferenceOut]
    conflicts: list[DisagreementOut]
    seen: str


class QueuedOut(BaseModel):
    """A report that a worker will build."""

    id: int
    state: str


class FileOut(BaseModel):
    """A finished file."""

    name: str
    media_type: str
    size: int


class RunOut(BaseModel):
    """A report run; `done` of `total` is its progress."""

    id: int
    code: str
    params: dict[str, Any]
    language: str
    state: str
    done: int
    total: int
    created_at: datetime
    finished_at: datetime | None
    file: FileOut | None


class RunsOut(BaseModel):
    """A page of runs."""

    items: list[RunOut]
    next: int | None


class NotificationOut(BaseModel):
    """One thing that you were told; without form and title where the form has gone out of your sight."""

    id: int
    topic: str
    submission_id: int | None
    title: str | None
    created_at: datetime
    read_at: datetime | None


class NotificationsOut(BaseModel):
    """A page of notifications."""

    items: list[NotificationOut]
    next: int | None


class SignedInOut(BaseModel):
    """A new session. Writes need `csrf` as the header X-CSRFToken."""

    person_id: int
    csrf: str
    expires_at: datetime
    must_change_password: bool


class GrantOut(BaseModel):
    """A role held at a department."""

    role: Role
    department_id: int


class SessionOut(BaseModel):
    """Who is asking. `csrf` is null with a token."""

    person_id: int
    name: str
    language: str
    roles: list[GrantOut]
    csrf: str | None
    must_change_password: bool
