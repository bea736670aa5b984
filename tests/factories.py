"""A small city for tests: plain functions with keyword defaults, over the same tables and use cases as the service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service.models.cycle import Cycle, CycleDepartment, ProfileVersion, RouteVersion
from service.models.people import Department, DepartmentKind, Person, RoleAssignment
from service.queries.actor import by_username
from service.usecases.open_draft import open_draft
from service.usecases.submit import submit
from workflows.deadlines import beijing_date
from workflows.facts import Actor, Request
from workflows.lifecycle import Action, Role, RouteKind
from workflows.scoring_profile import shipped_profile

PROFILES = Path(__file__).parents[1] / "workflows" / "profiles"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class City:
    """Ids and actors: a unit without superior, one below `superior`, the finance bureau with one office, a cycle."""

    bureau: int
    office: int
    unit: int
    superior: int
    below: int
    cycle: int
    people: dict[str, Actor]

    def __getitem__(self, username: str) -> Actor:
        return self.people[username]


def make_department(session: Session, *, parent: int | None = None, **values: Any) -> int:  # noqa: ANN401 - columns of the table
    """A department; its path follows from its parent."""
    number = next(_numbers)
    given = {
        "code": f"D{number}",
        "name": f"第{number}部门",
        "short_name": f"部门{number}",
        "sort_key": f"bumen{number}",
        "kind": DepartmentKind.BUDGET_UNIT,
        "parent_id": parent,
        "path": [],
    } | values
    department = Department(**given)
    session.add(department)
    session.flush()
    above = session.get_one(Department, parent).path if parent else []
    department.path = [*above, department.id]
    session.flush()
    return department.id


def make_person(session: Session, username: str, **roles_at: int) -> Actor:
    """An active account without a password, with roles given as `role=department_id`."""
    return make_people(session, {username: roles_at})[username]


def make_people(session: Session, roles_at: dict[str, dict[str, int]]) -> dict[str, Actor]:
    """Several at once, by name."""
    people = [Person(username=name, name=name, email=f"{name}@example.invalid") for name in roles_at]
    session.add_all(people)
    session.flush()
    session.add_all(
        RoleAssignment(person_id=person.id, role=Role(role), department_id=department_id)
        for person in people
        for role, department_id in roles_at[person.username].items()
    )
    session.flush()
    return {name: _actor(session, name) for name in roles_at}


def _actor(session: Session, username: str) -> Actor:
    actor = by_username(session.connection(), username)
    assert actor is not None
    return actor


def make_cycle(session: Session, *, departments: list[int], today: date, **values: Any) -> int:  # noqa: ANN401 - columns of the table
    """A cycle in which filing is open and evaluation opened yesterday, so that every step is possible on one day."""
    given = {
        "code": f"C{next(_numbers)}",
        "fiscal_year": 2022,
        "region": "揭阳市",
        "form": "department_overall@2022",
        "target_route_id": _route(session, "city-standard", RouteKind.TARGET),
        "evaluation_route_id": _route(session, "city-evaluation", RouteKind.EVALUATION),
        "profile_id": _profile(session, "mof-2020"),
        "filing_opens_on": today - timedelta(days=10),
        "filing_due_on": today + timedelta(days=10),
        "evaluation_opens_on": today - timedelta(days=1),
        "evaluation_due_on": today + timedelta(days=30),
    } | values
    cycle = Cycle(**given)
    session.add(cycle)
    session.flush()
    session.execute(insert(CycleDepartment), [{"cycle_id": cycle.id, "department_id": one} for one in departments])
    return cycle.id


def make_city(session: Session, *, today: date | None = None) -> City:
    """The whole city, with one person for each role and a second filler and head below the superior."""
    bureau = make_department(session, kind=DepartmentKind.FINANCE_BUREAU, name="市财政局", short_name="财政局")
    office = make_department(session, parent=bureau, kind=DepartmentKind.FINANCE_OFFICE, name="行政政法科")
    unit = make_department(session, name="中共揭阳市委政法委员会", short_name="政法委", business_office_id=office)
    superior = make_department(session, name="市教育局", short_name="教育局", business_office_id=office)
    below = make_department(session, parent=superior, name="市第一中学", short_name="一中", business_office_id=office)
    people = {
        "filler": {"filler": unit},
        "dept_head": {"dept_head": unit},
        "filler2": {"filler": below},
        "dept_head2": {"dept_head": below},
        "superior_reviewer": {"superior_reviewer": superior},
        "finance_business_office": {"finance_business_office": office},
        "finance_performance_office": {"finance_performance_office": bureau},
        "finance_budget_office": {"finance_budget_office": bureau},
        "secrecy_reviewer": {"secrecy_reviewer": unit},
        "observer": {"observer": bureau},
        "external_expert": {"external_expert": unit},
        "sys_admin": {"sys_admin": bureau},
        "sec_admin": {"sec_admin": bureau},
        "audit_admin": {"audit_admin": bureau},
    }
    actors = make_people(session, people)
    cycle = make_cycle(session, departments=[unit, superior, below], today=today or beijing_date(datetime.now(UTC)))
    return City(bureau, office, unit, superior, below, cycle, actors)


@cache
def _seed_text() -> str:
    return (Path(__file__).parent / "forms" / "seed-clean.json").read_text("utf-8")


def seed_document() -> dict[str, Any]:
    """The seed form as a document whose four marks are resolved by the placeholder."""
    document: dict[str, Any] = json.loads(_seed_text())
    return document


def make_draft(session: Session, city: City, *, filler: str = "filler", document: dict[str, Any] | None = None) -> int:
    """A draft of the filler's unit, filled with the seed."""
    actor = city[filler]
    department = actor.grants[0].department_id
    return open_draft(
        session, actor, department_id=department, cycle_id=city.cycle, document=document or seed_document()
    ).id


def make_submitted(session: Session, city: City, *, filler: str = "filler") -> int:
    """A form in review at level 1."""
    form = make_draft(session, city, filler=filler)
    submit(session, city[filler], submission_id=form, request=Request(Action.SUBMIT), version=1)
    return form


def _route(session: Session, code: str, kind: RouteKind) -> int:
    import tomllib

    body = tomllib.loads((PROFILES / f"{code}.toml").read_text("utf-8"))
    return _kept(session, RouteVersion, code, body, kind=kind)


def _profile(session: Session, code: str) -> int:
    return _kept(session, ProfileVersion, code, dict(shipped_profile(code).data))


def _kept(session: Session, table: Any, code: str, body: dict[str, Any], **values: Any) -> int:  # noqa: ANN401 - columns of the table  # noqa: ANN401
    known = session.execute(select(table.id).where(table.code == code)).scalar()
    if known:
        return int(known)
    row = table(code=code, version=body["version"], body=body, **values)
    session.add(row)
    session.flush()
    return int(row.id)
