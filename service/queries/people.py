"""People, their roles, sessions and tokens: lists for the administration and for one's own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, text

from workflows.lifecycle import Role


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds at a department."""

    id: int
    role: Role
    department_id: int
    department: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An account. `locked`: too many failed sign-ins, for the moment; `has_password`: somebody could sign in."""

    id: int
    username: str
    name: str
    email: str | None
    language: str
    active: bool
    locked: bool
    has_password: bool
    must_change_password: bool
    created_at: datetime
    roles: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A sign-in of a person that still stands."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without its secret."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime | None


_PERSON = """
select p.id, p.username, p.name, p.email, p.language, p.active, coalesce(p.locked_until > now(), false) as locked,
    p.password_hash is not null as has_password, p.must_change_password, p.created_at,
    (select jsonb_agg(jsonb_build_array(g.id, g.role, g.department_id, d.short_name) order by g.id)
        from role_assignment g join department d on d.id = g.department_id where g.person_id = p.id) as roles
from person p
"""
_PEOPLE = text(_PERSON + " where p.username > :after order by p.username limit :limit")
_FOUND = text(
    _PERSON
    + " where p.username > :after and position(lower(:text) in lower(p.username || ' ' || p.name)) > 0"
    + " order by p.username limit :limit"
)
_ONE = text(_PERSON + " where p.id = :id")
_SAME = text("""
select y.username from person x join person y
    on y.id <> x.id and coalesce(y.same_person_as_id, y.id) = coalesce(x.same_person_as_id, x.id)
where x.id = :id order by y.username
""")
_SESSIONS = text("""
select id, created_at, last_seen_at, expires_at, address, agent from web_session
where person_id = :person_id and expires_at > now() and last_seen_at > now() - make_interval(mins => :idle_minutes)
order by last_seen_at desc, id
""")
_TOKENS = text("""
select id, label, created_at, expires_at from api_token
where person_id = :person_id and revoked_at is null and (expires_at is null or expires_at > now()) order by id
""")


def people(connection: Connection, *, search: str | None = None, after: str = "", limit: int = 50) -> list[Listed]:
    """A page of accounts by user name, after `after`; `search` looks in user names and names."""
    values = {"after": after, "limit": limit}
    rows = connection.execute(_FOUND, {**values, "text": search}) if search else connection.execute(_PEOPLE, values)
    return [_listed(row) for row in rows]


def person(connection: Connection, person_id: int) -> Listed | None:
    """One account."""
    row = connection.execute(_ONE, {"id": person_id}).one_or_none()
    return _listed(row) if row else None


def further_accounts(connection: Connection, person_id: int) -> list[str]:
    """The user names of the other accounts of whoever has this account."""
    return list(connection.execute(_SAME, {"id": person_id}).scalars())


def sessions_of(connection: Connection, person_id: int, *, idle_minutes: int) -> list[OpenSession]:
    """Where a person is signed in, the most recently used first."""
    rows = connection.execute(_SESSIONS, {"person_id": person_id, "idle_minutes": idle_minutes})
    return [OpenSession(**row._mapping) for row in rows]


def tokens_of(connection: Connection, person_id: int) -> list[Token]:
    """The valid tokens of a person."""
    return [Token(**row._mapping) for row in connection.execute(_TOKENS, {"person_id": person_id})]


def _listed(row: Row[tuple[object, ...]]) -> Listed:
    held = tuple(Held(i, Role(role), unit, name) for i, role, unit, name in row._mapping["roles"] or ())
    return Listed(**{**row._mapping, "roles": held})
