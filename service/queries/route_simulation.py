"""Who would review a form, in which order, and until when: a route tried on a unit, a form type, an amount and a day.

The domain's own `standing` and `manned` say which levels stand, so the answer is what the engine would do if everybody
took all of their time and held today's posts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

from service.queries.calendar import working_days
from service.queries.places import PlaceName, place_names
from workflows.deadlines import Calendar
from workflows.errors import InvalidRequest
from workflows.facts import Decision, Facts, Grant, Place, SeatPlan
from workflows.lifecycle import Action, Role, State
from workflows.policy import barred
from workflows.route import Level, Route
from workflows.standing import Standing, entered, manned, standing


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody at a desk. `on_behalf_of` names for whom they stand in; `barred` is why they could not act, None: they could."""

    id: int
    name: str
    on_behalf_of: str | None
    barred: str | None = None


@dataclass(frozen=True, slots=True)
class SimulatedSeat:
    """A signature of a level: whose, where, from when to when, and who holds the post."""

    role: Role
    place: PlaceName
    opens_on: date
    due_on: date
    people: tuple[Candidate, ...]

    @property
    def able(self) -> tuple[Candidate, ...]:
        """Those who could act."""
        return tuple(one for one in self.people if one.barred is None)


@dataclass(frozen=True, slots=True)
class SimulatedLevel:
    """A level of the route. `passed_over` is why the form does not stop there: form, amount, no_desk, nobody; None: it does.

    `escalated`: nobody could act, so the post above acts.
    """

    level: Level
    passed_over: str | None = None
    escalated: bool = False
    seats: tuple[SimulatedSeat, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulation:
    """The way of a form. `fillers` of the unit could be named as the one who prepared it. `known_until`: the last day of
    the published holidays; days behind it may still move.
    """

    levels: tuple[SimulatedLevel, ...]
    fillers: tuple[Candidate, ...]
    ends_on: date
    known_until: date


@dataclass(frozen=True, slots=True)
class _Holder:
    candidate: Candidate
    eyes: frozenset[int]


_Desks = Mapping[Grant, Sequence[_Holder]]

_PLACE = text("""
select d.path, d.parent_id, coalesce(d.business_office_id, b.id) as office, b.id as bureau
from department d join department b on b.kind = 'finance_bureau' where d.id = :id and d.kind = 'budget_unit'
""")
_HOLDERS = text("""
select g.role, g.department_id, p.id, p.name, o.name as on_behalf_of, array_remove(array[p.id, o.id]
    || array(select y.id from person x join person y on y.id <> x.id
        and coalesce(y.same_person_as_id, y.id) = coalesce(x.same_person_as_id, x.id) where x.id in (p.id, o.id)), null) as eyes
from grant_in_force g join person p on p.id = g.person_id and p.active left join person o on o.id = g.on_behalf_of
where g.department_id = any(:desks) order by p.name, p.id, o.name nulls first
""").bindparams(bindparam("desks", type_=ARRAY(BigInteger)))


def simulate(
    connection: Connection,
    route: Route,
    *,
    department_id: int,
    form: str,
    amount: Decimal | None,
    on: date,
    prepared_by: int | None = None,
) -> Simulation:
    """The levels that a form of this unit would pass if it were handed in on the day `on` (Beijing), by whom and until when.

    `amount` is its spending in 万元, None: blank. `prepared_by` is the filler who typed it, None: somebody else than
    everybody on the way. Raises InvalidRequest for a department that files nothing.
    """
    place = _place(connection, department_id)
    desks = _desks(connection, place)
    preparers = [one for one in desks[Grant(Role.FILLER, department_id)] if one.candidate.id == prepared_by]
    facts = Facts(
        state=State.DRAFT,
        level=None,
        version=0,
        round=0,
        place=place,
        route=route,
        kind=route.kind,
        form=form,
        amount=amount,
        prepared_by=frozenset().union(*(one.eyes for one in preparers)),
        staff={desk: tuple(one.eyes for one in held) for desk, held in desks.items()},
    )
    calendar = working_days(connection)
    walk = _Walk(facts, standing(facts), desks, _names(connection, place), calendar)
    levels, last = walk.levels(on)
    fillers = {one.candidate.id: one.candidate for one in desks[Grant(Role.FILLER, department_id)]}
    return Simulation(levels, tuple(fillers.values()), last, calendar.known_until)


def _place(connection: Connection, department_id: int) -> Place:
    row = connection.execute(_PLACE, {"id": department_id}).one_or_none()
    if row is None:
        raise InvalidRequest("no_such_department", field="department_id")
    return Place(department_id, tuple(row.path), row.parent_id, row.office, row.bureau)


def _ids(place: Place) -> set[int]:
    desks = (place.department_id, place.superior_id, place.business_office_id, place.finance_bureau_id)
    return {one for one in desks if one is not None}


def _names(connection: Connection, place: Place) -> Mapping[int, PlaceName]:
    return place_names(connection, _ids(place))


def _desks(connection: Connection, place: Place) -> defaultdict[Grant, list[_Holder]]:
    found = defaultdict[Grant, list[_Holder]](list)
    for row in connection.execute(_HOLDERS, {"desks": sorted(_ids(place))}):
        holder = _Holder(Candidate(row.id, row.name, row.on_behalf_of), frozenset(row.eyes))
        found[Grant(Role(row.role), row.department_id)].append(holder)
    return found


@dataclass(slots=True)
class _Walk:
    """A form on its way. Who is the only one to sign somewhere has signed there, and signs nowhere else."""

    facts: Facts
    ways: Standing
    desks: _Desks
    names: Mapping[int, PlaceName]
    calendar: Calendar

    def levels(self, on: date) -> tuple[tuple[SimulatedLevel, ...], date]:
        """Every level in its order, and the day on which the last one is due."""
        found = list[SimulatedLevel]()
        for level in self.facts.route.levels:
            one = self._level(level, on)
            found.append(one)
            on = max((seat.due_on for seat in one.seats), default=on)
        return tuple(found), on

    def _level(self, level: Level, on: date) -> SimulatedLevel:
        reason = self._passed_over(level)
        if reason is not None:
            return SimulatedLevel(level, passed_over=reason)
        usual = self.ways[level.number]
        plans = manned(level, usual, self.facts, frozenset())
        if plans is None:
            return SimulatedLevel(level, passed_over="nobody")
        escalated = plans != entered(level, usual)
        plans = plans if escalated else usual
        seats = list[SimulatedSeat]()
        for plan in plans:
            seats.append(self._seat(plan, on))
            if level.in_order and not escalated:
                on = seats[-1].due_on
        if escalated or len(plans) <= level.required():
            self._sign(plans, seats)
        return SimulatedLevel(level, escalated=escalated, seats=tuple(seats))

    def _passed_over(self, level: Level) -> str | None:
        if not level.when.holds(self.facts.form, None):
            return "form"
        if not level.when.holds(self.facts.form, self.facts.amount):
            return "amount"
        return None if level.number in self.ways else "no_desk"

    def _seat(self, plan: SeatPlan, on: date) -> SimulatedSeat:
        held = self.desks.get(Grant(plan.role, plan.department_id), ())
        people = (replace(one.candidate, barred=barred(self.facts, one.eyes)) for one in held)
        due = self.calendar.add_working_days(on, plan.working_days or 0)
        return SimulatedSeat(plan.role, self.names[plan.department_id], on, due, tuple(people))

    def _sign(self, plans: Sequence[SeatPlan], seats: Sequence[SimulatedSeat]) -> None:
        alone = [
            Decision(plan.level, plan.seat, seat.able[0].id, Action.PASS)
            for plan, seat in zip(plans, seats, strict=True)
            if len(seat.able) == 1
        ]
        self.facts = replace(self.facts, decisions=(*self.facts.decisions, *alone))
