"""What people told each other beside the record: urges and copies, put between the events of a form by their time.

They are no links of the chain, so the timeline shows them in grey and the evidence knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from service.queries.courtesies import Copied, Hurried, copies_of, urges_of
from service.web.history import Done

Told = Hurried | Copied


def beside(connection: Connection, submission_id: int, shown: Sequence[Done]) -> dict[str, list[Told]]:
    """By the id of the event that came next, in order of time; "" holds what came after the last one."""
    told: list[Told] = [*urges_of(connection, submission_id), *copies_of(connection, submission_id)]
    placed: dict[str, list[Told]] = {}
    for one in sorted(told, key=lambda told: told.at):
        following = next((done.event.id for done in shown if done.event.at > one.at), "")
        placed.setdefault(following, []).append(one)
    return placed
