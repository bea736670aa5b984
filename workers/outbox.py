"""Outbox rows become notifications and deliveries: a hundred at a time, in one transaction, exactly once.

The effect and the mark commit together, so a row that was drained twice is impossible and a lost hint is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ARRAY, BigInteger, Connection, Text, TextClause, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from service.db import is_outage, unit_of_work
from service.logs import logger
from service.queries.recipients import ABLE, PREPARED
from workers.retry import MAX_ATTEMPTS, backoff, reason
from workflows.lifecycle import Role
from workflows.notices import (
    AUDIENCES,
    CIRCULATION,
    DELEGATION,
    DESK,
    LIBRARY,
    REMINDER,
    SUBMISSION,
    SUGGESTED,
    TOPICS,
    URGE,
)
from workflows.notices import PREPARED as PREPARERS

log = logger(__name__)

BATCH: Final = 100
CHANNEL: Final = "email"


class UnreadableRowError(ValueError):
    """A row that names no known topic, or an event or reminder that is not there."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claimed outbox row."""

    id: int
    topic: str
    attempts: int


_IDS = bindparam("ids", type_=ARRAY(BigInteger))
_CLAIM = text("""
select id, topic, attempts from outbox where sent_at is null and dead_at is null and due_at <= now()
order by due_at, id limit :limit for update skip locked
""")
_CLAIM_ONE = text("""
select id, topic, attempts from outbox where id = :id and sent_at is null and dead_at is null for update skip locked
""")
_SENT = text(
    "update outbox set sent_at = now(), attempts = attempts + 1, last_error = null where id = any(:ids)"
).bindparams(_IDS)
_FAILED = text("""
update outbox set attempts = attempts + 1, last_error = :error, due_at = now() + make_interval(secs => :backoff),
    dead_at = case when attempts + 1 >= :most then now() end
where id = :id
""")

# One line for each person and row, the desk before the news; nobody is told of what they did themselves.
_WRITE = """
once as (
    select distinct on (outbox_id, person_id) * from people where person_id is distinct from actor_id
    order by outbox_id, person_id, audience, work_item_id),
noted as (
    insert into notification (person_id, topic, dedupe_key, submission_id, params)
    select person_id, topic, dedupe_key, submission_id, jsonb_strip_nulls(params) from once
    on conflict (person_id, dedupe_key) do nothing returning id, person_id),
posted as (
    insert into delivery (id, notification_id, channel, message_id)
    select d.id, d.notification_id, :channel, '<delivery-' || d.id || '@' || cast(:host as text) || '>'
    from (select nextval(pg_get_serial_sequence('delivery', 'id')) as id, noted.id as notification_id
        from noted join person p on p.id = noted.person_id
        where p.email is not null and cast(:host as text) is not null) d returning 1)
select (select count(*) from told) as told, (select count(*) from noted) as noted, (select count(*) from posted) as posted
"""
_TELL_STEPS = text(f"""
with told as (
    select x.id as outbox_id, x.topic, x.dedupe_key, split_part(x.topic, '.', 2) as action, e.id as event_id,
        e.subject_id as submission_id, e.at, e.actor_id
    from outbox x join event e on e.id = x.payload ->> 'event_id' and e.subject_kind = 'submission'
    where x.id = any(:ids)),
people as (
    select t.outbox_id, t.topic, t.dedupe_key, t.submission_id, t.actor_id, able.person_id, '{DESK}' as audience,
        w.id as work_item_id, jsonb_build_object('audience', '{DESK}', 'event_id', t.event_id, 'work_item_id', w.id,
            'level', w.level) as params
    from told t join work_item w on w.submission_id = t.submission_id and w.opened_at = t.at {ABLE}
    where t.action = any(:desk)
    union all
    select t.outbox_id, t.topic, t.dedupe_key, t.submission_id, t.actor_id, prepared.person_id, '{PREPARERS}', null,
        jsonb_build_object('audience', '{PREPARERS}', 'event_id', t.event_id)
    from told t join submission s on s.id = t.submission_id {PREPARED}
    where t.action = any(:prepared)),
{_WRITE}""").bindparams(  # noqa: S608 - constant text, every value is bound
    _IDS,
    bindparam("desk", sorted(AUDIENCES[DESK]), type_=ARRAY(Text)),
    bindparam("prepared", sorted(AUDIENCES[PREPARERS]), type_=ARRAY(Text)),
)
# A reminder of work that is done by now is told to nobody.
_TELL_REMINDERS = text(f"""
with told as (
    select x.id as outbox_id, x.topic, x.dedupe_key, r.work_item_id, r.person_id, r.offset_code
    from outbox x join reminder r on r.id = cast(x.payload ->> 'reminder_id' as bigint)
    where x.id = any(:ids)),
people as (
    select t.outbox_id, t.topic, t.dedupe_key, w.submission_id, null::bigint as actor_id, t.person_id, '' as audience,
        w.id as work_item_id, jsonb_build_object('work_item_id', w.id, 'level', w.level, 'offset_code', t.offset_code,
            'due_on', to_char(w.due_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD')) as params
    from told t join work_item w on w.id = t.work_item_id and w.closed_at is null
        join person p on p.id = t.person_id and p.active),
{_WRITE}""").bindparams(_IDS)  # noqa: S608 - constant text, every value is bound

