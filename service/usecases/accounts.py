"""Accounts: made and reset by the system administrator, given roles by the security administrator, seen by the auditor.

三员分立: three powers in three hands, none of them with a business right, nobody acting on themselves. Each act is a link
in the chain of the person it was done to. Source: GB/T 22239-2019, 8.1.4.2 and 8.1.10; the reliability guide, 5.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.people import Department, DepartmentKind, Person, RoleAssignment
from service.security import (
    LONGEST,
    SHORTEST,
    Profile,
    hash_password,
    name_hash,
    one_time_password,
    password_fault,
    password_matches,
)
from workflows.catalogue import languages
from workflows.document import name_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import ADMINISTRATORS, Role

_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_EMAIL: Final = re.compile(r"[^@\s\"<>(),;:\\\[\]]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_AT_BUREAU: Final = frozenset({Role.FINANCE_PERFORMANCE_OFFICE, Role.FINANCE_BUDGET_OFFICE, Role.OBSERVER})

_END_SESSIONS = text("""
delete from web_session where person_id = :person_id and id is distinct from cast(:kept as bigint)
""")
_REVOKE_TOKENS = text("update api_token set revoked_at = now() where person_id = :person_id and revoked_at is null")
_ADMINISTERS = text("select exists (select 1 from role_assignment where person_id = :id and role = any(:roles))")
_FORGET_FAILURES = text("delete from sign_in_failure where name_hash = :name_hash")
_UNITS = text("""
select d.name, d.short_name from role_assignment g join department d on d.id = g.department_id where g.person_id = :id
""")


@dataclass(frozen=True, slots=True)
class Created:
    """A new account and the password to hand over; it opens nothing but its own change."""

    person_id: int
    one_time_password: str


def create_person(
    session: Session, actor: Actor, *, username: str, name: str, email: str | None = None, language: str = "zh"
) -> Created:
    """Create an account without roles. By a `sys_admin`. Raises NotAllowed, InvalidRequest, NotPossibleNow (taken)."""
    _needs(actor, Role.SYS_ADMIN)
    username = username.strip().lower()
    if _USERNAME.fullmatch(username) is None:
        raise InvalidRequest("username_shape", field="username")
    password = one_time_password()
    person = Person(
        username=username,
        name=_name(name),
        email=_email(email),
        language=_language(language),
        password_hash=hash_password(password),
        must_change_password=True,
    )
    session.add(person)
    session.flush()
    append_event(session.connection(), "person", person.id, action="create", actor=actor, body={})
    return Created(person.id, password)


def change_person(session: Session, actor: Actor, *, person_id: int, name: str, email: str | None) -> None:
    """Correct a name or an address for mail. By a `sys_admin`."""
    _needs(actor, Role.SYS_ADMIN)
    person = _person(session, person_id)
    person.name, person.email = _name(name), _email(email)
    append_event(session.connection(), "person", person_id, action="change", actor=actor, body={})


def reset_password(session: Session, actor: Actor, *, person_id: int) -> str:
    """A new one-time password; every session of the person ends, a lock with them.

    By a `sys_admin`; for an administrator by a `sec_admin`, so that nobody takes another power by this way unseen.
    """
    _not_oneself(actor, person_id)
    person = _person(session, person_id)
    connection = session.connection()
    _needs(actor, Role.SEC_ADMIN if _administers(connection, person_id) else Role.SYS_ADMIN)
    password = one_time_password()
    person.password_hash, person.must_change_password = hash_password(password), True
    person.failed_sign_ins, person.locked_until = 0, None
    session.flush()
    _end_sessions(connection, person_id)
    connection.execute(_FORGET_FAILURES, {"name_hash": name_hash(person.username)})
    append_event(connection, "person", person_id, action="reset_password", actor=actor, body={})
    return password


def change_password(
    session: Session, actor: Actor, *, current: str, new: str, profile: Profile, kept_session: int | None
) -> None:
    """Change one's own password; every other session ends. Raises InvalidRequest with the field that is wrong."""
    assert actor.id is not None, "a person has a password"
    person = _person(session, actor.id)
    connection = session.connection()
    if not password_matches(person.password_hash, current):
        raise InvalidRequest("password_wrong", field="current_password")
    if new == current:
        raise InvalidRequest("password_same", field="new_password")
    units = [word for row in connection.execute(_UNITS, {"id": actor.id}) for word in row]
    fault = password_fault(new, profile=profile, context=[person.username, person.name, *units])
    if fault is not None:
        raise InvalidRequest(fault, field="new_password", shortest=str(SHORTEST), longest=str(LONGEST))
    person.password_hash, person.must_change_password = hash_password(new), False
    person.password_changed_at = session.execute(text("select now()")).scalar_one()
    session.flush()
    _end_sessions(connection, actor.id, kept=kept_session)
    append_event(connection, "person", actor.id, action="change_password", actor=actor, body={})


def change_language(session: Session, actor: Actor, *, language: str) -> None:
    """The language of one's own screens and mails."""
    assert actor.id is not None, "a person reads"
    _person(session, actor.id).language = _language(language)


