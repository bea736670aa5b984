"""Working through bulk imports, one file at a time: for the workers, and for the command line that asked for one.

A file is claimed under a lease, and its effect and its result are one transaction that is fenced by the lease's number: a
process that dies leaves nothing behind, one that wakes up late writes nothing, so every file takes effect once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import as_jsonb, unit_of_work
from service.importers import ReadResult, UnreadableForm
from service.importers.zip_of_forms import member_bytes
from service.logs import logger
from service.models.storage import path_of
from service.queries.actor import by_id, fillers_of
from service.usecases.import_form import Imported, import_form, read_file
from service.usecases.open_draft import open_draft
from workflows.catalogue import languages
from workflows.errors import DomainError, InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import Actor
from workflows.findings import place
from workflows.forms import form_type
from workflows.lifecycle import Role
from workflows.offered_amounts import offers
from workflows.overwriting import Overwriting, overwriting
from workflows.quantities import plain
from workflows.refusals import explained, explained_error
from workflows.tidying import tidied

log = logger(__name__)

CREATED, UPDATED, UNCHANGED, NEEDS_PREVIEW = "created", "updated", "unchanged", "needs_preview"
MAX_ATTEMPTS: Final = 5
BACKOFF_SECONDS: Final = 10
_ERROR_CHARACTERS: Final = 300
_QUOTED: Final = 30  # characters


class LeaseLostError(Exception):
    """Another process has the file by now."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file under our lease. `person_id` None: as the filler of the unit that the file names."""

    id: int
    bulk_import_id: int
    lease_no: int
    attempts: int
    member: int
    name: str
    seen: dict[str, int] | None
    writes: bool
    overwrite: bool
    cycle_id: int
    person_id: int | None
    sha256: str
    expired: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file did, or in a rehearsal would do. `refusal` says why it, or the draft that it made, is to be looked at."""

    result: str
    department_id: int
    submission_id: int | None
    changes: int
    findings: Mapping[str, int]
    seen: Mapping[str, int] | None = None
    refusal: Mapping[str, str] | None = None


# The zip's own row says whether its bytes are still kept.
_CLAIM = text("""
update bulk_import_file f set state = 'claimed', lease_no = f.lease_no + 1, attempts = f.attempts + 1,
    leased_until = now() + make_interval(secs => :lease_seconds)
from (select i.id from bulk_import_file i
        where i.state = 'due' and (cast(:job as bigint) is null or i.bulk_import_id = :job)
        order by i.attempts, i.id limit 1 for update skip locked) c, bulk_import j, file z
where f.id = c.id and j.id = f.bulk_import_id and z.id = j.file_id
returning f.id, f.bulk_import_id, f.lease_no, f.attempts, f.member, f.name, f.seen, j.phase = 'import' as writes,
    j.overwrite, j.cycle_id, j.requested_by as person_id, z.sha256,
    (z.expires_at is not null and z.expires_at < now()) as expired
""")
_FINISH = text("""
update bulk_import_file set state = :state, result = :result, department_id = :department_id,
    submission_id = :submission_id, changes = :changes, findings = :findings, seen = :seen, refusal = :refusal,
    last_error = null, leased_until = null, finished_at = now()
where id = :id and state = 'claimed' and lease_no = :lease_no returning 1
""")
_REFUSE = text("""
update bulk_import_file set state = 'failed', result = null, refusal = :refusal, last_error = :error, leased_until = null,
    finished_at = now()
