"""Routes over the API: their versions, and what one of them would do with a form of a unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import work
from service.api.idempotency import answer
from service.api.schemas import Day, Id, Money, Strict
from service.queries.route_simulation import SimulatedLevel, simulate
from service.queries.route_versions import RouteLine, route_lines, route_named
from workflows.errors import InvalidRequest, NotAllowed
from workflows.forms import form_types
from workflows.lifecycle import ADMINISTRATORS, Role
from workflows.route_data import route_data

blueprint = api_blueprint("routes", about="Versions of the review and evaluation routes")
sign_in_required(blueprint)


class RoutePath(Strict):
    """A version of a route."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$")]
    version: Annotated[int, Field(ge=1, le=10**6)]


class SimulationQuery(Strict):
    """A form to try: of which unit and type, its spending in 万元 (left out: blank), the Beijing day on which it is handed
    in, and the filler who prepared it, if somebody in particular.
    """

    department_id: Id
    form: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    on: Day
    amount: Money | None = None
    prepared_by: Id | None = None


class RouteOut(BaseModel):
    """A version: its data as it is stored, the cycles that bind it, and how many forms are on their way along it."""

    code: str
    version: int
    kind: str
    source: str
    levels: list[dict[str, Any]]
    cycles: list[str]
    running: int


class RoutesOut(BaseModel):
    """Every version, the newest of each route first."""

    items: list[RouteOut]


class CandidateOut(BaseModel):
    """Somebody who holds the post. `barred` is why they could not act: own_submission, decided_another_level."""

    id: int
    name: str
    on_behalf_of: str | None
    barred: str | None


class SimulatedSeatOut(BaseModel):
    """A signature: the post, from when to when, and who holds it."""

    role: str
    department_id: int
    department: str
    opens_on: str
    due_on: str
    people: list[CandidateOut]


class SimulatedLevelOut(BaseModel):
    """A level. `passed_over` is why the form does not stop there: form, amount, no_desk, nobody."""

    level: int
    passed_over: str | None
    escalated: bool
    need: str
    required: int
    in_order: bool
    seats: list[SimulatedSeatOut]


class SimulationOut(BaseModel):
    """The way of the form, and the day by which it is done if every level takes all of its time."""

    levels: list[SimulatedLevelOut]
    ends_on: str


@blueprint.get("/routes", responses={200: RoutesOut})
def list_routes() -> Response:
    """Every version of every route. For the finance performance office and the administrators."""
    _looks()
    with work() as session:
        lines = route_lines(session.connection())
    return answer(200, {"items": [_line(line) for line in lines]})


@blueprint.get("/routes/<code>/<int:version>/simulation", responses={200: SimulationOut})
def simulate_route(path: RoutePath, query: SimulationQuery) -> Response:
    """Who would review a form along this version, in which order, and until when. Nothing is written."""
    _looks()
    if query.form not in {form.id for form in form_types()}:
        raise InvalidRequest("no_such_form_type", field="form")
    with work() as session:
        connection = session.connection()
        found = simulate(
            connection,
            route_named(connection, path.code, path.version),
            department_id=query.department_id,
            form=query.form,
            amount=Decimal(query.amount) if query.amount is not None else None,
            on=query.on,
            prepared_by=query.prepared_by,
        )
    return answer(200, {"levels": [_level(one) for one in found.levels], "ends_on": found.ends_on.isoformat()})


def _looks() -> None:
    wanted = ADMINISTRATORS | {Role.FINANCE_PERFORMANCE_OFFICE}
    if all(grant.role not in wanted for grant in current().actor.grants):
        raise NotAllowed("needs_role", role=f"{Role.FINANCE_PERFORMANCE_OFFICE.value}|{Role.SYS_ADMIN.value}")


def _line(line: RouteLine) -> dict[str, Any]:
    return {**route_data(line.route), "cycles": list(line.cycles), "running": line.running}


def _level(one: SimulatedLevel) -> dict[str, Any]:
    level = one.level
    return {
        "level": level.number,
        "passed_over": one.passed_over,
        "escalated": one.escalated,
        "need": level.need.value,
        "required": level.required(),
        "in_order": level.in_order,
        "seats": [
            {
                "role": seat.role.value,
                "department_id": seat.place.id,
                "department": seat.place.name,
                "opens_on": seat.opens_on.isoformat(),
                "due_on": seat.due_on.isoformat(),
                "people": [
                    {"id": who.id, "name": who.name, "on_behalf_of": who.on_behalf_of, "barred": who.barred}
                    for who in seat.people
                ],
            }
            for seat in one.seats
        ],
    }
