"""Chains beside those of forms: people, departments, cycles, the library, routes.

Every act of administration is a link that can't be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from service.db import hash_algorithm
from service.models.audit import Event
from workflows.chain import event_hash, genesis, instant
from workflows.facts import Actor
from workflows.lifecycle import Role
from workflows.ulid import new_ulid
from workflows.withheld import SUBJECT

SUBJECTS: Final = frozenset({"person", "department", "cycle", "library", SUBJECT, "route"})

# The lock is taken first and in a statement of its own: the read behind it then sees the link before.
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:kind || ':' || :id, 0))")
_LAST = text("""
select seq, hash, clock_timestamp() as now from (select 1) one
    left join lateral (select seq, hash from event where subject_kind = :kind and subject_id = :id
        order by seq desc limit 1) last on true
""")


def append_event(
    connection: Connection, subject_kind: str, subject_id: int, *, action: str, actor: Actor, body: Mapping[str, Any]
) -> str:
    """Add a link to the chain of one of SUBJECTS. `body`: ids and codes, no text. Returns its id."""
    assert subject_kind in SUBJECTS, "the chain of a form is written by record() alone"
    connection.execute(_LOCK, {"kind": subject_kind, "id": str(subject_id)})
    last = connection.execute(_LAST, {"kind": subject_kind, "id": subject_id}).one()
    event: dict[str, Any] = {
        "id": new_ulid(),
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "seq": (last.seq or 0) + 1,
        "action": action,
        "at": instant(last.now),
        "actor_id": actor.id,
        "actor_role": _role(actor),
        "actor_department_id": None,
        "from_state": None,
        "to_state": None,
        "from_level": None,
        "to_level": None,
        "round": None,
        "body": dict(body),
        "prev_hash": last.hash or genesis(hash_algorithm(connection)),
    }
    event["hash"] = event_hash(event)
    connection.execute(insert(Event).values(**{**event, "at": last.now}))
    return str(event["id"])


def _role(actor: Actor) -> str | None:
    """The power in which an administrator acted. Somebody of one role acts in that; of several, the event names none."""
    roles: set[Role] = {grant.role for grant in actor.grants}
    return roles.pop().value if len(roles) == 1 else None