def change_shortcuts(session: Session, actor: Actor, *, on: bool) -> None:
    """Whether keys act on one's own screens. Source: WCAG 2.2, 2.1.4: what acts by a key alone can be switched off."""
    assert actor.id is not None, "a person presses keys"
    _person(session, actor.id).shortcuts = on


def disable_person(session: Session, actor: Actor, *, person_id: int) -> None:
    """Close an account: sessions end and tokens are revoked at once; what the person did stays. By a `sys_admin`."""
    _needs(actor, Role.SYS_ADMIN)
    _not_oneself(actor, person_id)
    _person(session, person_id).active = False
    session.flush()
    connection = session.connection()
    _end_sessions(connection, person_id)
    connection.execute(_REVOKE_TOKENS, {"person_id": person_id})
    append_event(connection, "person", person_id, action="disable", actor=actor, body={})


def enable_person(session: Session, actor: Actor, *, person_id: int) -> None:
    """Open a closed account again. By a `sys_admin`."""
    _needs(actor, Role.SYS_ADMIN)
    _not_oneself(actor, person_id)
    _person(session, person_id).active = True
    append_event(session.connection(), "person", person_id, action="enable", actor=actor, body={})


def grant_role(session: Session, actor: Actor, *, person_id: int, role: Role, department_id: int) -> int:
    """Give a role at a department. By a `sec_admin`, never to oneself. Returns the assignment's id.

    Raises NotAllowed, NotFound, InvalidRequest (role and department do not fit), NotPossibleNow (held, or an
    administrator would hold something beside).
    """
    _needs(actor, Role.SEC_ADMIN)
    _not_oneself(actor, person_id)
    person = _person(session, person_id)
    department = session.get(Department, department_id)
    if department is None or not department.active:
        raise InvalidRequest("no_such_department", field="department_id")
    _check_fits(role, department)
    held = session.execute(
        select(RoleAssignment.role, RoleAssignment.department_id).where(RoleAssignment.person_id == person.id)
    ).all()
    if (role, department_id) in {(row.role, row.department_id) for row in held}:
        raise NotPossibleNow("role_held")
    others = {row.role for row in held} - {role}
    if others and (role in ADMINISTRATORS or others & ADMINISTRATORS):
        raise NotPossibleNow("administrator_holds_one_power")
    assignment = RoleAssignment(person_id=person.id, role=role, department_id=department_id, granted_by=actor.id)
    session.add(assignment)
    session.flush()
    body = {"role": role.value, "department_id": department_id}
    append_event(session.connection(), "person", person.id, action="grant_role", actor=actor, body=body)
    return assignment.id


def revoke_role(session: Session, actor: Actor, *, assignment_id: int) -> None:
    """Take a role away; it counts from the next request on. By a `sec_admin`, never one's own."""
    _needs(actor, Role.SEC_ADMIN)
    assignment = session.get(RoleAssignment, assignment_id)
    if assignment is None:
        raise NotFound("no_such_person")
    _not_oneself(actor, assignment.person_id)
    person_id, body = assignment.person_id, {"role": assignment.role.value, "department_id": assignment.department_id}
    session.delete(assignment)
    session.flush()
    append_event(session.connection(), "person", person_id, action="revoke_role", actor=actor, body=body)


def _needs(actor: Actor, role: Role) -> None:
    """The system itself (first start, the command line on the server) may do what the role may."""
    if not actor.is_system and all(grant.role is not role for grant in actor.grants):
        raise NotAllowed("needs_role", role=role.value)


def _not_oneself(actor: Actor, person_id: int) -> None:
    if actor.id == person_id:
        raise NotAllowed("not_to_yourself")


def _person(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound("no_such_person")
    return person


def _administers(connection: Connection, person_id: int) -> bool:
    roles = [role.value for role in ADMINISTRATORS]
    return bool(connection.execute(_ADMINISTERS, {"id": person_id, "roles": roles}).scalar_one())


def _check_fits(role: Role, department: Department) -> None:
    """A role that is held where it reaches nothing would look given and do nothing."""
    bureau = department.kind is DepartmentKind.FINANCE_BUREAU
    if role in _AT_BUREAU and not bureau:
        raise InvalidRequest("role_needs_bureau", field="department_id")
    if role is Role.FINANCE_BUSINESS_OFFICE and not bureau and department.kind is not DepartmentKind.FINANCE_OFFICE:
        raise InvalidRequest("role_needs_office", field="department_id")


def _end_sessions(connection: Connection, person_id: int, *, kept: int | None = None) -> None:
    connection.execute(_END_SESSIONS, {"person_id": person_id, "kept": kept})


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise InvalidRequest("text_length", field="name", shortest="1", longest="60")
    if name_fault(name):
        raise InvalidRequest("text_fault", field="name")
    return name


def _email(email: str | None) -> str | None:
    email = (email or "").strip()
    if email and (len(email) > 254 or _EMAIL.fullmatch(email) is None):
        raise InvalidRequest("email_shape", field="email")
    return email or None


def _language(language: str) -> str:
    if language not in languages:
        raise InvalidRequest("no_such_language", field="language")
    return language
