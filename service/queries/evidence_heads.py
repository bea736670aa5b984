"""Signed heads as they are kept: the newest ones, the ends of chains that one covers, and the proof of a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from workflows.chain import instant
from workflows.heads import Head, Leaf
from workflows.withheld import SUBJECT

FETCHED = 5_000  # rows at a time

_COLUMNS = "seq, at, chains, events, root, prev_hash, public_key, signature"
_NEWEST = text(f"select {_COLUMNS} from chain_head order by seq desc limit :limit")  # noqa: S608 - constant text
_UP_TO = text(f"select {_COLUMNS} from chain_head order by seq")  # noqa: S608 - constant text
_ONE = text(f"select {_COLUMNS} from chain_head where seq = :seq")  # noqa: S608 - constant text
# In the order of the tree, which is that of bytes whatever the collation of the database is.
_LEAVES = text("""
select distinct on (subject_kind collate "C", subject_id) subject_kind, subject_id, seq, hash from chain_leaf
where head_seq <= :head_seq order by subject_kind collate "C", subject_id, head_seq desc
""")
# The ends of all chains beside those that the heads know, and what now stands where the known end stood.
_ENDS = text("""
with last as (select distinct on (subject_kind, subject_id) subject_kind, subject_id, seq, hash from event
        order by subject_kind, subject_id, seq desc),
known as (select distinct on (subject_kind, subject_id) subject_kind, subject_id, seq, hash from chain_leaf
        order by subject_kind, subject_id, head_seq desc)
select ends.subject_kind, ends.subject_id, ends.seq, ends.hash, ends.known_seq,
    ends.known_seq is null or e.hash is not distinct from ends.known_hash as stands
from (select subject_kind, subject_id, last.seq, last.hash, known.seq as known_seq, known.hash as known_hash
        from last full join known using (subject_kind, subject_id)) ends
    left join event e
        on e.subject_kind = ends.subject_kind and e.subject_id = ends.subject_id and e.seq = ends.known_seq
order by ends.subject_kind collate "C", ends.subject_id
""")
_PROOFS = text(f"""
select l.subject_kind as kind, l.seq as covered, l.position, l.path, {", ".join(f"h.{c}" for c in _COLUMNS.split(", "))}
from chain_leaf l join chain_head h on h.seq = l.head_seq
where l.subject_id = :id and l.subject_kind in ('submission', '{SUBJECT}')
    and l.seq = (select max(seq) from event e where e.subject_kind = l.subject_kind and e.subject_id = l.subject_id)
order by l.subject_kind, h.seq
""")  # noqa: S608 - constant text


@dataclass(frozen=True, slots=True)
class End:
    """The end of a chain now. `grew`: it is not where the newest head left it. `broken`: it lost what a head covers."""

    leaf: Leaf
    grew: bool
    broken: bool


def newest_heads(connection: Connection, *, limit: int) -> list[Head]:
    """The newest heads, the newest first."""
    return [_head(row) for row in connection.execute(_NEWEST, {"limit": limit})]


def all_heads(connection: Connection) -> Iterator[Head]:
    """Every head, the oldest first, a few thousand rows in memory at a time."""
    return (_head(row) for row in _streamed(connection, _UP_TO, {}))


def head(connection: Connection, seq: int) -> Head | None:
    """One head by its number."""
    row = connection.execute(_ONE, {"seq": seq}).one_or_none()
    return None if row is None else _head(row)


def leaves_under(connection: Connection, head_seq: int) -> Iterator[Leaf]:
    """The ends of chains that a head covers, in the order of its tree."""
    return (
        Leaf(row.subject_kind, row.subject_id, row.seq, row.hash)
        for row in _streamed(connection, _LEAVES, {"head_seq": head_seq})
    )


def ends(connection: Connection) -> Iterator[End]:
    """The ends of all chains as they are now, in the order of a tree; also of chains that are gone, with seq 0."""
    for row in _streamed(connection, _ENDS, {}):
        leaf = Leaf(row.subject_kind, row.subject_id, row.seq or 0, row.hash or "")
        yield End(leaf, grew=leaf.seq != row.known_seq, broken=not row.stands)


def proofs(connection: Connection, submission_id: int) -> list[dict[str, Any]]:
    """The proofs of the chains of a form as a bundle carries them: of each that a head covers to its end, the first head."""
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(_PROOFS, {"id": submission_id}):
        leads = {"kind": row.kind, "seq": row.covered, "index": row.position, "path": list(row.path)}
        found.setdefault(row.kind, {"head": asdict(_head(row)), **leads})
    return list(found.values())


def _streamed(connection: Connection, sql: Any, values: dict[str, Any]) -> Iterator[Row[Any]]:  # noqa: ANN401 - a text()
    options = {"stream_results": True, "yield_per": FETCHED}
    yield from connection.execute(sql, values, execution_options=options)


def _head(row: Row[Any]) -> Head:
    return Head(
        row.seq, instant(row.at), row.chains, row.events, row.root, row.prev_hash, row.public_key, row.signature
    )
