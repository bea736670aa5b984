"""From a locked case to the facts that the engine decides on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from service.queries.routes import route
from service.queries.submissions import Case
from workflows.deadlines import beijing_date, close_of, due_at
from workflows.facts import Facts, SeatPlan
from workflows.findings import Finding
from workflows.lifecycle import RouteKind, State


def facts_of(connection: Connection, case: Case, *, findings: Sequence[Finding] = ()) -> Facts:
    """The facts of a case. `findings`: the blocking ones of the document that a submission would freeze."""
    route_id = case.target_route_id if case.kind is RouteKind.TARGET else case.evaluation_route_id
    open_, reason = _window(case)
    return Facts(
        state=case.locked.state,
        level=case.locked.level,
        version=case.locked.version,
        round=case.round,
        place=case.place,
        route=route(connection, route_id),
        kind=case.kind,
        seats=case.seats,
        decisions=case.decisions,
        prepared_by=case.prepared_by,
        findings=tuple(findings),
        window_open=open_,
        window_reason=reason,
    )


def _window(case: Case) -> tuple[bool, str]:
    """Whether the window of the next hand-over is open: the one function for screen, API and jobs.

    A form that was returned may be handed in again after the date, and after its cycle was closed, for a review runs to
    its end; the first hand-over may not, and nothing closed is reopened then.
    """
    under_way = case.round > 0 and case.locked.state is not State.CLOSED
    if case.cycle_closed and not under_way:
        return False, "cycle_closed"
    today = beijing_date(case.now)
    if case.locked.state is State.DRAFT:
        if today < case.filing_opens_on:
            return False, "filing_not_open"
        return (today <= case.filing_due_on or case.locked.round > 0), "filing_closed"
    return today >= case.evaluation_opens_on, "evaluation_not_open"


def due_of(case: Case) -> Callable[[SeatPlan], datetime]:
    """The limit of each work item: working days of its level, or the cycle's date for the filler's own."""

    def due(plan: SeatPlan) -> datetime:
        if plan.working_days is not None:
            return due_at(case.now, working_days=plan.working_days, calendar=case.calendar)
        target = case.locked.state in (State.DRAFT, State.REVIEW)
        end = close_of(case.filing_due_on if target else case.evaluation_due_on)
        # Handed back after the date: the unit gets two working days, never a limit in the past.
        return max(end, due_at(case.now, working_days=2, calendar=case.calendar))

    return due
