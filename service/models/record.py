"""The one place where states are written: one form or five hundred, in one statement.

`record()` takes outcomes that the engine made and writes submission, events, opinions, work items, outbox and the kept
reply together. Parts of the statement share a snapshot and have no order among themselves, so none reads what another
writes. The row lock and `expected_version` make a miss impossible; the count refuses it all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text, update
from sqlalchemy.dialects.postgresql import JSONB

from service.models.audit import Event
from service.models.submission import Submission, WorkItem
from workflows.canonical import digest
from workflows.chain import GENESIS, event_hash, instant
from workflows.engine import filling_seat
from workflows.errors import StaleVersion
from workflows.facts import Actor, Grant, Outcome, SeatPlan
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.ulid import new_ulid

# Acts of a seat: their opinion is the one in force there. Other words are kept without a seat.
SEAT_ACTS = frozenset({Action.PASS, Action.RETURN_FOR_REVISION, Action.REJECT, Action.ISSUE_REPLY, Action.CONFIRM})


@dataclass(frozen=True, slots=True)
class Locked:
    """A submission under its row lock: what `record()` writes back with a few fields replaced."""

    id: int
    department_id: int
    cycle_id: int
    state: State
    level: int | None
    version: int
    head_hash: str
    round: int
    evaluation_round: int
    head_revision_id: int | None
    approved_revision_id: int | None
    grade: str | None
    blocked: bool
    reply_number: str | None
    reply_date: date | None
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None
    submitted_at: datetime | None
    approved_at: datetime | None
    closed_at: datetime | None
    revision_sha256: str | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A revision written in this transaction that becomes the head."""

    id: int
    sha256: str
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None


@dataclass(frozen=True, slots=True)
class Change:
    """One outcome to record. `due` gives the limit of a work item (UTC); `facts` are extra ids or hashes of the event."""

    locked: Locked
    outcome: Outcome
    actor: Actor
    now: datetime
    due: Callable[[SeatPlan], datetime]
    frozen: Frozen | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to keep beside the change, for a repeated Idempotency-Key."""

    person_id: int
    key: str
    request_hash: str
    status: int
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a form has become."""

    id: int
    state: State
    level: int | None
    version: int
    event_id: str


_WRITE = text("""
with s as (select * from jsonb_to_recordset(:payload -> 'submissions') as x(
        id bigint, expected_version bigint, state text, level bigint, version bigint, head_hash text, round bigint,
        evaluation_round bigint, head_revision_id bigint, approved_revision_id bigint, grade text, blocked boolean,
        reply_number text, reply_date date, basic_expenditure numeric, project_expenditure numeric, at timestamptz,
        submitted_at timestamptz, approved_at timestamptz, closed_at timestamptz)),
updated as (update submission t set state = s.state, level = s.level, version = s.version, head_hash = s.head_hash,
        round = s.round, evaluation_round = s.evaluation_round, head_revision_id = s.head_revision_id,
        approved_revision_id = s.approved_revision_id, grade = s.grade, blocked = s.blocked,
        reply_number = s.reply_number, reply_date = s.reply_date, basic_expenditure = s.basic_expenditure,
        project_expenditure = s.project_expenditure, updated_at = s.at, submitted_at = s.submitted_at,
        approved_at = s.approved_at, closed_at = s.closed_at
    from s where t.id = s.id and t.version = s.expected_version returning t.id),
events as (insert into event (id, subject_kind, subject_id, seq, action, at, actor_id, actor_role, actor_department_id,
        from_state, to_state, from_level, to_level, round, body, prev_hash, hash)
    select * from jsonb_to_recordset(:payload -> 'events') as x(
        id text, subject_kind text, subject_id bigint, seq bigint, action text, at timestamptz, actor_id bigint,
        actor_role text, actor_department_id bigint, from_state text, to_state text, from_level bigint, to_level bigint,
        round bigint, body jsonb, prev_hash text, hash text)),
voided as (update opinion o set voided_by_event_id = v.event_id
    from jsonb_to_recordset(:payload -> 'voids') as v(submission_id bigint, route_kind text, round bigint,
        from_level bigint, seat bigint, event_id text)
    where o.submission_id = v.submission_id and o.route_kind = v.route_kind and o.round = v.round
        and o.seat is not null and o.voided_by_event_id is null
        and case when v.seat is null then o.level >= v.from_level else o.level = v.from_level and o.seat = v.seat end),
opinions as (insert into opinion (id, submission_id, event_id, revision_id, route_kind, round, level, seat, person_id,
        role, action, grade, comment, created_at)
    select * from jsonb_to_recordset(:payload -> 'opinions') as x(
        id text, submission_id bigint, event_id text, revision_id bigint, route_kind text, round bigint, level bigint,
        seat bigint, person_id bigint, role text, action text, grade text, comment text, created_at timestamptz)),
closed as (update work_item w set closed_at = c.at, closed_by = c.person_id,
        outcome = case when c.own_id is null or w.id = c.own_id then c.outcome else 'superseded' end
    from jsonb_to_recordset(:payload -> 'closes') as c(submission_id bigint, own_id bigint, all_open boolean,
        outcome text, person_id bigint, at timestamptz)
    where w.submission_id = c.submission_id and w.closed_at is null and (c.all_open or w.id = c.own_id)),
opened as (insert into work_item (submission_id, route_kind, round, level, seat, role, department_id, due_at, opened_at)
    select * from jsonb_to_recordset(:payload -> 'opens') as x(submission_id bigint, route_kind text, round bigint,
        level bigint, seat bigint, role text, department_id bigint, due_at timestamptz, opened_at timestamptz)),
told as (insert into outbox (topic, dedupe_key, payload)
    select * from jsonb_to_recordset(:payload -> 'outbox') as x(topic text, dedupe_key text, payload jsonb)),
kept as (insert into idempotency_reply (person_id, key, request_hash, status, response)
    select * from jsonb_to_recordset(:payload -> 'replies') as x(
        person_id bigint, key text, request_hash text, status bigint, response jsonb))
select count(*) as written, pg_notify('jixiao_outbox', '') from updated
""").bindparams(bindparam("payload", type_=JSONB))


