"""Signing in and out: sessions are rows, and a row that is gone is a cookie that is dead.

Failures are counted by name, existing or not, and by address, so that neither an answer nor its time tells whether an
account exists. Source of the limits: GB/T 22239-2019, 8.1.4.1 b (five tries, fifteen minutes); ASVS 5.0, 6.3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final

from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.security import hash_password, is_outdated, name_hash, new_token, password_matches, token_hash
from service.settings import Settings
from workflows.facts import SYSTEM, Actor

# From one address within the time of a lock. An office shares one; loopback is a proxy that hides them all.
MOST_FROM_ADDRESS: Final = 100
_AGENT_LENGTH: Final = 200
_MAX_AGE_DAYS: Final = (
    90  # GB/T 22239-2019, 8.1.4.1 a: changed regularly; ASVS 5.0, 6.2.10 forbids it, hence the profiles
)
_FOR_EVER_DAYS: Final = 36_500
_LONGEST_PASSWORD: Final = 1024  # longer ones are wrong without being hashed


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. `token` goes into the cookie and is kept nowhere else; `csrf` into the forms."""

    person_id: int
    session_id: int
    token: str
    csrf: str
    expires_at: datetime
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """No session. `reason` is a key of [error]; `retry_after` in seconds where a limit was reached.

    This is a result and no exception, because the count of failures has to be committed.
    """

    reason: str
    retry_after: int | None = None


_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('sign_in:' || :name_hash, 0))")
_LIMITS = text("""
select extract(epoch from max(f.locked_until) filter (where f.locked_until > now()) - now())::int as locked_for,
    count(*) filter (where f.id > coalesce((select max(l.id) from sign_in_failure l
        where l.name_hash = :name_hash and l.locked_until is not null), 0)) as failures,
    (select count(*) from (select 1 from sign_in_failure a where a.address = :address
        and a.at > now() - make_interval(mins => :minutes) limit :most) counted) as from_address
from sign_in_failure f where f.name_hash = :name_hash
""")
_PERSON = text("""
select p.id, p.name, p.language, p.password_hash, p.active,
    p.must_change_password or p.password_changed_at < now() - make_interval(days => :days) as must_change_password
from person p where p.username = :username
""")
_FAIL = text("""
insert into sign_in_failure (name_hash, address, locked_until)
values (:name_hash, :address, case when :locks then now() + make_interval(mins => :minutes) end)
""")
_MARK = text("""
update person set failed_sign_ins = failed_sign_ins + 1,
    locked_until = case when :locks then now() + make_interval(mins => :minutes) else locked_until end
where id = :id
""")
_FORGET = text("delete from sign_in_failure where name_hash = :name_hash or at < now() - interval '1 day'")
_SUCCEED = text("""
update person set failed_sign_ins = 0, locked_until = null, password_hash = coalesce(:rehashed, password_hash),
    must_change_password = :must_change
where id = :id and (failed_sign_ins > 0 or locked_until is not null or cast(:rehashed as text) is not null
    or must_change_password <> :must_change)
""")
_OPEN = text("""
insert into web_session (token_hash, person_id, csrf, expires_at, address, agent)
values (:token_hash, :person_id, :csrf, now() + make_interval(hours => :hours), :address, :agent)
returning id, expires_at
""")
_CLOSE_OLD = text("""
delete from web_session where token_hash = :token_hash or (person_id = :person_id
    and (expires_at < now() or last_seen_at < now() - make_interval(mins => :idle)))
""")
_CLOSE = text("delete from web_session where id = :id and person_id = :person_id returning id")
_CLOSE_ALL = text("""
delete from web_session where person_id = :person_id and id is distinct from cast(:kept as bigint) returning id
""")


