"""Adding a file to a form, or to one of its rows: who may edit the draft may, as long as there is room."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, insert, text
from sqlalchemy.orm import Session

from service.models.attachment import Attachment, Scan
from service.models.draft_rows import add_editor
from service.models.outbox import WAKE
from service.models.report import File
from service.models.storage import place
from service.queries.attachments import MOST_FILES, check_change, room, rows_of
from service.queries.seen import locked
from service.queries.submissions import Case
from service.settings import Settings
from service.uploads.kinds import MEDIA_TYPES
from service.uploads.receive import MB, Received
from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import Actor

_UNIT = text("select id from department where id = :id for no key update")


def attach(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    upload: Received,
    settings: Settings,
    row_id: str | None = None,
) -> int:
    """Keep an upload that was looked into. Returns the id of the attachment.

    Raises NotFound, what the engine raises for an edit, InvalidRequest (no such row) and NotPossibleNow (no room). The
    bytes get their place last: where that fails (OSError), the rows go too.
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    check_change(connection, actor, case)
    section = _section_of(session, case, row_id)
    connection.execute(_UNIT, {"id": case.locked.department_id})  # two forms of a unit share its room
    _check_room(session, case, upload, settings)
    assert actor.id is not None, "only a person attaches"
    file = {
        "sha256": upload.drafted.sha256,
        "size": upload.drafted.size,
        "media_type": MEDIA_TYPES[upload.kind],
        "name": upload.name,
        "created_by": actor.id,
    }
    file_id = connection.execute(insert(File).values(**file).returning(File.id)).scalar_one()
    scans = settings.clamd is not None
    row = {
        "submission_id": submission_id,
        "file_id": file_id,
        "stage": case.kind,
        "section": section,
        "row_id": row_id if section else None,
        "scan": Scan.PENDING if scans else Scan.SKIPPED,
        "scan_due_at": func.now() if scans else None,
        "created_by": actor.id,
    }
    attachment_id: int = connection.execute(insert(Attachment).values(**row).returning(Attachment.id)).scalar_one()
    add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
    if scans:
        connection.execute(WAKE)
    place(Path(settings.home).resolve(), upload.drafted)
    return attachment_id


def _section_of(session: Session, case: Case, row_id: str | None) -> str | None:
    if not row_id:
        return None
    for row in rows_of(session.connection(), case):
        if row.id == row_id:
            return row.section
    raise InvalidRequest("attachment.no_such_row", field="row_id")


def _check_room(session: Session, case: Case, upload: Received, settings: Settings) -> None:
    taken = room(session.connection(), case)
    if taken.files >= MOST_FILES:
        raise NotPossibleNow("attachment.too_many", field="file", limit=str(MOST_FILES))
    for name, used, limit in (
        ("form_full", taken.form, settings.attachment_form_mb),
        ("unit_full", taken.unit, settings.attachment_unit_mb),
    ):
        if used + upload.drafted.size > limit * MB:
            left = max(0, limit * MB - used)
            raise NotPossibleNow(f"attachment.{name}", field="file", limit=str(limit), left=f"{left / MB:.1f}")
