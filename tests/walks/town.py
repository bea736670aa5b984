"""A town of its own for each walk: people with awkward combinations of roles, two units, two cycles, their forms.

Everything is committed through the use cases. What a walk left behind stays in the database; its cycles are closed and its
roles taken away, so that the next walk sees none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.cycle import RouteVersion
from service.models.people import Department, DepartmentKind, Person, RoleAssignment
from service.queries.actor import _ONE, _actor
from service.queries.facts import facts_of
from service.queries.submissions import Case, read_all
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from tests.factories import make_cycle, make_department, seed_document
from tests.walks.routes import PAIRS
from workflows.deadlines import beijing_date
from workflows.facts import Actor, Facts
from workflows.lifecycle import Role, State
from workflows.route_data import route_data
from workflows.sums import spending

_numbers = count(1)
_SPENT = spending(seed_document())
# Who holds what, by the names of the departments. The twin of each `…_twin` is the person before it.
PEOPLE: dict[str, dict[str, str]] = {
    "filler": {"filler": "unit"},
    "filler_twin": {"dept_head": "unit"},
    "second_filler": {"filler": "unit"},
    "filler_and_head": {"filler": "unit", "dept_head": "unit"},
    "head": {"dept_head": "unit"},
    "second_head": {"dept_head": "unit"},
    "third_head": {"dept_head": "unit"},
    "expert": {"external_expert": "unit"},
    "secrecy": {"secrecy_reviewer": "unit"},
    "filler_below": {"filler": "below"},
    "head_below": {"dept_head": "below"},
    "second_head_below": {"dept_head": "below"},
    "expert_below": {"external_expert": "below"},
    "reviewer": {"superior_reviewer": "superior"},
    "second_reviewer": {"superior_reviewer": "superior"},
    "office": {"finance_business_office": "office"},
    "office_twin": {"finance_performance_office": "bureau"},
    "second_office": {"finance_business_office": "office"},
    "performance": {"finance_performance_office": "bureau"},
    "second_performance": {"finance_performance_office": "bureau"},
    "performance_and_budget": {"finance_performance_office": "bureau", "finance_budget_office": "bureau"},
    "budget": {"finance_budget_office": "bureau"},
    "second_budget": {"finance_budget_office": "bureau"},
    "observer": {"observer": "bureau"},
    "sec_admin": {"sec_admin": "bureau"},
    "sys_admin": {"sys_admin": "bureau"},
}
_ACTORS = text(f"{_ONE} and p.id = any(:ids) order by p.id")
_CLEAR = (
    "update cycle set closed_at = now() where closed_at is null",
    "delete from delegation",
    "delete from role_assignment",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A form at one moment: the case and the facts that the engine would decide on."""

    case: Case
    facts: Facts


@dataclass(slots=True)
class Town:
    """The people, departments and forms of one walk. `actors` are those who can sign in now, with the roles of now."""

    factory: sessionmaker[Session]
    departments: dict[str, int]
    ids: dict[str, int]
    cycles: tuple[int, int]
    forms: list[int]
    actors: list[Actor] = field(default_factory=list)
    humans: dict[int, int] = field(default_factory=dict)
    seen: dict[int, Seen] = field(default_factory=dict)
    totals: tuple[object, ...] = ()

    def named(self, name: str) -> Actor:
        """The person of this name, who is active."""
        return next(one for one in self.actors if one.id == self.ids[name])

    def read_people(self) -> None:
        """After somebody came, went, or was given something."""
        with unit_of_work(self.factory) as session:
            connection = session.connection()
            ids = list(self.ids.values())
            self.actors = [_actor(row) for row in connection.execute(_ACTORS, {"ids": ids})]
            pairs = select(Person.id, Person.same_person_as_id).where(Person.id.in_(ids))
            self.humans = {one: first or one for one, first in connection.execute(pairs)}

    def look(self, connection: Connection, forms: Collection[int]) -> None:
        """These forms as they stand now."""
        # What would be handed in is the seed; its sums choose among levels.
        self.seen |= {
            case.locked.id: Seen(
                case, facts_of(connection, case, spent=_SPENT if case.locked.state is State.DRAFT else None)
            )
            for case in read_all(connection, list(forms))
        }

    def facts(self, form: int, *, to_person: int | None = None) -> Facts:
        """What the engine knows when a request names this person."""
        colleague = next((one for one in self.actors if one.id == to_person), None)
        return replace(self.seen[form].facts, colleague=colleague)