where id = :id and state = 'claimed' and lease_no = :lease_no
""")
# It waits as if still leased; the sweeper returns it when the wait is over.
_POSTPONE = text("""
update bulk_import_file set last_error = :error, leased_until = now() + make_interval(secs => :backoff)
where id = :id and state = 'claimed' and lease_no = :lease_no
""")
_UNIT = text("select name, short_name from department where id = :id")


def run_next(
    factory: sessionmaker[Session], *, home: Path, lease_seconds: int, bulk_import_id: int | None = None
) -> bool:
    """Work on the file that has waited longest, of all jobs or of one; whether there was one."""
    with unit_of_work(factory) as session:
        values = {"lease_seconds": lease_seconds, "job": bulk_import_id}
        row = session.execute(_CLAIM, values).one_or_none()
    if row is None:
        return False
    file = Claimed(**row._mapping)
    try:
        read = read_file(_content(home, file), file.name)  # before the transaction: a slow file holds no lock
        with unit_of_work(factory) as session:
            _finish(session, file, _work(session, file, read))
    except LeaseLostError:
        log.warning("bulk_import_lease_lost", file_id=file.id)
    except UnreadableForm as refusal:  # the same at every try
        _refuse(factory, file, {lang: refusal.sentence(lang) for lang in languages})
    except DomainError as error:
        _refuse(factory, file, _in_words(error))
    except Exception as error:  # noqa: BLE001  # one file never ends the batch: not in a worker, not at the prompt
        log.warning("bulk_import_failed", file_id=file.id, attempt=file.attempts, error=type(error).__name__)
        _try_later(factory, file, error)
    return True


def _content(home: Path, file: Claimed) -> bytes:
    path = path_of(home, file.sha256)
    if file.expired or not path.is_file():
        raise NotPossibleNow("zip_expired")
    with path.open("rb") as stream:
        return member_bytes(stream, file.member)


def _work(session: Session, file: Claimed, read: ReadResult) -> Outcome:
    """Do it, and in a rehearsal take it back: what is shown before is what happens then, to the last constraint."""
    actor = _actor(session.connection(), file, unit=str(read.document["department"] or ""))
    with session.begin_nested() as savepoint:
        outcome = _imported(session, actor, file, read)
        if not file.writes:
            savepoint.rollback()
    return outcome


def _imported(session: Session, actor: Actor, file: Claimed, read: ReadResult) -> Outcome:
    given: dict[str, Any] = {"cycle_id": file.cycle_id, "department_id": None, "read": read}
    found = import_form(session, actor, **given, dry_run=True)
    _refuse_another_unit(session.connection(), found)
    if found.submission_id is None:
        opened = open_draft(
            session, actor, department_id=found.department_id, cycle_id=file.cycle_id, document=found.document
        )
        return _outcome(CREATED, found, opened.id if file.writes else None)
    would, versions = _would(found), dict(found.versions)
    if would.is_nothing:
        return _outcome(UNCHANGED, found, found.submission_id)
    if would.paths and not (file.overwrite and file.writes and file.seen in (None, versions)):
        refusal = {lang: _held_because(would, lang) for lang in languages}
        return _outcome(NEEDS_PREVIEW, found, found.submission_id, seen=versions, refusal=refusal)
    import_form(session, actor, **given, dry_run=False, prefer="mine" if would.paths else None)
    return _outcome(UPDATED, found, found.submission_id)


def _actor(connection: Connection, file: Claimed, *, unit: str) -> Actor:
    """Who imports, with the roles of this moment. Raises NotAllowed, InvalidRequest (not one filler of that unit)."""
    if file.person_id is not None:
        actor = by_id(connection, file.person_id)
        if actor is None:
            raise NotAllowed("needs_role", role=Role.FILLER.value)
        return actor
    fillers = fillers_of(connection, unit)
    if len(fillers) != 1:
        raise InvalidRequest("no_unit_of_this_name", field="department", name=unit[:60])
    return fillers[0]


def _refuse_another_unit(connection: Connection, found: Imported) -> None:
    """In a batch nobody chose the unit, so the name in the file has to be the unit's own. Raises InvalidRequest."""
    said = str(found.document["department"] or "").strip()
    row = connection.execute(_UNIT, {"id": found.department_id}).one()
    if said not in (row.name, row.short_name):
        raise InvalidRequest("no_unit_of_this_name", field="department", name=said[:60])


