"""Whether the heads hold together, and whether everything that they cover is still there: cut tails, chains taken out.

Who may write to the database can make every hash of it anew, but neither a signature nor a file that was taken off the
machine. What came after the newest head is proved by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import Connection, text

from service.queries.evidence_database import RowFault
from service.queries.evidence_heads import all_heads, head, leaves_under
from workflows.canonical import algorithm_of
from workflows.heads import Head, Leaf, root_of, start, tree_of

_BATCH: Final = 5_000
# An hour is longer than any transaction may take, so what is older than that and not under a head was slipped in later.
_GRACE: Final = timedelta(hours=1)

_MISSING = text("""
select l.kind, l.id, l.seq, e.id as event_id, e.hash is null as gone
from unnest(cast(:kinds as text[]), cast(:ids as bigint[]), cast(:seqs as bigint[]), cast(:hashes as text[]))
        with ordinality as l(kind, id, seq, hash, place)
    left join event e on e.subject_kind = l.kind and e.subject_id = l.id and e.seq = l.seq
where e.hash is distinct from l.hash order by l.place
""")
_LEAVES_AGAINST_EVENTS = text("""
select l.subject_kind as kind, l.subject_id as id, l.seq, e.id as event_id, e.hash is null as gone
from chain_leaf l left join event e using (subject_kind, subject_id, seq)
where e.hash is distinct from l.hash order by l.subject_kind collate "C", l.subject_id, l.head_seq
""")
_LAST_NAMED = text("select max(head_seq) from chain_leaf")
_SLIPPED_IN = text("""
select e.subject_kind as kind, e.subject_id as id, e.seq, e.id as event_id
from event e left join lateral (select max(l.seq) as covered from chain_leaf l
        where l.subject_kind = e.subject_kind and l.subject_id = e.subject_id) known on true
where e.at < cast(:before as timestamptz) and e.seq > coalesce(known.covered, 0)
order by e.subject_kind collate "C", e.subject_id, e.seq limit 100
""")


def head_faults(
    connection: Connection, *, exported: tuple[Head, Sequence[Leaf]] | None = None, public_key: str | None = None
) -> Iterator[RowFault]:
    """Everything that the kept heads, and one from a file (checked by `read_exported`), find missing or changed.

    `public_key` (hex): the one that has to have signed the newest head.
    """
    if exported is not None:
        yield from _against_file(connection, *exported)
    newest: list[Head] = []
    yield from _heads_in_a_row(connection, newest, kept=exported[0] if exported else None)
    for row in connection.execute(_LEAVES_AGAINST_EVENTS):
        yield _lost(Leaf(row.kind, row.id, row.seq, ""), row.event_id)
    last = connection.execute(_LAST_NAMED).scalar_one() or 0
    if last > (newest[-1].seq if newest else 0):
        yield RowFault("chain_head", str(last), "head", last, "head_gone")
    if newest:
        yield from _newest(connection, newest[-1])
    if public_key is not None and (not newest or newest[-1].public_key != public_key):
        yield _head_fault(newest[-1], "other_key") if newest else RowFault("chain_head", "#1", "head", 1, "head_gone")


def _against_file(connection: Connection, kept: Head, leaves: Iterable[Leaf]) -> Iterator[RowFault]:
    ours = head(connection, kept.seq)
    if ours != kept:
        yield RowFault("chain_head", str(kept.seq), "head", kept.seq, "head_gone" if ours is None else "head_changed")
    rest = iter(leaves)
    while some := list(islice(rest, _BATCH)):
        kinds, ids, seqs, hashes = (list(cells) for cells in zip(*some, strict=True))
        columns = {"kinds": kinds, "ids": ids, "seqs": seqs, "hashes": hashes}
        for row in connection.execute(_MISSING, columns):
            yield _lost(Leaf(row.kind, row.id, row.seq, ""), row.event_id)


def _lost(leaf: Leaf, event_id: str | None) -> RowFault:
    """The event at the end of a chain under a head: another one stands there, or none."""
    key, reason = (f"#{leaf.seq}", "event_cut") if event_id is None else (event_id, "event_not_signed")
    return RowFault("event", key, leaf.kind, leaf.id, reason, {"seq": str(leaf.seq)})


def _heads_in_a_row(connection: Connection, newest: list[Head], *, kept: Head | None) -> Iterator[RowFault]:
    """Each head follows the one before. Signatures: of the newest, and wherever the key changes, since heads are a chain.

    `kept`: a head from a file, whose key has to be that of every head from it on.
    """
    before: Head | None = None
    for one in all_heads(connection):
        expected = (before.seq + 1, before.hash) if before else (1, start(algorithm_of(one.prev_hash)))
        if (one.seq, one.prev_hash) != expected:
            yield _head_fault(one, "head_link")
        if (before is None or before.public_key != one.public_key) and not one.holds:
            yield _head_fault(one, "head_signature")
        if kept is not None and one.seq > kept.seq and one.public_key != kept.public_key:
            yield _head_fault(one, "other_key")
            kept = None
        before = one
    if before is not None:
        newest.append(before)


def _head_fault(one: Head, reason: str) -> RowFault:
    return RowFault("chain_head", str(one.seq), "head", one.seq, reason)


def _newest(connection: Connection, newest: Head) -> Iterator[RowFault]:
    """The ends that are kept are those that the newest head signed, and nothing older stands outside of them."""
    if not newest.holds:
        yield _head_fault(newest, "head_signature")
    algorithm, leaves = algorithm_of(newest.root), list(leaves_under(connection, newest.seq))
    counted = (len(leaves), sum(leaf.seq for leaf in leaves))
    if counted != (newest.chains, newest.events) or root_of(tree_of(leaves, algorithm), algorithm) != newest.root:
        yield RowFault("chain_leaf", str(newest.seq), "head", newest.seq, "leaves_changed")
    for row in connection.execute(_SLIPPED_IN, {"before": datetime.fromisoformat(newest.at) - _GRACE}):
        yield RowFault("event", row.event_id, row.kind, row.id, "slipped_in", {"seq": str(row.seq)})
