"""Report runs: claimed by lease, read as the person who asked, rendered, stored whole, finished behind a fence."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.logs import logger
from service.models.storage import Stored, store
from service.queries.reports import Printable, report
from service.render.export import MEDIA_TYPES, document_export, file_name
from service.render.official import Stamp
from service.settings import Settings
from workers.retry import MAX_ATTEMPTS, backoff, reason
from workflows.catalogue import sentence
from workflows.errors import DomainError

log = logger(__name__)

READ, RENDERED, STORED = 1, 2, 3
STEPS: Final = STORED


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run under our lease."""

    id: int
    lease_no: int
    attempts: int
    code: str
    params: dict[str, Any]
    language: str
    requested_by: int


class LeaseLostError(Exception):
    """Another worker has the run by now."""


_CLAIM = text("""
update report_run r set state = 'claimed', lease_no = r.lease_no + 1, attempts = r.attempts + 1, done = 0, total = :steps,
    leased_until = now() + make_interval(secs => :lease_seconds)
from (select id from report_run where state = 'due' order by id limit 1 for update skip locked) c
where r.id = c.id returning r.id, r.lease_no, r.attempts, r.code, r.params, r.language, r.requested_by
""")
_PROGRESS = text("""
update report_run set done = :done, leased_until = now() + make_interval(secs => :lease_seconds)
where id = :id and state = 'claimed' and lease_no = :lease_no returning 1
""")
_FILE = text("""
insert into file (sha256, size, media_type, name, created_by, expires_at)
values (:sha256, :size, :media_type, :name, :created_by, now() + make_interval(days => :days)) returning id
""")
_DONE = text("""
update report_run set state = 'done', done = total, file_id = :file_id, finished_at = now(), leased_until = null,
    last_error = null
where id = :id and state = 'claimed' and lease_no = :lease_no returning 1
""")
# A failed run waits as if still leased; the sweeper returns it when the wait is over.
_FAILED = text("""
update report_run set last_error = :error, state = case when :dead then 'dead' else 'claimed' end,
    finished_at = case when :dead then now() end,
    leased_until = case when not :dead then now() + make_interval(secs => :backoff) end
where id = :id and state = 'claimed' and lease_no = :lease_no
""")


def build_next(factory: sessionmaker[Session], settings: Settings) -> bool:
    """Build the oldest run that is due; whether there was one."""
    with unit_of_work(factory) as session:
        values = {"steps": STEPS, "lease_seconds": settings.lease_seconds}
        row = session.execute(_CLAIM, values).one_or_none()
    if row is None:
        return False
    run = Claimed(**row._mapping)
    try:
        _build(factory, settings, run)
    except LeaseLostError:
        log.warning("report_lease_lost", run_id=run.id)
    except DomainError as error:  # what may not be seen or is not there: the same at every try
        _fail(factory, run, sentence(f"error.{error.reason}", run.language, **error.params), dead=True)
    except (SQLAlchemyError, OSError, RuntimeError, ValueError, LookupError) as error:
        log.warning("report_failed", run_id=run.id, attempt=run.attempts, error=reason(error))
        _fail(factory, run, reason(error), dead=run.attempts >= MAX_ATTEMPTS)
    return True


def _build(factory: sessionmaker[Session], settings: Settings, run: Claimed) -> None:
    with unit_of_work(factory) as session:
        printable = report(run.code).read(session.connection(), run.requested_by, run.params)
    _progress(factory, settings, run, READ)
    format_ = str(run.params["format"])
    stamp = Stamp(printable.revision, printable.sha256)
    data = document_export(printable.document, format_, stamp=stamp, language=run.language)
    _progress(factory, settings, run, RENDERED)
    stored = store(settings.home, data)
    _finish(factory, settings, run, printable, stored)


def _progress(factory: sessionmaker[Session], settings: Settings, run: Claimed, done: int) -> None:
    """Show how far it is and prolong the lease. Raises LeaseLostError."""
    with unit_of_work(factory) as session:
        values = {"id": run.id, "lease_no": run.lease_no, "done": done, "lease_seconds": settings.lease_seconds}
        if session.execute(_PROGRESS, values).one_or_none() is None:
            raise LeaseLostError


def _finish(
    factory: sessionmaker[Session], settings: Settings, run: Claimed, printable: Printable, stored: Stored
) -> None:
    """File row and end of the run in one transaction. Raises LeaseLostError, and then there is no file row."""
    format_ = str(run.params["format"])
    file = {
        "sha256": stored.sha256,
        "size": stored.size,
        "media_type": MEDIA_TYPES[format_],
        "name": file_name(printable.document, format_),
        "created_by": run.requested_by,
        "days": settings.report_expiry_days,
    }
    with unit_of_work(factory) as session:
        file_id = session.execute(_FILE, file).scalar_one()
        values = {"id": run.id, "lease_no": run.lease_no, "file_id": file_id}
        if session.execute(_DONE, values).one_or_none() is None:
            raise LeaseLostError


def _fail(factory: sessionmaker[Session], run: Claimed, error: str, *, dead: bool) -> None:
    with unit_of_work(factory) as session:
        values = {
            "id": run.id,
            "lease_no": run.lease_no,
            "error": error,
            "dead": dead,
            "backoff": backoff(run.attempts),
        }
        session.execute(_FAILED, values)
