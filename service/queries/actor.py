"""Who is it, what may they, was this key answered before? One statement for each request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from service.db import rows_of
from workflows.facts import Actor, Grant
from workflows.lifecycle import Role


@dataclass(frozen=True, slots=True)
class KeptReply:
    """The answer that an earlier request with the same key got."""

    request_hash: str
    status: int
    response: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A valid session or token: the actor, the CSRF token (None with a bearer token), and a kept reply, if any."""

    actor: Actor
    session_id: int | None
    csrf: str | None
    must_change_password: bool
    last_seen_at: datetime | None
    kept: KeptReply | None


# Accounts of one human being: the person's own further ones, and those of everybody whom they stand for.
_MAY = """
    (select jsonb_agg(jsonb_build_array(g.role, g.department_id, g.on_behalf_of) order by g.on_behalf_of nulls first)
        from grant_in_force g where g.person_id = p.id) as grants,
    (select jsonb_agg(jsonb_build_array(a.id, b.id)) from (select p.id, p.same_person_as_id
            union all select y.id, y.same_person_as_id from delegation x join person y on y.id = x.person_id
                where x.delegate_id = p.id and x.revoked_at is null) a
        cross join lateral (select b.id from person b where b.same_person_as_id = a.id
            union select a.same_person_as_id where a.same_person_as_id is not null
            union select b.id from person b where b.same_person_as_id = a.same_person_as_id and b.id <> a.id) b) as twins
"""
# Most people stand in for nobody and have one account: what the others may is asked in a statement of its own, whose plan
# nobody else pays for.
_PERSON = """
    p.id, p.name, p.language, p.must_change_password,
    (select jsonb_agg(jsonb_build_array(g.role, g.department_id, null)) from role_assignment g
        where g.person_id = p.id) as grants,
    p.same_person_as_id is not null or exists (select from person b where b.same_person_as_id = p.id)
        or exists (select from delegation x where x.delegate_id = p.id and x.revoked_at is null) as is_more,
    k.request_hash, k.status, k.response
"""
_MORE = f"select {_MAY} from person p where p.id = %(id)s"  # noqa: S608 - constant text, no value of a request is in it
_BY_SESSION = f"""
select {_PERSON}, w.id as session_id, w.csrf, w.last_seen_at, null::bigint as token_id
from web_session w join person p on p.id = w.person_id and p.active
    left join idempotency_reply k on k.person_id = p.id and k.key = %(key)s
where w.token_hash = %(token_hash)s and w.expires_at > now()
    and w.last_seen_at > now() - make_interval(mins => %(idle_minutes)s)
"""  # noqa: S608 - constant text, no value of a request is in it
_BY_TOKEN = f"""
select {_PERSON}, null::bigint as session_id, null::text as csrf, null::timestamptz as last_seen_at, t.id as token_id
from api_token t join person p on p.id = t.person_id and p.active
    left join idempotency_reply k on k.person_id = p.id and k.key = %(key)s
where t.token_hash = %(token_hash)s and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
"""  # noqa: S608 - constant text, no value of a request is in it


def by_session(connection: Connection, token_hash: str, *, key: str | None, idle_minutes: int) -> SignedIn | None:
    """The person behind a session cookie, None where it is unknown, expired, idle too long, or the person is disabled."""
    values = {"token_hash": token_hash, "key": key, "idle_minutes": idle_minutes}
    return _signed_in(connection, rows_of(connection, _BY_SESSION, values))


def by_token(connection: Connection, token_hash: str, *, key: str | None) -> SignedIn | None:
    """The person behind a bearer token, None where it is unknown, revoked or expired."""
    return _signed_in(connection, rows_of(connection, _BY_TOKEN, {"token_hash": token_hash, "key": key}))


_ONE = f"select p.id, p.name, p.language, {_MAY} from person p where p.active"  # noqa: S608 - constant text
_BY_USERNAME = text(f"{_ONE} and p.username = :username")
_BY_ID = text(f"{_ONE} and p.id = :id")
_FILLERS = text(f"""{_ONE} and exists (select 1 from role_assignment g join department d on d.id = g.department_id
    where g.person_id = p.id and g.role = 'filler' and d.active and (d.name = :name or d.short_name = :name))
order by p.id limit :limit
""")  # noqa: S608 - constant text, no value of a request is in it


def by_username(connection: Connection, username: str) -> Actor | None:
    """The actor of an account, for the command line and for tests."""
    row = connection.execute(_BY_USERNAME, {"username": username.lower()}).one_or_none()
    return _actor(row) if row else None


def by_id(connection: Connection, person_id: int) -> Actor | None:
    """The actor behind work that was asked for earlier, with the roles of now; None where the account is disabled."""
    row = connection.execute(_BY_ID, {"id": person_id}).one_or_none()
    return _actor(row) if row else None


def fillers_of(connection: Connection, unit: str, *, limit: int = 2) -> list[Actor]:
    """Who fills in for the unit of this name or short name, at most `limit` of them."""
    return [_actor(row) for row in connection.execute(_FILLERS, {"name": unit, "limit": limit})]


def _actor(row: Row[Any]) -> Actor:
    return Actor(row.id, row.name, _grants(row.grants), row.language, twins=_twins(row.twins))


_KEPT = text("select request_hash, status, response from idempotency_reply where person_id = :person_id and key = :key")


def kept_reply(connection: Connection, person_id: int, *, key: str) -> KeptReply | None:
    """The reply to an earlier request with this key: asked again by the loser of a race between two equal requests."""
    row = connection.execute(_KEPT, {"person_id": person_id, "key": key}).one_or_none()
    return KeptReply(row.request_hash, row.status, row.response) if row else None


def _grants(rows: list[list[Any]] | None) -> tuple[Grant, ...]:
    return tuple(Grant(Role(role), department_id, behalf) for role, department_id, behalf in rows or ())


def _twins(rows: list[list[int]] | None) -> tuple[tuple[int, int], ...]:
    return tuple((one, other) for one, other in rows or ())


def _signed_in(connection: Connection, rows: list[tuple[Any, ...]]) -> SignedIn | None:
    if not rows:
        return None
    (
        person_id,
        name,
        language,
        must_change,
        grants,
        is_more,
        request_hash,
        status,
        response,
        session_id,
        csrf,
        last_seen,
        token_id,
    ) = rows[0]
    kept = KeptReply(request_hash, status, response) if request_hash else None
    twins = None
    if is_more:
        ((grants, twins),) = rows_of(connection, _MORE, {"id": person_id})
    actor = Actor(person_id, name, _grants(grants), language, token_id, _twins(twins))
    return SignedIn(actor, session_id, csrf, must_change, last_seen, kept)
