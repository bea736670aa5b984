"""What the server knows held rows of a draft by (`workflows.held_words`)."""

from __future__ import annotations

from sqlalchemy import Connection, text

_TRACES = text("select key, tag from held_trace where submission_id = :id")


def held_traces(connection: Connection, submission_id: int) -> dict[str, str]:
    """The traces of a form that the caller has locked: the tag of whatever has the id, or the words, of the key."""
    return {row.key: row.tag for row in connection.execute(_TRACES, {"id": submission_id})}
