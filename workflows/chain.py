"""The chain of events of one subject: each event carries the hash of the one before, so that no row can change unseen.

The hash is SHA-256 over the canonical JSON (RFC 8785) of every field of the event but the hash itself. A chain starts
from 64 zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workflows.canonical import digest

GENESIS = "0" * 64
FIELDS = (
    "id subject_kind subject_id seq action at actor_id actor_role actor_department_id "
    "from_state to_state from_level to_level round body prev_hash"
).split()


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that does not hold: its place in the chain and why (a key of the catalogue)."""

    seq: int
    reason: str


def event_hash(event: Mapping[str, Any]) -> str:
    """The hash of an event given as plain values; `at` is text as `instant` writes it."""
    return digest({name: event[name] for name in FIELDS})


def instant(moment: datetime) -> str:
    """A UTC moment to the microsecond, the way it is hashed: 2026-11-24T05:30:00.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def first_broken(events: Sequence[Mapping[str, Any]]) -> Broken | None:
    """Check one chain, given in order of `seq`. None: it holds."""
    previous = GENESIS
    for expected, event in enumerate(events, start=1):
        if event["seq"] != expected:
            return Broken(expected, "chain_gap")
        if event["prev_hash"] != previous:
            return Broken(expected, "chain_link")
        if event_hash(event) != event["hash"]:
            return Broken(expected, "chain_content")
        previous = event["hash"]
    return None
