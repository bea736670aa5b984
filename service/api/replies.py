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
