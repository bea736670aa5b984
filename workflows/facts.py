"""What crosses the border of the domain: frozen facts in, a frozen outcome out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from workflows.findings import Finding
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.route import Route


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a person holds at a department (a row of `role_assignment`)."""

    role: Role
    department_id: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `SYSTEM` is the timer: it has no grants and only the rows that name it."""

    id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    language: str = "zh"
    token_id: int | None = None

    @property
    def is_system(self) -> bool:
        """True for the timer, the one actor without an account."""
        return self.id is None

    def holds(self, role: Role, department_id: int) -> bool:
        """Whether the person holds `role` at exactly this department."""
        return any(g.role == role and g.department_id == department_id for g in self.grants)


SYSTEM = Actor(id=None, name="system")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form hangs in the tree of departments: what scopes are measured against.

    `path` runs from the root to the department itself; `superior_id` is its parent, None for a first-level department;
    `business_office_id` is the finance office in charge (归口科室), the bureau itself where none is named.
    """

    department_id: int
    path: tuple[int, ...]
    superior_id: int | None
    business_office_id: int
    finance_bureau_id: int


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A work item to open: which seat of which level, on whose desk, with how many working days.

    Level 0 is the filler's own, while a draft or the actuals are being entered; its limit (None) is the cycle's date.
    """

    level: int
    seat: int
    role: Role
    department_id: int
    working_days: int | None


@dataclass(frozen=True, slots=True)
class Seat:
    """One open work item of the current level: who must act there."""

    work_item_id: int
    level: int
    seat: int
    role: Role
    department_id: int
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One opinion in force of the current round."""

    level: int
    seat: int
    person_id: int
    action: Action


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision depends on, read under the row lock.

    `round` and `decisions` belong to `kind`, the route that is running or would run next; `prepared_by` are the people
    who ever typed into the form or handed it in. `findings` are the blocking ones of the document that would be frozen.
    """

    state: State
    level: int | None
    version: int
    round: int
    place: Place
    route: Route
    kind: RouteKind
    seats: tuple[Seat, ...] = ()
    decisions: tuple[Decision, ...] = ()
    prepared_by: frozenset[int] = frozenset()
    findings: tuple[Finding, ...] = ()
    window_open: bool = True
    window_reason: str = "window_closed"


@dataclass(frozen=True, slots=True)
class Request:
    """What the actor sends with an action. Dates are Beijing dates, times are UTC."""

    action: Action
    comment: str | None = None
    to_level: int | None = None
    grade: str | None = None
    reply_number: str | None = None
    reply_date: date | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What shall be recorded. The engine made it; `record()` writes it; nobody else reads between the lines.

    `round` is the round of `kind` after the step. `acting` is the role and desk in which the actor took it, None for the
    timer. `acts_on` is the actor's open seat, `undoes` the opinion that an undo
    takes back. `opens` are the work items to write; `closes_level` closes every open one, `acts_on` alone only its own.
    `skipped` are levels passed over because the unit has no such desk. Opinions in force at
    `voids_from_level` and above are voided.
    """

    action: Action
    source: State
    target: State
    level_before: int | None
    level_after: int | None
    kind: RouteKind | None
    round: int
    records: bool
    acting: Grant | None = None
    acts_on: Seat | None = None
    opens: tuple[SeatPlan, ...] = ()
    closes_level: bool = False
    skipped: tuple[int, ...] = ()
    voids_from_level: int | None = None
    undoes: Decision | None = None
    comment: str | None = None
    grade: str | None = None
    reply_number: str | None = None
    reply_date: date | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """One button: the action, and why it is not possible now (None: it is)."""

    action: Action
    reason: str | None = None
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handled:
    """Who decided last, for the 409 of those who came second."""

    role: Role
    department: str
    at: datetime
