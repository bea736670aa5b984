"""What is handed to `record()`: a locked form, the outcome that the engine made of it, and the reply to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from workflows.facts import Actor, Outcome, SeatPlan
from workflows.lifecycle import State


class Locked(NamedTuple):
    """A submission under its row lock: what `record()` writes back with a few fields replaced."""

    id: int
    department_id: int
    cycle_id: int
    state: State
    level: int | None
    version: int
    head_hash: str
    round: int
    evaluation_round: int
    head_revision_id: int | None
    approved_revision_id: int | None
    grade: str | None
    blocked: bool
    unlocked_sections: list[str] | None
    reply_number: str | None
    reply_date: date | None
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None
    submitted_at: datetime | None
    approved_at: datetime | None
    closed_at: datetime | None
    revision_sha256: str | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A revision written in this transaction that becomes the head. `record_sha256` proves its row (`workflows.attested`)."""

    id: int
    sha256: str
    record_sha256: str
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None


@dataclass(frozen=True, slots=True)
class InForce:
    """A revision of an adjustment that becomes the approved one of the form that it adjusts."""

    id: int
    sha256: str
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None


@dataclass(frozen=True, slots=True)
class Change:
    """One outcome to record. `due` gives the limit of a work item (UTC); `facts` are extra ids or hashes of the event.

    `in_force` is the revision of an adjustment that takes the place of the approved one.
    """

    locked: Locked
    outcome: Outcome
    actor: Actor
    now: datetime
    due: Callable[[SeatPlan], datetime]
    frozen: Frozen | None = None
    in_force: InForce | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to keep beside the change, for a repeated Idempotency-Key."""

    person_id: int
    key: str
    request_hash: str
    status: int
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a form has become."""

    id: int
    state: State
    level: int | None
    version: int
    event_id: str
