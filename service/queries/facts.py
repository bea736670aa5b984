"""From a locked case to the facts that the engine decides on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, text

from service.queries.actor import by_id
from service.queries.routes import route
from service.queries.submissions import Case
from workflows.deadlines import beijing_date, close_of, due_at
from workflows.facts import Facts, Grant, Place, Request, SeatPlan
from workflows.findings import Finding
from workflows.lifecycle import Ends, Role, RouteKind, State

# Each desk that the unit has with the eyes of everybody there: a level may be passed over, or go to another desk, where nobody
# could act. Whoever stands in for somebody is there too.
_STAFF = text("""
select g.role, g.department_id, array_remove(array[g.person_id, g.on_behalf_of]
    || array(select y.id from person x join person y on y.id <> x.id
        and coalesce(y.same_person_as_id, y.id) = coalesce(x.same_person_as_id, x.id)
        where x.id in (g.person_id, g.on_behalf_of)), null) as eyes
from grant_in_force g join person p on p.id = g.person_id and p.active where g.department_id = any(:desks)
""")


def facts_of(
    connection: Connection,
    case: Case,
    *,
    findings: Sequence[Finding] = (),
    request: Request | None = None,
    spent: tuple[Decimal | None, Decimal | None] | None = None,
) -> Facts:
    """The facts of a case. `findings` are the blocking ones of the document that a submission would freeze, `spent` is its
    basic and project spending in 万元; without it those of the head revision count. `request` may name a colleague, who is
    looked up.
    """
    route_id = case.target_route_id if case.kind is RouteKind.TARGET else case.evaluation_route_id
    open_, reason = _window(case)
    here = route(connection, route_id)
    colleague = request.to_person if request else None
    return Facts(
        state=case.locked.state,
        level=case.locked.level,
        version=case.locked.version,
        round=case.round,
        place=case.place,
        route=here,
        kind=case.kind,
        seats=case.seats,
        decisions=case.decisions,
        prepared_by=case.prepared_by,
        findings=tuple(findings),
        window_open=open_,
        window_reason=reason,
        ends=case.ends,
        form=case.form,
        amount=_together(spent or (case.locked.basic_expenditure, case.locked.project_expenditure)),
        unlocked_sections=_unlocked(case),
        colleague=by_id(connection, colleague) if colleague is not None else None,
        staff=_staff(connection, case.place) if here.asks_who_is_there else None,
    )


def _together(spent: tuple[Decimal | None, Decimal | None]) -> Decimal | None:
    basic, project = spent
    return None if basic is None or project is None else basic + project


def _unlocked(case: Case) -> frozenset[str] | None:
    sections = case.locked.unlocked_sections
    return None if sections is None else frozenset(sections)


def _staff(connection: Connection, place: Place) -> Mapping[Grant, tuple[frozenset[int], ...]]:
    desks = [place.department_id, place.superior_id, place.business_office_id, place.finance_bureau_id]
    there: dict[Grant, tuple[frozenset[int], ...]] = {}
    for row in connection.execute(_STAFF, {"desks": [one for one in desks if one is not None]}):
        desk = Grant(Role(row.role), row.department_id)
        there[desk] = (*there.get(desk, ()), frozenset(row.eyes))
    return there


def _window(case: Case) -> tuple[bool, str]:
    """Whether the window of the next hand-over is open: the one function for screen, API and jobs.

    A form that was returned may be handed in again after the date, and after its cycle was closed, for a review runs to
    its end; the first hand-over may not, and nothing closed is reopened then.
    """
    under_way = case.round > 0 and case.locked.state is not State.CLOSED
    if case.cycle_closed and not under_way:
        return False, "cycle_closed"
    today = beijing_date(case.now)
    if case.ends is Ends.ADJUSTMENT:  # in the year, until its results are asked for
        return today < case.evaluation_opens_on, "adjustment_closed"
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