def _would(found: Imported) -> Overwriting:
    """What the file would do to the draft as it was read.

    A workbook that knows the state it started from is merged: only what both sides changed is typed over. Of any other
    file every typed cell that it says otherwise is.
    """
    if found.merges and found.joined is not None:
        disputed = tuple(dict.fromkeys(one.section for one in found.joined.open))
        return Overwriting(disputed, adds=bool(found.joined.differences))
    assert found.draft is not None, "there is a draft"
    form = form_type(str(found.draft["form"]))
    before, _ = tidied(found.draft, form)
    after, _ = tidied(found.document, form)
    return overwriting(form, draft=before, file=after)


def _outcome(
    result: str,
    found: Imported,
    submission_id: int | None,
    *,
    seen: Mapping[str, int] | None = None,
    refusal: Mapping[str, str] | None = None,
) -> Outcome:
    findings = Counter(finding.severity.value for finding in found.findings)
    said = refusal or _offered(found)
    return Outcome(result, found.department_id, submission_id, len(found.changes), findings, seen, said)


def _offered(found: Imported) -> dict[str, str] | None:
    """Amounts with their unit are written as they stand: nobody is there to say whether they mean what they seem to."""
    amounts = offers(found.document, form_type(str(found.document["form"])))
    if not amounts:
        return None
    path, (typed, value) = next(iter(amounts.items()))
    params = {"typed": typed[:_QUOTED], "amount": plain(value), "count": str(len(amounts))}
    return {
        lang: explained("bulk_import_offers", params | {"place": place(path, lang)}, lang=lang) for lang in languages
    }


def _held_because(would: Overwriting, lang: str) -> str:
    params = {"place": place(would.paths[0], lang), "count": str(len(would.paths))}
    return explained("bulk_import_types_over", params, lang=lang)


def _finish(session: Session, file: Claimed, outcome: Outcome) -> None:
    """The result beside the effect, in its transaction. Raises LeaseLostError, and then neither is there."""
    values = {
        "id": file.id,
        "lease_no": file.lease_no,
        "state": "failed" if file.writes and outcome.result == NEEDS_PREVIEW else "done",
        "result": outcome.result,
        "department_id": outcome.department_id,
        "submission_id": outcome.submission_id,
        "changes": outcome.changes,
        "findings": as_jsonb(outcome.findings),
        "seen": as_jsonb(outcome.seen) if outcome.seen is not None else None,
        "refusal": as_jsonb(outcome.refusal) if outcome.refusal is not None else None,
    }
    if session.execute(_FINISH, values).one_or_none() is None:
        raise LeaseLostError


def _in_words(error: DomainError) -> dict[str, str]:
    return {lang: explained_error(error, lang=lang) for lang in languages}


def _refuse(
    factory: sessionmaker[Session], file: Claimed, refusal: Mapping[str, str], error: str | None = None
) -> None:
    with unit_of_work(factory) as session:
        values = {"id": file.id, "lease_no": file.lease_no, "refusal": as_jsonb(refusal), "error": error}
        session.execute(_REFUSE, values)


def _try_later(factory: sessionmaker[Session], file: Claimed, error: Exception) -> None:
    """A fault of ours, or of the machine: again after a while, and given up after the last try."""
    first = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {first[0] if first else ''}"[:_ERROR_CHARACTERS]
    reason = "".join(one for one in said if one.isprintable())  # it may repeat bytes that no column takes
    if file.attempts >= MAX_ATTEMPTS:
        _refuse(factory, file, {lang: explained("bulk_import_broke", {}, lang=lang) for lang in languages}, reason)
        return
    with unit_of_work(factory) as session:
        values = {
            "id": file.id,
            "lease_no": file.lease_no,
            "error": reason,
            "backoff": BACKOFF_SECONDS * file.attempts,
        }
        session.execute(_POSTPONE, values)
