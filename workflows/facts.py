"""What crosses the border of the domain: frozen facts in, a frozen outcome out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from workflows.findings import Finding
from workflows.lifecycle import Action, Ends, Role, RouteKind, State
from workflows.route import Route

# Seats of a route are numbered from 1; those that reviewers add beside them (加签) from here.
FIRST_ADDED_SEAT = 101


class Position(StrEnum):
    """Where an added signature (加签) stands to that of the one who asks for it."""

    BEFORE = "before"  # 前加签: the asker waits
    BESIDE = "beside"  # 并加签: in any order
    AFTER = "after"  # 后加签: the asker's own pass is given with it


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a person holds at a department: their own, or another's for the days of a delegation (委托).

    `on_behalf_of` is who delegated it, None for a role of one's own. What is delegated is never delegated on.
    """

    role: Role
    department_id: int
    on_behalf_of: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `SYSTEM` is the timer: it has no grants and only the rows that name it.

    `twins` pairs an account (the actor's, or that of somebody whom they stand for) with another account of the same
    human being: who holds two accounts is one pair of eyes.
    """

    id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    language: str = "zh"
    token_id: int | None = None
    twins: tuple[tuple[int, int], ...] = ()

    @property
    def is_system(self) -> bool:
        """True for the timer, the one actor without an account."""
        return self.id is None

    def holds(self, role: Role, department_id: int) -> bool:
        """Whether the person holds `role` at exactly this department."""
        return self.grant(role, department_id) is not None

    def grant(self, role: Role, department_id: int) -> Grant | None:
        """The grant of `role` at exactly this department: one's own before one that somebody delegated."""
        held = (g for g in self.grants if g.role == role and g.department_id == department_id)
        return min(held, key=lambda g: g.on_behalf_of is not None, default=None)

    def eyes(self, grant: Grant | None) -> frozenset[int]:
        """Every account of those who act where this person uses this grant: their own, and those of whom they stand for."""
        people = {one for one in (self.id, grant.on_behalf_of if grant else None) if one is not None}
        return frozenset(people | {other for one, other in self.twins if one in people})


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
    `person_id` names one person (转办, 加签), `added_by` who did so; `holds_up` is the seat that waits for this one.
    """

    level: int
    seat: int
    role: Role
    department_id: int
    working_days: int | None
    person_id: int | None = None
    added_by: int | None = None
    holds_up: int | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One open work item of the current level: who must act there. `holds_up` is the seat that waits for this one."""

    work_item_id: int
    level: int
    seat: int
    role: Role
    department_id: int
    person_id: int | None = None
    holds_up: int | None = None

    @property
    def is_added(self) -> bool:
        """Whether a reviewer added it (加签); the route knows nothing of it."""
        return self.seat >= FIRST_ADDED_SEAT


@dataclass(frozen=True, slots=True)
class Decision:
    """One opinion in force of the current round. `on_behalf_of` is for whom it was given, if for anybody."""

    level: int
    seat: int
    person_id: int
    action: Action
    on_behalf_of: int | None = None

    @property
    def eyes(self) -> frozenset[int]:
        """Whose eyes it counts as: the person's, and those of whom they stood for."""
        return frozenset(one for one in (self.person_id, self.on_behalf_of) if one is not None)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision depends on, read under the row lock.

    `round` and `decisions` belong to `kind`, the route that is running or would run next; `prepared_by` are the people
    who ever typed into the form or handed it in. `findings` are the blocking ones of the document that would be frozen.
    `ends` is what the last level of its target route does. `form` and `amount` (万元, basic and project spending together;
    None where one is blank) choose among levels.
    `unlocked_sections` are the only ones that a returned draft may change, None: all. `colleague` is whom the request
    names. `staff` gives for each desk the eyes of each person there; it is read only where the route asks who is there.
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
    ends: Ends = Ends.REPLY
    form: str = ""
    amount: Decimal | None = None
    unlocked_sections: frozenset[str] | None = None
    colleague: Actor | None = None
    staff: Mapping[Grant, tuple[frozenset[int], ...]] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What the actor sends with an action. Dates are Beijing dates, times are UTC.

    `criteria` grades each of the four criteria of a target review, `sections` are the only ones that a return unlocks,
    `control_figure` is the ceiling of its spending that goes down to the unit (一下), in 万元.
    `to_person` is who gets the work item or signs too, at which `position` to the actor's own signature. For an edit,
    `sections` are those that it touches.
    """

    action: Action
    comment: str | None = None
    to_level: int | None = None
    grade: str | None = None
    reply_number: str | None = None
    reply_date: date | None = None
    criteria: Mapping[str, str] | None = None
    sections: tuple[str, ...] | None = None
    to_person: int | None = None
    position: Position | None = None
    control_figure: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What shall be recorded. The engine made it; `record()` writes it; nobody else reads between the lines.

    `round` is the round of `kind` after the step. `acting` is the role and desk in which the actor took it, None for the
    timer. `acts_on` is the actor's open seat, `undoes` the opinion that an undo
    takes back. `opens` are the work items to write; `closes_level` closes every open one, `acts_on` alone only its own.
    `skipped` are levels passed over: the unit has no such desk, or the route asks for none there. Opinions in force at
    `voids_from_level` and above are voided. `unlocks` are the only sections that the draft may change now, None: all.
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
    criteria: Mapping[str, str] | None = None
    reply_number: str | None = None
    reply_date: date | None = None
    unlocks: frozenset[str] | None = None
    to_person: int | None = None


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
