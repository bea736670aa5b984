"""Signing one statement over the ends of all chains, and keeping the path from each chain that grew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from service.db import hash_algorithm
from service.models.evidence import ChainHead, ChainLeaf
from service.queries.evidence_heads import End, ends, newest_heads
from workflows.canonical import algorithm_of
from workflows.chain import instant
from workflows.errors import NotPossibleNow
from workflows.heads import Head, root_of, signed, start, tree_of
from workflows.merkle import Tree

_BATCH = 2_000
# One writer at a time; a city of a hundred thousand chains is read for seconds, which is longer than a page may take.
_ALONE = text("select pg_advisory_xact_lock(hashtext('chain_head'))")
_PATIENCE = text("set local statement_timeout = '120s'; set local idle_in_transaction_session_timeout = '120s'")
_NOW = text("select clock_timestamp()")


def write_head(session: Session, seed: bytes) -> Head:
    """Sign the ends of all chains with the private key `seed`, and keep the head.

    Raises NotPossibleNow where a chain lost or changed what an earlier head covers: a signature would cover that up.
    """
    connection = session.connection()
    connection.execute(_PATIENCE)
    connection.execute(_ALONE)
    before = next(iter(newest_heads(connection, limit=1)), None)
    at = connection.execute(_NOW).scalar_one()
    now = list(ends(connection))
    _refuse_broken(now)
    prev_hash = before.hash if before else start(hash_algorithm(connection))
    algorithm = algorithm_of(prev_hash)
    tree = tree_of((end.leaf for end in now), algorithm)
    head = signed(
        seed,
        at=instant(at),
        seq=before.seq + 1 if before else 1,
        chains=len(now),
        events=sum(end.leaf.seq for end in now),
        root=root_of(tree, algorithm),
        prev_hash=prev_hash,
    )
    connection.execute(insert(ChainHead).values(**_columns(head, at)))
    grown = _grown(now, tree, head_seq=head.seq)
    while some := list(islice(grown, _BATCH)):
        connection.execute(insert(ChainLeaf), some)
    return head


def _refuse_broken(now: list[End]) -> None:
    lost = next((end.leaf for end in now if end.broken), None)
    if lost is not None:
        raise NotPossibleNow("chain_lost", kind=lost.kind, id=str(lost.id))


def _columns(head: Head, at: object) -> dict[str, Any]:
    names = ("seq", "chains", "events", "root", "prev_hash", "public_key", "signature")
    return {"at": at, **{name: getattr(head, name) for name in names}}


def _grown(now: list[End], tree: Tree, *, head_seq: int) -> Iterator[dict[str, Any]]:
    for position, end in enumerate(now):
        if end.grew:
            yield {
                "subject_kind": end.leaf.kind,
                "subject_id": end.leaf.id,
                "head_seq": head_seq,
                "seq": end.leaf.seq,
                "hash": end.leaf.hash,
                "position": position,
                "path": [step.hex() for step in tree.path(position)],
            }
