"""Submissions: the locking read of the decision path, and plain reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from service.db import rows_of
from service.models.record import Locked
from service.queries.calendar import calendar_with
from workflows.deadlines import Calendar
from workflows.errors import NotFound
from workflows.facts import Decision, Handled, Place, Seat
from workflows.lifecycle import Action, Ends, Role, RouteKind, State


@dataclass(frozen=True, slots=True)
class Case:
    """A locked submission with everything that a decision reads: the columns, the place, seats and opinions in force.

    `findings` are those of the head revision where many forms were read, and none where one was.
    """

    locked: Locked
    place: Place
    form: str
    fiscal_year: int
    target_route_id: int
    evaluation_route_id: int
    profile_id: int
    filing_opens_on: date
    filing_due_on: date
    evaluation_opens_on: date
    evaluation_due_on: date
    cycle_closed: bool
    asks_reasons: bool
    followed_by_id: int | None
    amends_id: int | None
    findings: Sequence[dict[str, Any]]
    rules_version: str | None
    seats: tuple[Seat, ...]
    decisions: tuple[Decision, ...]
    prepared_by: frozenset[int]
    calendar: Calendar
    now: datetime

    @property
    def kind(self) -> RouteKind:
        """The route that runs, or would run next."""
        return RouteKind.TARGET if self.locked.state in (State.DRAFT, State.REVIEW) else RouteKind.EVALUATION

    @property
    def ends(self) -> Ends:
        """What the last level of its target route does."""
        if self.amends_id is not None:
            return Ends.ADJUSTMENT
        return Ends.CONTROL_FIGURE if self.followed_by_id is not None else Ends.REPLY

    @property
    def round(self) -> int:
        """The round of `kind`."""
        return self.locked.round if self.kind is RouteKind.TARGET else self.locked.evaluation_round


# One statement. Sub-selects read the snapshot of the statement, the row itself is re-read after a wait for the lock: a
# decision therefore always compares `version`, and a loser of the race is refused before it looks at anything else.
# Time is the database's, read when the row was reached.
_SELECTED = {
    **{name: f"s.{name}" for name in Locked._fields},
    "revision_sha256": "r.sha256",  # in the place that it has in `Locked`
    "findings": "r.findings",
    "rules_version": "r.rules_version",
    "form": "s.form",
    "fiscal_year": "s.fiscal_year",
    "target_route_id": "s.target_route_id",
    "evaluation_route_id": "s.evaluation_route_id",
    "profile_id": "s.profile_id",
    "path": "d.path",
    "parent_id": "d.parent_id",
    "business_office_id": "coalesce(d.business_office_id, b.id)",
    "finance_bureau_id": "b.id",
    "filing_opens_on": "c.filing_opens_on",
    "filing_due_on": "c.filing_due_on",
    "evaluation_opens_on": "c.evaluation_opens_on",
    "evaluation_due_on": "c.evaluation_due_on",
    "cycle_closed": "c.closed_at is not null",
    "asks_reasons": "c.asks_reasons",
    "followed_by_id": "c.followed_by_id",
    "amends_id": "s.amends_id",
    "seats": """
        (select jsonb_agg(jsonb_build_array(w.id, w.level, w.seat, w.role, w.department_id, w.person_id,
            w.holds_up_seat)
            order by w.level, w.seat)
        from work_item w where w.submission_id = s.id and w.closed_at is null)""",
    "decisions": """
        (select jsonb_agg(jsonb_build_array(o.level, o.seat, o.person_id, o.action, o.on_behalf_of_id) order by o.level, o.seat)
        from opinion o where o.submission_id = s.id and o.seat is not null and o.voided_by_event_id is null
            and o.route_kind = k.kind and o.round = k.round)""",
    "prepared_by": """
        (select array_agg(e.person_id) from draft_editor e where e.submission_id = s.id and e.kind = k.kind)""",
    "overrides": """
        (select jsonb_object_agg(y.day, y.working) from calendar_day y
        where y.day between current_date - 40 and current_date + 160)""",
    "now": "clock_timestamp()",
}
_FROM = """
from submission s
    cross join lateral (select
        case when s.state in ('draft', 'review') then 'target' else 'evaluation' end as kind,
        case when s.state in ('draft', 'review') then s.round else s.evaluation_round end as round) k
    join department d on d.id = s.department_id
    join department b on b.kind = 'finance_bureau'
    join cycle c on c.id = s.cycle_id
    left join revision r on r.id = s.head_revision_id
