"""Freezing the attachments of a form together with its revision."""

from __future__ import annotations

from sqlalchemy import Connection, text

from service.db import hash_algorithm
from workflows.attached import Attached, list_hash
from workflows.lifecycle import RouteKind

_FREEZE = text("""
insert into revision_attachment (revision_id, attachment_id, name, size, sha256, section, row_id)
select :revision_id, a.id, f.name, f.size, f.sha256, a.section, a.row_id
from attachment a join file f on f.id = a.file_id
where a.submission_id = :submission_id and a.stage = :stage and a.removed_at is null
returning name, size, sha256, section, row_id
""")


def freeze_attachments(
    connection: Connection, *, submission_id: int, revision_id: int, stage: RouteKind
) -> dict[str, str]:
    """Keep what is attached now with a revision of a form that the caller has locked.

    Returns what the event says of it: the hash of the list, and nothing where the list is empty.
    """
    values = {"submission_id": submission_id, "revision_id": revision_id, "stage": stage.value}
    frozen = [Attached(**row._mapping) for row in connection.execute(_FREEZE, values)]
    return {"attachments_sha256": list_hash(frozen, hash_algorithm(connection))} if frozen else {}
