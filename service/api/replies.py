"""What the API answers, for its description alone. Replies are built from the queries' own types; a test holds them to this.

Money is text in 万元, times are UTC, enumerations are their codes.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel

from service.queries.courtesies import Copied, Hurried
from service.queries.events import Happened
from service.queries.inbox import InboxLine
from service.queries.lists import Listed
from workflows.lifecycle import Action, Role, RouteKind, State


class SubmissionsOut(BaseModel):
    """A page of forms; `next` is the key of the following one."""

    items: list[Listed]
    next: str | None


class OpenedOut(BaseModel):
    """A new draft."""

    id: int
    state: State
    version: int


class SeatOut(BaseModel):
    """Whom a form waits for."""

    level: int
    seat: int
    role: Role
    department_id: int


class RevisionNameOut(BaseModel):
    """Which frozen document is shown."""

    number: int
    kind: RouteKind
    sha256: str


class DraftSectionOut(BaseModel):
    """A section of a draft as typed, with the version that an edit names as its base."""

    version: int
    value: Any


class SubmissionOut(BaseModel):
    """A form. `sections` are there for those who fill in the draft; others see the last revision, or no document yet."""

    id: int
    department_id: int
    cycle_id: int
    fiscal_year: int
    form: str
    state: State
    level: int | None
    version: int
    round: int
    evaluation_round: int
    grade: str | None
    blocked: bool
    reply_number: str | None
    reply_date: date | None
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None
    submitted_at: datetime | None
    approved_at: datetime | None
    closed_at: datetime | None
    waits_for: list[SeatOut]
    document: dict[str, Any] | None
    revision: RevisionNameOut | None
    sections: dict[str, DraftSectionOut] | None


class SectionOut(BaseModel):
    """The section as it is kept; `changed` is false where it was so already."""

    section: str
    version: int
    value: Any
    changed: bool


class StepOut(BaseModel):
    """What the form has become."""

    id: int
    state: State
    level: int | None
    version: int
    event_id: str


class CourtesiesOut(BaseModel):
    """Who urged, and who has a copy."""

    urges: list[Hurried]
    copies: list[Copied]


class UrgedOut(BaseModel):
    """An urge, and from when on you may urge this form again."""

    id: int
    at: datetime
    again_at: datetime


class GivenOut(BaseModel):
    """How many copies were new."""

    id: int
    given: int


class DoneOut(StepOut):
    """A form of a batch that went, with the number of its reply where it got one."""

    reply_number: str | None


class SkippedOut(BaseModel):
    """A form of a batch that was left as it is: code and words of the refusal, and who was first where somebody was."""

    id: int
    code: str
    reason: str
    detail: str
    by: dict[str, str] | None
    at: datetime | None


class BatchOut(BaseModel):
    """What became of each chosen form."""

    done: list[DoneOut]
    skipped: list[SkippedOut]


# Saving actuals moves nothing; every other step does.
ACTED: Final[dict[str, Any]] = {
    "description": "What the form has become, or the section as it is kept",
    "content": {
        "application/json": {
            "schema": {"anyOf": [{"$ref": f"#/components/schemas/{one}"} for one in ("StepOut", "SectionOut")]}
        }
    },
}


class AllowedActionOut(BaseModel):
    """A step that is yours; `reason` and `detail` say why it is not possible now."""

    action: Action
    possible: bool
    reason: str | None
    detail: str | None


class AllowedOut(BaseModel):
    """The steps that are yours at this version."""

    version: int
    actions: list[AllowedActionOut]


class EventsOut(BaseModel):
    """Events in their order; `next` is the sequence number after which the following page begins."""

    items: list[Happened]
    next: int | None


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