def routes_of(engine: Engine, factory: sessionmaker[Session]) -> list[tuple[int, int]]:
    """Ids of the routes of each pair, made once for a database."""
    with unit_of_work(factory) as session:
        ids = []
        for pair in PAIRS:
            made = [RouteVersion(code=f"walks-{r.code}", version=1, kind=r.kind, body=route_data(r)) for r in pair]
            session.add_all(made)
            session.flush()
            ids.append((made[0].id, made[1].id))
        return ids


def build(factory: sessionmaker[Session], routes: Sequence[tuple[int, int]], *, main: int, first: int) -> Town:
    """A town whose forms run on the pair `main` of the routes, the one of the first budget round on `first`."""
    number = next(_numbers)
    with unit_of_work(factory) as session:
        for statement in _CLEAR:
            session.execute(text(statement))
        departments = _departments(session)
        ids = _people(session, departments, number)
        today = beijing_date(session.execute(text("select clock_timestamp()")).scalar_one())
        days = {"evaluation_opens_on": today + timedelta(days=20), "evaluation_due_on": today + timedelta(days=60)}
        units = [departments["unit"], departments["below"]]
        cycles = [
            make_cycle(
                session, departments=units, today=today, target_route_id=pair[0], evaluation_route_id=pair[1], **days
            )
            for pair in (routes[main], routes[first])
        ]
        session.execute(
            text("update cycle set followed_by_id = :next where id = :id"), {"next": cycles[0], "id": cycles[1]}
        )
    town = Town(factory, departments, ids, (cycles[0], cycles[1]), [])
    town.read_people()
    with unit_of_work(factory) as session:
        for name, unit, cycle in (("filler", "unit", cycles[0]), ("filler_below", "below", cycles[1])):
            town.forms.append(
                open_draft(
                    session, town.named(name), department_id=departments[unit], cycle_id=cycle,
                    document=seed_document(),
                ).id
            )  # fmt: skip
    return town


def _departments(session: Session) -> dict[str, int]:
    kinds = (DepartmentKind.FINANCE_BUREAU, DepartmentKind.FINANCE_OFFICE)
    bureau, office = (
        session.execute(select(Department.id).where(Department.kind == kind)).scalars().first() for kind in kinds
    )
    bureau = bureau or make_department(session, kind=DepartmentKind.FINANCE_BUREAU)
    office = office or make_department(session, parent=bureau, kind=DepartmentKind.FINANCE_OFFICE)
    unit = make_department(session, business_office_id=office)
    superior = make_department(session, business_office_id=office)
    below = make_department(session, parent=superior, business_office_id=office)
    return {"bureau": bureau, "office": office, "unit": unit, "superior": superior, "below": below}


def _people(session: Session, departments: dict[str, int], number: int) -> dict[str, int]:
    people = {name: Person(username=f"{name}.{number}", name=name, email=None) for name in PEOPLE}
    session.add_all(people.values())
    session.flush()
    before = ""
    for name, person in people.items():
        if name.endswith("_twin"):
            person.same_person_as_id = people[before].id
        before = name
    session.add_all(
        RoleAssignment(person_id=people[name].id, role=Role(role), department_id=departments[where])
        for name, roles in PEOPLE.items()
        for role, where in roles.items()
    )
    session.flush()
    return {name: person.id for name, person in people.items()}


def section_version(session: Session, form: int, section: str) -> int:
    """The version that an edit of the section names as its base."""
    found = session.execute(
        text("select version from draft_section where submission_id = :id and section = :section"),
        {"id": form, "section": section},
    ).scalar()
    return int(found or 0)


def save(session: Session, actor: Actor, form: int, section: str, value: object) -> None:
    """Save a section on the version that stands."""
    base = section_version(session, form, section)
    save_section(session, actor, submission_id=form, section=section, value=value, base_version=base)