"""


_LISTED = ", ".join(f"{expression} as {name}" for name, expression in _SELECTED.items())
# Findings may be a long text; only the list of many forms to decide counts them.
_READ = f"select {_LISTED.replace('r.findings as', 'null::jsonb as')} {_FROM} where s.id = %(id)s"
_LOCK = f"{_READ} for update of s"
# In the order of their ids, so that two batches never wait for each other.
_READ_ALL = f"select {_LISTED} {_FROM} where s.id = any(%(ids)s) order by s.id"
_LOCK_ALL = f"{_READ_ALL} for update of s"


def lock(connection: Connection, submission_id: int) -> Case:
    """Lock one submission and read its case. Raises NotFound."""
    return _found(rows_of(connection, _LOCK, {"id": submission_id}))


def read(connection: Connection, submission_id: int) -> Case:
    """The same case without the lock, for pages and buttons. Raises NotFound."""
    return _found(rows_of(connection, _READ, {"id": submission_id}))


def lock_all(connection: Connection, ids: Sequence[int]) -> list[Case]:
    """Lock many submissions in one statement and read their cases, in the order of their ids. Unknown ones are left out."""
    return [_case(row) for row in rows_of(connection, _LOCK_ALL, {"ids": list(ids)})]


def read_all(connection: Connection, ids: Sequence[int]) -> list[Case]:
    """The same cases without the lock."""
    return [_case(row) for row in rows_of(connection, _READ_ALL, {"ids": list(ids)})]


def _found(rows: Sequence[tuple[Any, ...]]) -> Case:
    if not rows:
        raise NotFound
    return _case(rows[0])


def _case(row: tuple[Any, ...]) -> Case:
    values = dict(zip(_SELECTED, row, strict=True))
    return Case(
        locked=Locked(*row[: len(Locked._fields)])._replace(state=State(values["state"])),
        place=Place(
            values["department_id"],
            tuple(values["path"]),
            values["parent_id"],
            values["business_office_id"],
            values["finance_bureau_id"],
        ),
        seats=tuple(
            Seat(i, level, seat, Role(role), unit, person, holds_up)
            for i, level, seat, role, unit, person, holds_up in values["seats"] or ()
        ),
        decisions=tuple(
            Decision(level, seat, person, Action(act), behalf)
            for level, seat, person, act, behalf in values["decisions"] or ()
        ),
        prepared_by=frozenset(values["prepared_by"] or ()),
        findings=values["findings"] or (),
        calendar=calendar_with(values["overrides"] or {}),
        **{name: values[name] for name in _PLAIN},
    )


_PLAIN = (
    "form fiscal_year target_route_id evaluation_route_id profile_id filing_opens_on filing_due_on evaluation_opens_on "
    "evaluation_due_on cycle_closed asks_reasons followed_by_id amends_id rules_version now"
).split()

_LAST_HANDLED = text("""
select e.actor_role, d.name, e.at from event e left join department d on d.id = e.actor_department_id
where e.subject_kind = 'submission' and e.subject_id = :id and e.actor_role is not null order by e.seq desc limit 1
""")


def last_handled(connection: Connection, submission_id: int) -> Handled | None:
    """Who acted last, by role and unit, for the 409 of those who came second."""
    row = connection.execute(_LAST_HANDLED, {"id": submission_id}).one_or_none()
    return Handled(Role(row.actor_role), row.name, row.at) if row else None