# An urge is told to whoever can act by now, a copy to its reader.
_TELL_URGES = text(f"""
with told as (
    select x.id as outbox_id, x.topic, x.dedupe_key, u.submission_id, u.person_id as actor_id, u.role
    from outbox x join urge u on u.id = cast(x.payload ->> 'urge_id' as bigint)
    where x.id = any(:ids)),
people as (
    select t.outbox_id, t.topic, t.dedupe_key, t.submission_id, t.actor_id, able.person_id, '{DESK}' as audience,
        w.id as work_item_id, jsonb_build_object('work_item_id', w.id, 'level', w.level, 'role', t.role) as params
    from told t join work_item w on w.submission_id = t.submission_id {ABLE}),
{_WRITE}""").bindparams(_IDS)  # noqa: S608 - constant text, every value is bound
_TELL_COPIES = text(f"""
with told as (
    select x.id as outbox_id, x.topic, x.dedupe_key, c.submission_id, c.person_id, c.given_by as actor_id, c.role
    from outbox x join circulation c on c.id = cast(x.payload ->> 'circulation_id' as bigint)
    where x.id = any(:ids)),
people as (
    select t.outbox_id, t.topic, t.dedupe_key, t.submission_id, t.actor_id, t.person_id, '' as audience,
        null::bigint as work_item_id, jsonb_build_object('role', t.role) as params
    from told t join person p on p.id = t.person_id and p.active),
{_WRITE}""").bindparams(_IDS)  # noqa: S608 - constant text, every value is bound
# What a unit proposes is told to all who keep the library, what became of it to whoever proposed it.
_TELL_LIBRARY = text(f"""
with told as (
    select x.id as outbox_id, x.topic, x.dedupe_key, v.changed_by as actor_id, e.suggested_by,
        jsonb_build_object('entry_id', e.id, 'code', e.code, 'count', x.payload -> 'count') as params
    from outbox x join library_version v on v.entry_id = cast(x.payload ->> 'entry_id' as bigint)
            and v.version = cast(x.payload ->> 'version' as bigint)
        join library_entry e on e.id = v.entry_id
    where x.id = any(:ids)),
people as (
    select t.outbox_id, t.topic, t.dedupe_key, null::bigint as submission_id, t.actor_id, p.id as person_id,
        '' as audience, null::bigint as work_item_id, t.params
    from told t join person p on p.active and case when t.topic = '{SUGGESTED}'
        then exists (select 1 from role_assignment g
            where g.person_id = p.id and g.role = '{Role.FINANCE_PERFORMANCE_OFFICE}')
        else p.id = t.suggested_by end),
{_WRITE}""").bindparams(_IDS)  # noqa: S608 - constant text, every value is bound