def sign_in(
    session: Session,
    settings: Settings,
    *,
    username: str,
    password: str,
    address: str | None,
    agent: str | None,
    replaces: str | None = None,
) -> Opened | Failed:
    """Check a password and open a session. `replaces`: the token of the cookie that came along; its session ends."""
    connection = session.connection()
    username = username.strip().casefold()
    key = name_hash(username)
    connection.execute(_ONE_AT_A_TIME, {"name_hash": key})
    counted = _counted(connection, settings, key=key, address=_counted_address(address))
    if isinstance(counted, Failed):
        return counted
    days = _MAX_AGE_DAYS if settings.password_profile == "dengbao3" else _FOR_EVER_DAYS  # noqa: S105 - a profile
    asked = {"username": username, "days": days}
    person = connection.execute(_PERSON, asked).one_or_none() if username.isascii() else None
    right = len(password) <= _LONGEST_PASSWORD and password_matches(person.password_hash if person else None, password)
    if person is None or not right or not person.active:
        return _failed(connection, settings, key=key, address=address, person=person, failures=counted + 1)
    return _opened(connection, settings, person, key=key, password=password, where=(address, agent), replaces=replaces)


def _counted_address(address: str | None) -> str | None:
    try:
        return None if address is None or ip_address(address).is_loopback else address
    except ValueError:
        return None


def _counted(connection: Connection, settings: Settings, *, key: str, address: str | None) -> int | Failed:
    values = {"name_hash": key, "address": address, "minutes": settings.lock_minutes, "most": MOST_FROM_ADDRESS}
    limits = connection.execute(_LIMITS, values).one()
    if limits.locked_for is not None:
        return Failed("sign_in_locked", max(1, limits.locked_for))
    if limits.from_address >= MOST_FROM_ADDRESS:
        return Failed("too_many_tries", settings.lock_minutes * 60)
    return int(limits.failures)


def _failed(
    connection: Connection,
    settings: Settings,
    *,
    key: str,
    address: str | None,
    person: Row[Any] | None,
    failures: int,
) -> Failed:
    locks = failures >= settings.lock_after_failures
    values = {"locks": locks, "minutes": settings.lock_minutes}
    connection.execute(_FAIL, {**values, "name_hash": key, "address": address})
    if person is not None:
        connection.execute(_MARK, {**values, "id": person.id})
        action = "account_locked" if locks else "sign_in_failed"
        append_event(connection, "person", person.id, action=action, actor=SYSTEM, body={"failures": failures})
    return Failed("sign_in_locked", settings.lock_minutes * 60) if locks else Failed("sign_in_failed")


def _opened(
    connection: Connection,
    settings: Settings,
    person: Row[Any],
    *,
    key: str,
    password: str,
    where: tuple[str | None, str | None],
    replaces: str | None,
) -> Opened:
    rehashed = hash_password(password) if is_outdated(person.password_hash) else None
    connection.execute(_FORGET, {"name_hash": key})
    done = {"id": person.id, "rehashed": rehashed, "must_change": person.must_change_password}
    connection.execute(_SUCCEED, done)
    old = {"token_hash": token_hash(replaces or ""), "person_id": person.id, "idle": settings.session_idle_minutes}
    connection.execute(_CLOSE_OLD, old)
    token, csrf = new_token(), new_token()
    values = {"token_hash": token_hash(token), "person_id": person.id, "csrf": csrf}
    address, agent = where
    values |= {"hours": settings.session_absolute_hours, "address": address, "agent": (agent or "")[:_AGENT_LENGTH]}
    opened = connection.execute(_OPEN, values).one()
    actor = Actor(person.id, person.name, (), person.language)
    append_event(connection, "person", person.id, action="sign_in", actor=actor, body={"session_id": opened.id})
    return Opened(person.id, opened.id, token, csrf, opened.expires_at, person.must_change_password)


def sign_out(session: Session, actor: Actor, *, session_id: int) -> bool:
    """End one session of one's own. False where it was no longer there."""
    assert actor.id is not None, "a person signs out"
    connection = session.connection()
    closed = connection.execute(_CLOSE, {"id": session_id, "person_id": actor.id}).one_or_none()
    if closed is None:
        return False
    append_event(connection, "person", actor.id, action="sign_out", actor=actor, body={"session_id": session_id})
    return True


def end_all_sessions(session: Session, actor: Actor, *, kept: int | None = None) -> int:
    """End every session of one's own but `kept`. Returns how many."""
    assert actor.id is not None, "a person signs out"
    connection = session.connection()
    closed = connection.execute(_CLOSE_ALL, {"person_id": actor.id, "kept": kept}).scalars().all()
    if closed:
        body = {"sessions": sorted(closed)}
        append_event(connection, "person", actor.id, action="sign_out_everywhere", actor=actor, body=body)
    return len(closed)
