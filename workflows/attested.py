"""The rest of a row, proved by one hash in its event: whatever the chain does not say of an opinion or a revision itself.

A revision's event names `revision_sha256` (the document, what signatures bind to) and `record_sha256` (the row that carries
it); an event with an opinion names `opinion_sha256`. Columns without a value are left out, so a column that comes with a
later version changes no older hash. Words and documents go in by their own hash: where a body was lawfully emptied, the rest
of its row can still be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workflows.canonical import SHA256, digest

REVISION_BODY: Final = ("document", "findings", "waivers", "score")
# `event_id` is the event that tells the hash; an opinion is voided by a later one.
_OPINION_LATER: Final = frozenset({"event_id", "voided_by_event_id"})


def body_hash(revision: Mapping[str, Any], algorithm: str = SHA256) -> str:
    """The hash of what a revision says beside its document's hash: the ids of rows, findings, reasons, score."""
    beside = {name: revision[name] for name in REVISION_BODY if name != "document"}
    return digest({**beside, "row_ids": _row_ids(revision["document"])}, algorithm)


def record_hash(revision: Mapping[str, Any], *, body: str, algorithm: str = SHA256) -> str:
    """The hash of a row of `revision`, moments as text; `body` is its `body_hash`, or what was kept of it."""
    columns = {name: value for name, value in revision.items() if name not in REVISION_BODY and value is not None}
    return digest({**columns, "body_sha256": body}, algorithm)


def opinion_hash(opinion: Mapping[str, Any], *, comment: str | None, algorithm: str = SHA256) -> str:
    """The hash of a row of `opinion`, moments as text; `comment` is the hash of its words, None where it has none."""
    columns = {
        name: value
        for name, value in opinion.items()
        if name not in _OPINION_LATER and name != "comment" and value is not None
    }
    said = {"comment_sha256": comment} if comment else {}
    return digest({**columns, **said}, algorithm)


def _row_ids(document: Mapping[str, Any]) -> dict[str, list[object]]:
    """What the hash of the document leaves out: whether each row has an id, and which."""
    return {
        name: [row.get("id", False) for row in value if isinstance(row, Mapping)]
        for name, value in document.items()
        if isinstance(value, list)
    }
