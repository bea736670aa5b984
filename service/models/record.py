"""The one place where states are written: one form or five hundred, in one statement.

`record()` takes outcomes that the engine made and writes submission, events, opinions, work items, outbox and the kept
reply together. Parts of the statement share a snapshot and have no order among themselves, so none reads what another
writes; only work items open after others were closed, for a seat that is handed over is open once. `expected_version`
makes a miss impossible; the count refuses it all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Connection, insert, text, update

from service.db import as_jsonb, hash_algorithm, rows_of
from service.models.audit import Event
from service.models.change import Change, Frozen, Locked, Recorded, Reply
from service.models.change_rows import TABLES, Payload, add, new_event
from service.models.submission import Submission, WorkItem
from workflows.chain import genesis
from workflows.errors import StaleVersion
from workflows.facts import Actor, Grant
from workflows.lifecycle import Role, RouteKind, State
from workflows.standing import filling_seat

__all__ = [
    "Change",
    "Frozen",
    "Locked",
    "Recorded",
    "Reply",
    "begin",
    "forget_amounts",
    "move_to_cycle",
    "move_to_route",
    "record",
]

# The bell rings where no untried row waits yet: commits that NOTIFY queue up behind one lock of the whole server, and a
# row that comes while others wait is drained with them, at the next tick at the latest.
# Opinions have no column that the table itself would fill in, so the table says their columns.
# `{limit}`: PostgreSQL takes a recordset for a hundred rows and would rather read the whole table than look so many up.
_CHANGED = """
with s as (select * from jsonb_to_recordset(%(rows)s -> 'submissions') as x(
        id int8, expected_version int8, state text, level int8, version int8, head_hash text, round int8,
        evaluation_round int8, head_revision_id int8, approved_revision_id int8, grade text, blocked bool,
        unlocked_sections text[], reply_number text, reply_date date, basic_expenditure numeric,
        project_expenditure numeric, at timestamptz, submitted_at timestamptz, approved_at timestamptz,
        closed_at timestamptz) {limit}),
updated as (update submission t set state = s.state, level = s.level, version = s.version, head_hash = s.head_hash,
        round = s.round, evaluation_round = s.evaluation_round, head_revision_id = s.head_revision_id,
        approved_revision_id = s.approved_revision_id, grade = s.grade, blocked = s.blocked,
        unlocked_sections = s.unlocked_sections, reply_number = s.reply_number, reply_date = s.reply_date,
        basic_expenditure = s.basic_expenditure, project_expenditure = s.project_expenditure, updated_at = s.at,
        submitted_at = s.submitted_at,
        approved_at = s.approved_at, closed_at = s.closed_at
    from s where t.id = s.id and t.version = s.expected_version returning t.id),
p as (select %(rows)s as rows from updated limit 1)
"""
# By the key of the payload that each part writes; what a step writes nothing of is left out of its statement.
_PARTS = {
    "events": """
events as (insert into event (id, subject_kind, subject_id, seq, action, at, actor_id, actor_role, actor_department_id,
        from_state, to_state, from_level, to_level, round, body, prev_hash, hash)
    select x.* from p, jsonb_to_recordset(p.rows -> 'events') as x(
        id text, subject_kind text, subject_id int8, seq int8, action text, at timestamptz, actor_id int8,
        actor_role text, actor_department_id int8, from_state text, to_state text, from_level int8, to_level int8,
        round int8, body jsonb, prev_hash text, hash text))
""",
    "voids": """
voided as (update opinion o set voided_by_event_id = v.event_id
    from (select x.* from p, jsonb_to_recordset(p.rows -> 'voids') as x(submission_id int8, route_kind text, round int8,
        from_level int8, seat int8, event_id text) {limit}) v
    where o.submission_id = v.submission_id and o.route_kind = v.route_kind and o.round = v.round
        and o.seat is not null and o.voided_by_event_id is null
        and case when v.seat is null then o.level >= v.from_level else o.level = v.from_level and o.seat = v.seat end)
""",
    "opinions": """
opinions as (insert into opinion select x.* from p, jsonb_populate_recordset(null::opinion, p.rows -> 'opinions') x)
""",
    "closes": """
closed as (update work_item w set closed_at = c.at, closed_by = c.person_id,
        outcome = case when c.own_id is null or w.id = c.own_id then c.outcome else 'superseded' end
    from (select x.* from p, jsonb_to_recordset(p.rows -> 'closes') as x(submission_id int8, own_id int8,
        all_open bool, outcome text, person_id int8, at timestamptz) {limit}) c
    where w.submission_id = c.submission_id and w.closed_at is null and (c.all_open or w.id = c.own_id) returning w.id)
""",
    "opens": """
opened as (insert into work_item (submission_id, route_kind, round, level, seat, role, department_id, person_id,
        added_by_id, holds_up_seat, due_at, opened_at)
    select x.* from p, {closed} jsonb_to_recordset(p.rows -> 'opens') as x(
        submission_id int8, route_kind text, round int8, level int8, seat int8, role text, department_id int8,
        person_id int8, added_by_id int8, holds_up_seat int8, due_at timestamptz, opened_at timestamptz))
""",
    "outbox": """
told as (insert into outbox (topic, dedupe_key, payload)
    select x.* from p, jsonb_to_recordset(p.rows -> 'outbox') as x(topic text, dedupe_key text, payload jsonb))
