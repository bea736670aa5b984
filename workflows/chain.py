"""The chain of events of one subject: each event carries the hash of the one before, so that no row can change unseen.

The hash is over the canonical JSON (RFC 8785) of every field of the event but the hash itself. A chain starts from 64 zeros
that name its algorithm (`workflows.canonical`); each link is hashed as the one before it, so the algorithm is part of what
is hashed and no link can be slipped in under another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workflows.canonical import SHA256, SM3, algorithm_of, digest

GENESIS = "0" * 64
_STARTS = {SHA256: GENESIS, SM3: f"{SM3}:{GENESIS}"}
FIELDS = (
    "id subject_kind subject_id seq action at actor_id actor_role actor_department_id "
    "from_state to_state from_level to_level round body prev_hash"
).split()


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that does not hold: its place in the chain and why (a key of the catalogue)."""

    seq: int
    reason: str


def genesis(algorithm: str) -> str:
    """What the first event of a chain names as the hash before it."""
    return _STARTS[algorithm]


def event_hash(event: Mapping[str, Any]) -> str:
    """The hash of an event given as plain values; `at` is text as `instant` writes it."""
    return digest({name: event[name] for name in FIELDS}, algorithm_of(event["prev_hash"]))


def instant(moment: datetime) -> str:
    """A UTC moment to the microsecond, the way it is hashed: 2026-11-24T05:30:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def start_of(event: Mapping[str, Any]) -> str:
    """The start that the first event of a chain had to name."""
    return genesis(algorithm_of(event["prev_hash"]))


def first_broken(events: Sequence[Mapping[str, Any]]) -> Broken | None:
    """Check one chain, given in order of `seq`. None: it holds."""
    previous = start_of(events[0]) if events else GENESIS
    for expected, event in enumerate(events, start=1):
        if event["seq"] != expected:
            return Broken(expected, "chain_gap")
        if event["prev_hash"] != previous:
            return Broken(expected, "chain_link")
        if event_hash(event) != event["hash"]:
            return Broken(expected, "chain_content")
        previous = event["hash"]
    return None
