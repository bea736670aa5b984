"""The people and units of the demonstration city: rows through the use cases of administration, in the system's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.demo.plan import Plan, Unit
from service.models.chain_event import append_event
from service.models.people import DepartmentKind, Person
from service.queries.actor import by_username
from service.security import hash_password
from service.usecases.accounts import grant_role
from service.usecases.departments import create_department
from workflows.facts import SYSTEM, Actor
from workflows.lifecycle import Role

BUREAU = "200"
# The accounts that a visitor signs in with: what they are called, and each role with the code of the unit where it is held.
ACCOUNTS: Mapping[str, tuple[str, tuple[tuple[Role, str], ...]]] = {
    "filler": ("政法委填报人", ((Role.FILLER, "101"),)),
    "dept_head": ("政法委负责人", ((Role.DEPT_HEAD, "101"), (Role.DEPT_HEAD, "120"))),
    "filler2": ("法援处填报人", ((Role.FILLER, "127.1"),)),
    "dept_head2": ("法援处负责人", ((Role.DEPT_HEAD, "127.1"),)),
    "superior_reviewer": ("司法局审核人", ((Role.SUPERIOR_REVIEWER, "127"),)),
    "finance_business_office": ("行政政法科审核人", ((Role.FINANCE_BUSINESS_OFFICE, "200.1"),)),
    "finance_performance_office": ("绩效科审核人", ((Role.FINANCE_PERFORMANCE_OFFICE, BUREAU),)),
    "finance_budget_office": ("预算科经办人", ((Role.FINANCE_BUDGET_OFFICE, BUREAU),)),
    "secrecy_reviewer": ("保密审查员", ((Role.SECRECY_REVIEWER, "101"), (Role.SECRECY_REVIEWER, "127"))),
    "external_expert": ("第三方专家", ((Role.EXTERNAL_EXPERT, BUREAU),)),
    "observer": ("人大观察员", ((Role.OBSERVER, BUREAU),)),
    "sys_admin": ("系统管理员", ((Role.SYS_ADMIN, BUREAU),)),
    "sec_admin": ("安全管理员", ((Role.SEC_ADMIN, BUREAU),)),
    "audit_admin": ("审计管理员", ((Role.AUDIT_ADMIN, BUREAU),)),
}
_WORDS = {
    Role.FILLER: "填报人",
    Role.DEPT_HEAD: "负责人",
    Role.SUPERIOR_REVIEWER: "审核人",
    Role.FINANCE_BUSINESS_OFFICE: "审核人",
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids of units by their code, and who holds a role at which of them."""

    plan: Plan
    ids: Mapping[str, int]
    holders: Mapping[tuple[Role, str], Actor]

    def at_level(self, unit: Unit, level: int) -> Actor:
        """Who decides a level of the target route on a form of the unit; level 2 only where there is a superior."""
        desks = {
            1: (Role.DEPT_HEAD, unit.code),
            2: (Role.SUPERIOR_REVIEWER, unit.parent or ""),
            3: (Role.FINANCE_BUSINESS_OFFICE, unit.office or ""),
            4: (Role.FINANCE_PERFORMANCE_OFFICE, BUREAU),
            5: (Role.FINANCE_BUDGET_OFFICE, BUREAU),
        }
        return self.holders[desks[level]]

    def filler(self, unit: Unit) -> Actor:
        """Who fills in for the unit."""
        return self.holders[Role.FILLER, unit.code]


def build(session: Session, plan: Plan, *, password: str) -> Cast:
    """Write departments, accounts and roles. Only ACCOUNTS get the password; nobody can sign in as the others."""
    ids = _units(session, plan)
    people = {name: (words, grants, True) for name, (words, grants) in ACCOUNTS.items()} | _others(plan)
    holders: dict[tuple[Role, str], Actor] = {}
    for username, (words, grants, signs_in) in people.items():
        actor = _person(session, username, name=words, password=password if signs_in else None)
        for role, code in grants:
            grant_role(session, SYSTEM, person_id=actor, role=role, department_id=ids[code])
        found = by_username(session.connection(), username)
        assert found is not None, "the account was written above"
        holders |= dict.fromkeys(grants, found)
    return Cast(plan, ids, holders)


def _units(session: Session, plan: Plan) -> dict[str, int]:
    ids = {BUREAU: _unit(session, plan.bureau, {}, kind=DepartmentKind.FINANCE_BUREAU)}
    for office in plan.offices:
        ids[office.code] = _unit(session, office, ids, kind=DepartmentKind.FINANCE_OFFICE, above=BUREAU)
    for unit in plan.departments:
        ids[unit.code] = _unit(session, unit, ids, kind=DepartmentKind.BUDGET_UNIT, above=unit.parent)
    return ids


def _unit(
    session: Session, unit: Unit, ids: Mapping[str, int], *, kind: DepartmentKind, above: str | None = None
) -> int:
    return create_department(
        session,
        SYSTEM,
        code=unit.code,
        name=unit.name,
        short_name=unit.short,
        name_en=unit.en,
        kind=kind,
        parent_id=ids[above] if above else None,
        business_office_id=ids[unit.office] if unit.office else None,
    )


def _others(plan: Plan) -> dict[str, tuple[str, tuple[tuple[Role, str], ...], bool]]:
    """A holder for every desk that no account of a visitor holds."""
    taken = {grant for _, grants in ACCOUNTS.values() for grant in grants}
    desks = [(role, unit) for unit in plan.departments for role in (Role.FILLER, Role.DEPT_HEAD)]
    above = {unit.parent for unit in plan.departments} - {None}
    desks += [(Role.SUPERIOR_REVIEWER, unit) for unit in plan.departments if unit.code in above]
    desks += [(Role.FINANCE_BUSINESS_OFFICE, office) for office in plan.offices]
    return {
        f"{role.value}-{unit.code}": (f"{unit.short}{_WORDS[role]}", ((role, unit.code),), False)
        for role, unit in desks
        if (role, unit.code) not in taken
    }


def _person(session: Session, username: str, *, name: str, password: str | None) -> int:
    """An account that need not change its password: it is known to whoever reads the terminal, on loopback alone."""
    person = Person(username=username, name=name, password_hash=hash_password(password) if password else None)
    session.add(person)
    session.flush()
    append_event(session.connection(), "person", person.id, action="create", actor=SYSTEM, body={})
    return person.id
