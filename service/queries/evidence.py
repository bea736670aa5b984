"""Whether the record of a form holds: its chain of events, and its frozen documents against their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from service.queries.revisions import RevisionRow
from workflows.canonical import document_hash
from workflows.chain import FIELDS, GENESIS, Broken, first_broken, instant

_CHAIN = text(f"""
select {", ".join(FIELDS)}, hash from event where subject_kind = 'submission' and subject_id = :id order by seq
""")  # noqa: S608 - constant text, no value of a request is in it
_HEAD = text("select head_hash from submission where id = :id")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is the first link that does not hold; `altered` are numbers of revisions that no longer match their hash."""

    events: int
    broken: Broken | None
    altered: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Nothing was changed, taken out or added behind the back of the service."""
        return self.broken is None and not self.altered


def verdict(connection: Connection, submission_id: int, *, revisions: Sequence[RevisionRow]) -> Verdict:
    """Check the chain from its start to the head that the form names, and each revision against its hash."""
    rows = connection.execute(_CHAIN, {"id": submission_id})
    events = [{**row._mapping, "at": instant(row.at)} for row in rows]
    broken = first_broken(events)
    last = events[-1]["hash"] if events else GENESIS
    if broken is None and last != connection.execute(_HEAD, {"id": submission_id}).scalar_one():
        broken = Broken(len(events) + 1, "chain_gap")
    altered = tuple(row.number for row in revisions if document_hash(row.document) != row.sha256)
    return Verdict(len(events), broken, altered)
