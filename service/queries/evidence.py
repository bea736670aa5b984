"""Whether the record of a form holds: its chain of events, and its frozen documents against their hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from service.queries.revisions import RevisionRow
from workflows.attached import list_hash
from workflows.canonical import algorithm_of, document_hash
from workflows.chain import FIELDS, GENESIS, Broken, first_broken, instant
from workflows.withheld import SUBJECT, Withheld, emptied, withheld_by

_CHAIN = text(f"""
select {", ".join(FIELDS)}, hash from event where subject_kind = 'submission' and subject_id = :id order by seq
""")  # noqa: S608 - constant text, no value of a request is in it
_FILES = text("""
select r.number as revision, a.name, a.size, a.sha256, a.section, a.row_id
from revision r join revision_attachment a on a.revision_id = r.id where r.submission_id = :id
""")
_FREEZES = frozenset({"submit", "submit_evaluation", "re_score"})
_WITHHELD = text(f"""
select action, body from event where subject_kind = '{SUBJECT}' and subject_id = :id order by seq
""")  # noqa: S608 - constant text, no value of a request is in it
_HEAD = text("select head_hash from submission where id = :id")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is the first link that does not hold; `altered` are numbers of revisions that no longer match their hash, or
    whose files are no longer those that the event names; `withheld` counts bodies that two people emptied.
    """

    events: int
    broken: Broken | None
    altered: tuple[int, ...]
    withheld: int = 0

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
    swapped = _swapped(connection, submission_id, events, revisions)
    gone = withheld_by([dict(row._mapping) for row in connection.execute(_WITHHELD, {"id": submission_id})])
    altered = (row.number for row in revisions if not _is_whole(row, gone) or row.number in swapped)
    return Verdict(len(events), broken, tuple(altered), len(gone.opinions) + len(gone.revisions))


def _swapped(
    connection: Connection, submission_id: int, events: Sequence[Mapping[str, Any]], revisions: Sequence[RevisionRow]
) -> set[int]:
    """Revisions whose list of files is not the one that was hashed when they were handed in."""
    files: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(_FILES, {"id": submission_id}):
        files.setdefault(row.revision, []).append(dict(row._mapping))
    said = [event["body"].get("attachments_sha256") for event in events if event["action"] in _FREEZES]
    numbers = sorted(row.number for row in revisions)
    return {
        number
        for number, theirs in zip(numbers, said, strict=False)
        if (list_hash(files[number], algorithm_of(theirs)) if number in files else None) != theirs
    }


def _is_whole(row: RevisionRow, withheld: Withheld) -> bool:
    if row.number in withheld.revisions:
        return row.document == emptied(row.document)
    return document_hash(row.document, algorithm_of(row.sha256)) == row.sha256
