"""Delegations: those that somebody gave or holds, and the colleagues to whom a role could be lent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from workflows.deadlines import beijing_date
from workflows.delegating import DELEGABLE
from workflows.facts import Actor
from workflows.lifecycle import ADMINISTRATORS, Role


@dataclass(frozen=True, slots=True)
class Listed:
    """A delegation with the names of both. `ends_at` is the moment after its last day; `running` says that it is in force."""

    id: int
    person_id: int
    person: str
    delegate_id: int
    delegate: str
    role: Role
    department: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    set_by: str
    revoked_at: datetime | None
    running: bool
    ended: bool

    @property
    def last_day(self) -> date:
        """The last day of the delegation, a Beijing date."""
        return beijing_date(self.ends_at - timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the same department."""

    id: int
    name: str
    department_id: int
    roles: tuple[Role, ...]


_LISTED = text("""
select x.id, x.person_id, p.name as person, x.delegate_id, q.name as delegate, x.role, d.short_name as department,
    x.starts_at, x.ends_at, x.reason, s.name as set_by, x.revoked_at,
    x.revoked_at is null and x.starts_at <= now() and now() < x.ends_at as running,
    x.revoked_at is not null or x.ends_at <= now() as ended
from delegation x join person p on p.id = x.person_id join person q on q.id = x.delegate_id
    join person s on s.id = x.set_by join department d on d.id = x.department_id
where x.person_id = :person_id or x.delegate_id = :person_id
order by ended, x.starts_at desc, x.id desc limit 50
""")
_COLLEAGUES = text("""
select p.id, p.name, g.department_id, array_agg(distinct g.role order by g.role) as roles
from role_assignment g join person p on p.id = g.person_id and p.active
where g.department_id = any(:departments) and p.id <> :person_id and g.role <> all(:administrators)
group by p.id, p.name, g.department_id order by p.name, p.id
""")


def delegations_of(connection: Connection, person_id: int) -> list[Listed]:
    """What a person lent and was lent, those in force and to come first, at most fifty."""
    rows = connection.execute(_LISTED, {"person_id": person_id})
    return [Listed(**{**row._mapping, "role": Role(row.role)}) for row in rows]


def colleagues(connection: Connection, owner: Actor) -> list[Colleague]:
    """Everybody to whom the owner could lend a role: people of the departments where they hold one that can be lent."""
    held = {grant.department_id for grant in owner.grants if grant.on_behalf_of is None and grant.role in DELEGABLE}
    values = {
        "departments": sorted(held),
        "person_id": owner.id,
        "administrators": sorted(role.value for role in ADMINISTRATORS),
    }
    return [
        Colleague(row.id, row.name, row.department_id, tuple(Role(role) for role in row.roles))
        for row in connection.execute(_COLLEAGUES, values)
    ]