""",
    "replies": """
kept as (insert into idempotency_reply (person_id, key, request_hash, status, response)
    select x.* from p, jsonb_to_recordset(p.rows -> 'replies') as x(
        person_id int8, key text, request_hash text, status int8, response jsonb))
""",
}
_RETURNED = """
select count(*) as written, case when not exists (select 1 from outbox
        where sent_at is null and dead_at is null and due_at <= now() and attempts = 0)
    then pg_notify('jixiao_outbox', '') end from updated
"""
# psycopg keeps what it made of texts up to 4,096 bytes: it would take a longer one apart anew for each decision.
_LONGEST = 4_096


@cache
def _statement(filled: tuple[bool, ...], *, one: bool) -> str:
    """The statement that writes these parts, in the order of `_PARTS`. `one`: a change updates one row of each kind at most."""
    parts = [part for part, has_rows in zip(_PARTS.values(), filled, strict=True) if has_rows]
    closes = dict(zip(_PARTS, filled, strict=True))["closes"]
    whole = ",".join([_CHANGED, *parts]) + _RETURNED
    told = whole.format(limit="limit 1" if one else "", closed="(select count(*) from closed) c," if closes else "")
    return " ".join(told.split())


for _one in (True, False):
    assert len(_statement((True,) * len(_PARTS), one=_one)) <= _LONGEST, "shorten the write statement"


def record(
    connection: Connection, changes: Sequence[Change], *, reply: Callable[[list[Recorded]], Reply | None] | None = None
) -> list[Recorded]:
    """Write outcomes. The only UPDATE of a state in the house. Raises StaleVersion when a row has moved meanwhile.

    `reply` builds the answer to keep from what the forms have become, so that it commits with the change.
    """
    payload: Payload = {name: [] for name in TABLES}
    recorded = [add(payload, change) for change in changes]
    kept = reply(recorded) if reply else None
    if kept is not None:
        payload["replies"].append(
            {name: getattr(kept, name) for name in ("person_id", "key", "request_hash", "status", "response")}
        )
    write = _statement(tuple([bool(payload[name]) for name in _PARTS]), one=len(changes) == 1)
    ((written, _),) = rows_of(connection, write, {"rows": as_jsonb(payload)})
    if written != len(changes):
        raise StaleVersion
    return recorded


def begin(
    connection: Connection,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    due_at: datetime,
    facts: Mapping[str, Any],
) -> Recorded:
    """Insert a new draft with the first link of its chain and the filler's work item. `values`: columns of Submission."""
    start_hash = genesis(hash_algorithm(connection))
    start = {"state": State.DRAFT, "level": None, "version": 1, "head_hash": start_hash, "updated_at": now}
    inserted = insert(Submission).values(**values, **start, created_by=actor.id).returning(Submission.id)
    submission_id = connection.execute(inserted).scalar_one()
    event = new_event(
        submission_id,
        seq=1,
        previous=start_hash,
        action="create",
        at=now,
        actor=actor,
        acting=Grant(Role.FILLER, values["department_id"]),
        states=(None, State.DRAFT),
        levels=(None, None),
        round_=0,
        body=dict(facts),
    )
    connection.execute(insert(Event).values(**{**event, "at": now}))
    connection.execute(update(Submission).where(Submission.id == submission_id).values(head_hash=event["hash"]))
    plan = filling_seat(values["department_id"])
    item = {
        "submission_id": submission_id,
        "route_kind": RouteKind.TARGET,
        "round": 0,
        "due_at": due_at,
        "opened_at": now,
    }
    seat = {"level": plan.level, "seat": plan.seat, "role": plan.role, "department_id": plan.department_id}
    connection.execute(insert(WorkItem).values(**item, **seat))
    return Recorded(submission_id, State.DRAFT, None, 1, event["id"])


_MOVE = text("""
update submission s set cycle_id = c.id, target_route_id = c.target_route_id, evaluation_route_id = c.evaluation_route_id,
    profile_id = c.profile_id, control_figure = :figure
from cycle c where c.id = :cycle_id and s.id = :id
""")


def move_to_cycle(connection: Connection, submission_id: int, *, cycle_id: int, control_figure: Decimal) -> None:
    """Bind a form to the routes and the profile of another cycle, in the transaction of the step that its control figure
    (万元) came down with.
    """
    connection.execute(_MOVE, {"id": submission_id, "cycle_id": cycle_id, "figure": control_figure})


_ROUTES = {
    kind: text(f"update submission set {column} = :route where id = any(cast(:ids as bigint[]))")  # noqa: S608 - constant
    for kind, column in ((RouteKind.TARGET, "target_route_id"), (RouteKind.EVALUATION, "evaluation_route_id"))
}


def move_to_route(connection: Connection, ids: Sequence[int], *, kind: RouteKind, route_id: int) -> None:
    """Bind running forms to another version of the route that they are on. The caller holds their locks and notes the move."""
    connection.execute(_ROUTES[kind], {"ids": list(ids), "route": route_id})


_FORGET = text("update submission set basic_expenditure = null, project_expenditure = null where id = :id")


def forget_amounts(connection: Connection, submission_id: int) -> None:
    """Take the amounts out of the lists, where the revision that they were copied from was emptied by law."""
    connection.execute(_FORGET, {"id": submission_id})