def record(
    connection: Connection, changes: Sequence[Change], *, reply: Callable[[list[Recorded]], Reply | None] | None = None
) -> list[Recorded]:
    """Write outcomes. The only UPDATE of a state in the house. Raises StaleVersion when a row has moved meanwhile.

    `reply` builds the answer to keep from what the forms have become, so that it commits with the change.
    """
    payload: dict[str, list[Any]] = {
        name: [] for name in ("submissions", "events", "voids", "opinions", "closes", "opens", "outbox", "replies")
    }
    recorded = [_add(payload, change) for change in changes]
    kept = reply(recorded) if reply else None
    if kept is not None:
        payload["replies"].append(
            {name: getattr(kept, name) for name in ("person_id", "key", "request_hash", "status", "response")}
        )
    written = connection.execute(_WRITE, {"payload": payload}).one().written
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
    start = {"state": State.DRAFT, "level": None, "version": 1, "head_hash": GENESIS, "updated_at": now}
    inserted = insert(Submission).values(**values, **start, created_by=actor.id).returning(Submission.id)
    submission_id = connection.execute(inserted).scalar_one()
    event = _event(
        submission_id,
        seq=1,
        previous=GENESIS,
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


def _add(payload: dict[str, list[Any]], change: Change) -> Recorded:
    locked, outcome = change.locked, change.outcome
    events = _events(change)
    last = events[-1]
    payload["events"].extend(events)
    payload["submissions"].append(_submission(change, version=last["seq"], head_hash=last["hash"]))
    payload["voids"].extend(_voids(change, events[0]["id"]))
    payload["opinions"].extend(_opinions(change, events[0]["id"]))
    payload["closes"].extend(_closes(change))
    payload["opens"].extend(_opens(change))
    payload["outbox"].append(
        {
            "topic": f"submission.{outcome.action.value}",
            "dedupe_key": f"event:{events[0]['id']}",
            "payload": {"submission_id": locked.id, "event_id": events[0]["id"]},
        }
    )
    return Recorded(locked.id, outcome.target, outcome.level_after, last["seq"], events[0]["id"])


def _events(change: Change) -> list[dict[str, Any]]:
    """The act itself and one event for each level skipped on the way; their number is what `version` grows by."""
    locked, outcome = change.locked, change.outcome
    stops: list[int | None] = [*outcome.skipped, outcome.level_after]
    events, previous = [], locked.head_hash
    for index, to_level in enumerate(stops):
        first = index == 0
        event = _event(
            locked.id,
            seq=locked.version + 1 + index,
            previous=previous,
            action=outcome.action.value if first else "skip_level",
            at=change.now,
            actor=change.actor,
            acting=outcome.acting,
            states=(outcome.source if first else outcome.target, outcome.target),
            levels=(outcome.level_before if first else stops[index - 1], to_level),
            round_=outcome.round,
            body=_body(change) if first else {},
        )
        events.append(event)
        previous = event["hash"]
    return events


def _body(change: Change) -> dict[str, Any]:
    outcome = change.outcome
    body: dict[str, Any] = dict(change.facts)
    sha256 = change.frozen.sha256 if change.frozen else change.locked.revision_sha256
    pairs = {
        "revision_sha256": sha256,
        "comment_sha256": digest(outcome.comment) if outcome.comment else None,
        "grade": outcome.grade,
        "reply_number_sha256": digest(outcome.reply_number) if outcome.reply_number else None,
        "reply_date": outcome.reply_date.isoformat() if outcome.reply_date else None,
        "seat": outcome.acts_on.seat if outcome.acts_on else None,
        "undoes": [outcome.undoes.level, outcome.undoes.seat] if outcome.undoes else None,
        "token_id": change.actor.token_id,
    }
    body.update({name: value for name, value in pairs.items() if value is not None})
    return body


def _event(
    submission_id: int,
    *,
    seq: int,
    previous: str,
    action: str,
    at: datetime,
    actor: Actor,
    acting: Grant | None,
    states: tuple[State | None, State],
    levels: tuple[int | None, int | None],
    round_: int,
    body: dict[str, Any],
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "id": new_ulid(),
        "subject_kind": "submission",
        "subject_id": submission_id,
        "seq": seq,
        "action": action,
        "at": instant(at),
        "actor_id": actor.id,
        "actor_role": acting.role.value if acting else None,
        "actor_department_id": acting.department_id if acting else None,
        "from_state": states[0].value if states[0] else None,
        "to_state": states[1].value,
        "from_level": levels[0],
        "to_level": levels[1],
        "round": round_,
        "body": body,
        "prev_hash": previous,
    }
    event["hash"] = event_hash(event)
    return event


def _submission(change: Change, *, version: int, head_hash: str) -> dict[str, Any]:
    locked, outcome, frozen = change.locked, change.outcome, change.frozen
    evaluates = outcome.kind is RouteKind.EVALUATION
    approves = outcome.action is Action.ISSUE_REPLY
    submits = outcome.action is Action.SUBMIT
    return {
        "id": locked.id,
        "expected_version": locked.version,
        "state": outcome.target.value,
        "level": outcome.level_after,
        "version": version,
        "head_hash": head_hash,
        "round": outcome.round if outcome.kind is RouteKind.TARGET else locked.round,
        "evaluation_round": outcome.round if evaluates else locked.evaluation_round,
        "head_revision_id": frozen.id if frozen else locked.head_revision_id,
        "approved_revision_id": locked.head_revision_id if approves else locked.approved_revision_id,
        "grade": outcome.grade or (None if submits else locked.grade),
        "blocked": outcome.action is Action.REJECT or (locked.blocked and not submits),
        "reply_number": outcome.reply_number or locked.reply_number,
        "reply_date": outcome.reply_date or locked.reply_date,
        "basic_expenditure": frozen.basic_expenditure if frozen else locked.basic_expenditure,
        "project_expenditure": frozen.project_expenditure if frozen else locked.project_expenditure,
        "at": change.now,
        "submitted_at": change.now if submits else locked.submitted_at,
        "approved_at": change.now if approves else locked.approved_at,
        "closed_at": change.now if outcome.target is State.CLOSED else None,
    }


def _voids(change: Change, event_id: str) -> list[dict[str, Any]]:
    outcome = change.outcome
    if outcome.kind is None:
        return []
    row: dict[str, Any] = {"submission_id": change.locked.id, "route_kind": outcome.kind.value}
    row |= {"round": outcome.round, "event_id": event_id}
    if outcome.undoes is not None:
        return [{**row, "from_level": outcome.undoes.level, "seat": outcome.undoes.seat}]
    if outcome.voids_from_level is not None:
        return [{**row, "from_level": outcome.voids_from_level, "seat": None}]
    return []


def _opinions(change: Change, event_id: str) -> list[dict[str, Any]]:
    outcome, seat = change.outcome, change.outcome.acts_on
    sits = outcome.action in SEAT_ACTS and seat is not None
    if change.actor.id is None or not (sits or outcome.comment):
        return []
    return [
        {
            "id": new_ulid(),
            "submission_id": change.locked.id,
            "event_id": event_id,
            "revision_id": change.locked.head_revision_id,
            "route_kind": outcome.kind.value if outcome.kind else None,
            "round": outcome.round,
            "level": outcome.level_before,
            "seat": seat.seat if sits and seat else None,
            "person_id": change.actor.id,
            "role": outcome.acting.role.value if outcome.acting else None,
            "action": outcome.action.value,
            "grade": outcome.grade,
            "comment": outcome.comment,
            "created_at": change.now,
        }
    ]


def _closes(change: Change) -> list[dict[str, Any]]:
    outcome = change.outcome
    if not outcome.closes_level and outcome.acts_on is None:
        return []
    return [
        {
            "submission_id": change.locked.id,
            "own_id": outcome.acts_on.work_item_id if outcome.acts_on else None,
            "all_open": outcome.closes_level,
            "outcome": outcome.action.value,
            "person_id": change.actor.id,
            "at": change.now,
        }
    ]


def _opens(change: Change) -> list[dict[str, Any]]:
    outcome = change.outcome
    kind = outcome.kind or (RouteKind.TARGET if outcome.target is State.DRAFT else RouteKind.EVALUATION)
    return [
        {
            "submission_id": change.locked.id,
            "route_kind": kind.value,
            "round": outcome.round,
            "level": plan.level,
            "seat": plan.seat,
            "role": plan.role.value,
            "department_id": plan.department_id,
            "due_at": change.due(plan),
            "opened_at": change.now,
        }
        for plan in outcome.opens
    ]
