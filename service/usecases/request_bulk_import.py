"""Ask for the import of a zip of form files: a job, and a row for each file that somebody works through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from service.importers.zip_of_forms import LARGEST_ZIP, LONGEST_NAME, Member, members_of
from service.models.bulk_import import BulkImport, BulkImportFile
from service.models.cycle import Cycle
from service.models.outbox import WAKE
from service.models.report import File
from service.models.storage import Stored, TooLargeError, draft, place
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import Role

_CHUNK: Final = 64 * 1024  # bytes
_EXPIRES = text("select now() + make_interval(days => :days)")


@dataclass(frozen=True, slots=True)
class Zip:
    """A zip that lies in the store, and its form files. `days`: how long it is kept."""

    name: str
    stored: Stored
    members: Sequence[Member]
    days: int


def refuse_unless_filler(actor: Actor) -> None:
    """Whoever fills in for no unit imports nothing: the policy knows no import on behalf of others. Raises NotAllowed."""
    if not any(grant.role is Role.FILLER for grant in actor.grants):
        raise NotAllowed("needs_role", role=Role.FILLER.value)


def kept_zip(home: Path, stream: BinaryIO, *, name: str, days: int) -> Zip:
    """Keep a zip as it comes, in pieces, once its directory was looked at; `days` until it is purged.

    Raises InvalidRequest, field `file`, and OSError, and leaves nothing behind then.
    """
    try:
        drafted = draft(home, iter(lambda: stream.read(_CHUNK), b""), limit=LARGEST_ZIP)
    except TooLargeError:
        raise InvalidRequest("zip_too_large", field="file", limit=str(LARGEST_ZIP // 1024 // 1024)) from None
    try:
        with drafted.path.open("rb") as file:
            members = members_of(file, size=drafted.size)
    except BaseException:
        drafted.drop()
        raise
    shown = "".join(char if char.isprintable() else "?" for char in name)[-LONGEST_NAME:]
    return Zip(shown or "forms.zip", place(home, drafted), members, days)


def request_bulk_import(
    session: Session,
    actor: Actor | None,
    *,
    cycle_id: int,
    archive: Zip,
    rehearses: bool = True,
    overwrite: bool = False,
) -> int:
    """Queue the files of a zip, and return the job's id. Without an actor the command line imports, as each unit's filler.

    A rehearsal writes nothing into forms until it is confirmed. Raises NotAllowed for whoever fills in for no unit,
    NotFound (no such cycle), NotPossibleNow (it is closed).
    """
    if actor is not None:
        refuse_unless_filler(actor)
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound
    if cycle.closed_at is not None:
        raise NotPossibleNow("cycle_closed")
    person_id = actor.id if actor is not None else None
    file = File(
        sha256=archive.stored.sha256,
        size=archive.stored.size,
        media_type="application/zip",
        name=archive.name,
        created_by=person_id,
        expires_at=session.execute(_EXPIRES, {"days": archive.days}).scalar_one(),
    )
    session.add(file)
    session.flush()
    job = BulkImport(
        cycle_id=cycle_id,
        requested_by=person_id,
        file_id=file.id,
        phase="rehearsal" if rehearses else "import",
        overwrite=overwrite,
    )
    session.add(job)
    session.flush()
    rows = [
        {"bulk_import_id": job.id, "member": one.index, "name": one.name, "size": one.size} for one in archive.members
    ]
    session.execute(insert(BulkImportFile), rows)
    session.execute(WAKE)
    return job.id
