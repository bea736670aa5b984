"""Say how a bulk import goes on: confirm what the rehearsal showed, cancel what is left, try the failed ones again."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from service.models.outbox import WAKE
from workflows.errors import NotFound, NotPossibleNow
from workflows.facts import Actor


class Steer(StrEnum):
    """What one may do with a job."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    RETRY = "retry"


_LOCK = text("""
select j.id, j.phase, z.expires_at < now() as expired,
    (select count(*) from bulk_import_file f where f.bulk_import_id = j.id and f.state in ('due', 'claimed')) as open
from bulk_import j join file z on z.id = j.file_id
where j.id = :id and j.requested_by is not distinct from cast(:person_id as bigint) for update of j
""")
# What the rehearsal could do becomes due. What would type over somebody is refused unless it is asked for.
_CONFIRM = text("""
update bulk_import set phase = 'import', overwrite = overwrite or :overwrite, confirmed_at = now(), cancelled_at = null
where id = :id
""")
_DUE = text("""
update bulk_import_file set state = 'due', attempts = 0, department_id = null, finished_at = null
where bulk_import_id = :id and state = 'done'
    and (result in ('created', 'updated') or (result = 'needs_preview' and :overwrite))
""")
_HELD = text("""
update bulk_import_file set state = 'failed' where bulk_import_id = :id and state = 'done' and result = 'needs_preview'
""")
_CANCEL = text("update bulk_import set cancelled_at = now() where id = :id")
_CANCEL_FILES = text("""
update bulk_import_file set state = 'cancelled', finished_at = now()
where id in (select id from bulk_import_file where bulk_import_id = :id and state = 'due' for update skip locked)
""")
_RETRY = text("update bulk_import set cancelled_at = null, overwrite = overwrite or :overwrite where id = :id")
_RETRY_FILES = text("""
update bulk_import_file set state = 'due', attempts = 0, refusal = null, last_error = null, finished_at = null
where bulk_import_id = :id and state in ('failed', 'cancelled') and (result is distinct from 'needs_preview' or :overwrite)
""")


def steer_bulk_import(
    session: Session, actor: Actor | None, *, bulk_import_id: int, steer: Steer, overwrite: bool = False
) -> int:
    """Take one of the three turns; how many files it moved. `overwrite` also takes what would type over a draft.

    What was typed into a draft since the rehearsal is never typed over: such a file is held again.
    Raises NotFound (also for the job of another), NotPossibleNow.
    """
    person_id = actor.id if actor is not None else None
    values: dict[str, Any] = {"id": bulk_import_id, "person_id": person_id, "overwrite": overwrite}
    connection = session.connection()
    job = connection.execute(_LOCK, values).one_or_none()
    if job is None:
        raise NotFound
    if steer is Steer.CANCEL:
        return _cancel(connection, values)
    _refuse_untimely(job, steer)
    if steer is Steer.CONFIRM:
        connection.execute(_CONFIRM, values)
        moved = connection.execute(_DUE, values).rowcount
        connection.execute(_HELD, values)
    else:
        connection.execute(_RETRY, values)
        moved = connection.execute(_RETRY_FILES, values).rowcount
    connection.execute(WAKE)
    return moved


def _refuse_untimely(job: Row[Any], steer: Steer) -> None:
    if job.expired:
        raise NotPossibleNow("zip_expired")
    if job.open:
        raise NotPossibleNow("bulk_import_goes_on")
    if steer is Steer.CONFIRM and job.phase != "rehearsal":
        raise NotPossibleNow("bulk_import_confirmed")


def _cancel(connection: Connection, values: dict[str, Any]) -> int:
    moved = connection.execute(_CANCEL_FILES, values).rowcount
    if moved:
        connection.execute(_CANCEL, values)
    return moved