# A delegation is told to both, but not to whoever made or ended it.
_TELL_DELEGATIONS = text(f"""
with told as (
    select x.id as outbox_id, x.topic, x.dedupe_key, cast(x.payload ->> 'actor_id' as bigint) as actor_id,
        g.person_id, g.delegate_id, jsonb_build_object('delegation_id', g.id, 'role', g.role,
            'from', to_char(g.starts_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD'),
            'until', to_char((g.ends_at - interval '1 day') at time zone 'Asia/Shanghai', 'YYYY-MM-DD')) as params
    from outbox x join delegation g on g.id = cast(x.payload ->> 'delegation_id' as bigint)
    where x.id = any(:ids)),
people as (
    select t.outbox_id, t.topic, t.dedupe_key, null::bigint as submission_id, t.actor_id, p.id as person_id,
        '' as audience, null::bigint as work_item_id, t.params
    from told t join person p on p.active and p.id in (t.person_id, t.delegate_id)),
{_WRITE}""").bindparams(_IDS)  # noqa: S608 - constant text, every value is bound

# How each kind of topic is told: the beginning of the topic, and its statement.
_TELLERS: Final[dict[str, TextClause]] = {
    REMINDER: _TELL_REMINDERS,
    URGE: _TELL_URGES,
    CIRCULATION: _TELL_COPIES,
    LIBRARY: _TELL_LIBRARY,
    DELEGATION: _TELL_DELEGATIONS,
    SUBMISSION: _TELL_STEPS,
}


def drain_batch(factory: sessionmaker[Session], *, host: str | None) -> int:
    """Tell what is due, at most a hundred rows; how many were taken. `host`: of Message-IDs, None without mail.

    A batch with a row that cannot be told is done again row by row, so that it keeps back no other.
    """
    rows: list[Row] = []
    try:
        with unit_of_work(factory) as session:
            connection = session.connection()
            rows += [Row(*row) for row in connection.execute(_CLAIM, {"limit": BATCH})]
            _tell(connection, rows, host)
    except (DBAPIError, UnreadableRowError) as error:
        if isinstance(error, DBAPIError) and is_outage(error):
            raise
        log.warning("outbox_told_one_by_one", rows=len(rows), error=reason(error))
        for row in rows:
            _one(factory, row.id, host)
    return len(rows)


def _one(factory: sessionmaker[Session], row_id: int, host: str | None) -> None:
    with unit_of_work(factory) as session:
        connection = session.connection()
        claimed = connection.execute(_CLAIM_ONE, {"id": row_id}).one_or_none()
        if claimed is None:
            return
        row = Row(*claimed)
        try:
            with connection.begin_nested():
                _tell(connection, [row], host)
        except (DBAPIError, UnreadableRowError) as error:
            if isinstance(error, DBAPIError) and is_outage(error):
                raise
            values = {"id": row.id, "error": reason(error), "backoff": backoff(row.attempts + 1), "most": MAX_ATTEMPTS}
            connection.execute(_FAILED, values)


def _tell(connection: Connection, rows: Sequence[Row], host: str | None) -> None:
    unknown = {row.topic for row in rows} - TOPICS
    if unknown:
        raise UnreadableRowError(f"no such topic: {sorted(unknown)[0][:60]}")
    for begins, statement in _TELLERS.items():
        ids = [row.id for row in rows if row.topic.startswith(begins)]
        if ids:
            _written(connection, statement.bindparams(host=host, channel=CHANNEL), ids)
    if rows:
        connection.execute(_SENT, {"ids": [row.id for row in rows]})


def _written(connection: Connection, statement: TextClause, ids: list[int]) -> None:
    found = connection.execute(statement, {"ids": ids}).one().told
    if found != len(ids):
        raise UnreadableRowError("the payload names nothing that is there")
