"""From an outcome to rows: what each table gets when a form takes a step. Builds plain values, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.models.change import Change, Recorded
from workflows.attested import opinion_hash
from workflows.canonical import algorithm_of, digest
from workflows.chain import event_hash, instant
from workflows.facts import Actor, Grant
from workflows.lifecycle import Action, RouteKind, State
from workflows.ulid import new_ulid

TABLES = ("submissions", "events", "voids", "opinions", "closes", "opens", "outbox", "replies")
# Acts of a seat: their opinion is the one in force there. Other words are kept without a seat.
SEAT_ACTS = frozenset({Action.PASS, Action.RETURN_FOR_REVISION, Action.REJECT, Action.ISSUE_REPLY, Action.CONFIRM})
_UNGRADE = frozenset({Action.SUBMIT, Action.UNDO_PASS, Action.RETURN_FOR_REVISION})

Payload = dict[str, list[Any]]


def add(payload: Payload, change: Change) -> Recorded:
    """Add the rows of one change to the payload. Returns what the form becomes."""
    locked, outcome = change.locked, change.outcome
    opinion = _opinion(change)
    events = _events(change, opinion)
    last = events[-1]
    payload["events"].extend(events)
    payload["submissions"].append(_submission(change, version=last["seq"], head_hash=last["hash"]))
    payload["voids"].extend(_voids(change, events[0]["id"]))
    if opinion is not None:
        payload["opinions"].append({**opinion, "event_id": events[0]["id"]})
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


def _events(change: Change, opinion: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The act itself and one event for each level skipped on the way; their number is what `version` grows by."""
    locked, outcome = change.locked, change.outcome
    stops: list[int | None] = [*outcome.skipped, outcome.level_after]
    events, previous = [], locked.head_hash
    for index, to_level in enumerate(stops):
        first = index == 0
        event = new_event(
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
            body=_body(change, opinion) if first else {},
        )
        events.append(event)
        previous = event["hash"]
    return events


def _body(change: Change, opinion: Mapping[str, Any] | None) -> dict[str, Any]:
    outcome, algorithm = change.outcome, algorithm_of(change.locked.head_hash)
    body: dict[str, Any] = dict(change.facts)
    head = change.frozen or change.in_force
    sha256 = head.sha256 if head else change.locked.revision_sha256
    comment = digest(outcome.comment, algorithm) if outcome.comment else None
    pairs = {
        "revision_sha256": sha256,
        "record_sha256": change.frozen.record_sha256 if change.frozen else None,
        "comment_sha256": comment,
        "opinion_sha256": _opinion_hash(change, opinion, comment=comment) if opinion else None,
        "grade": outcome.grade,
        "reply_number_sha256": digest(outcome.reply_number, algorithm) if outcome.reply_number else None,
        "reply_date": outcome.reply_date.isoformat() if outcome.reply_date else None,
        "seat": outcome.acts_on.seat if outcome.acts_on else None,
        "on_behalf_of": outcome.acting.on_behalf_of if outcome.acting else None,
        "criteria": dict(outcome.criteria) if outcome.criteria else None,
        "to_person": outcome.to_person,
        "sections": sorted(outcome.unlocks) if outcome.unlocks and outcome.target is State.DRAFT else None,
        "undoes": [outcome.undoes.level, outcome.undoes.seat] if outcome.undoes else None,
        "token_id": change.actor.token_id,
    }
    body.update({name: value for name, value in pairs.items() if value is not None})
    return body


def _opinion_hash(change: Change, opinion: Mapping[str, Any], *, comment: str | None) -> str:
    row = {**opinion, "created_at": instant(change.now)}
    return opinion_hash(row, comment=comment, algorithm=algorithm_of(change.locked.head_hash))


def new_event(
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
    """One link of a chain, hashed, as plain values."""
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
    locked, outcome = change.locked, change.outcome
    frozen = change.frozen or change.in_force
    evaluates = outcome.kind is RouteKind.EVALUATION
    submits = outcome.action is Action.SUBMIT
    # A grade that was taken back, or that came before a return, is none.
    ungrades = not evaluates and outcome.action in _UNGRADE
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
        "approved_revision_id": _approved(change),
        "grade": outcome.grade or (None if ungrades else locked.grade),
        "blocked": outcome.action is Action.REJECT or (locked.blocked and not submits),
        "unlocked_sections": sorted(outcome.unlocks) if outcome.unlocks is not None else None,
        "reply_number": outcome.reply_number or locked.reply_number,
        "reply_date": outcome.reply_date or locked.reply_date,
        "basic_expenditure": frozen.basic_expenditure if frozen else locked.basic_expenditure,
        "project_expenditure": frozen.project_expenditure if frozen else locked.project_expenditure,
        "at": change.now,
        "submitted_at": change.now if submits else locked.submitted_at,
        "approved_at": change.now if outcome.action is Action.ISSUE_REPLY else locked.approved_at,
        "closed_at": change.now if outcome.target is State.CLOSED else None,
    }


def _approved(change: Change) -> int | None:
    """The revision that is in force: the one that was just replied to, that of an adjustment, or the one before."""
    if change.in_force is not None:
        return change.in_force.id
    replied = change.outcome.action is Action.ISSUE_REPLY
    return change.locked.head_revision_id if replied else change.locked.approved_revision_id


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


def _opinion(change: Change) -> dict[str, Any] | None:
    """What was decided and said, but for the event that tells of it; None where nothing was."""
    outcome, seat = change.outcome, change.outcome.acts_on
    sits = outcome.action in SEAT_ACTS and seat is not None
    if change.actor.id is None or not (sits or outcome.comment):
        return None
    return {
        "id": new_ulid(),
        "submission_id": change.locked.id,
        "revision_id": change.locked.head_revision_id,
        "route_kind": outcome.kind.value if outcome.kind else None,
        "round": outcome.round,
        "level": outcome.level_before,
        "seat": seat.seat if sits and seat else None,
        "person_id": change.actor.id,
        "on_behalf_of_id": outcome.acting.on_behalf_of if outcome.acting else None,
        "role": outcome.acting.role.value if outcome.acting else None,
        "action": outcome.action.value,
        "grade": outcome.grade,
        "criteria": dict(outcome.criteria) if outcome.criteria else None,
        "comment": outcome.comment,
        "created_at": change.now,
    }


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
            "person_id": plan.person_id,
            "added_by_id": plan.added_by,
            "holds_up_seat": plan.holds_up,
            "due_at": change.due(plan),
            "opened_at": change.now,
        }
        for plan in outcome.opens
    ]
