"""Attachments that wait for the virus scanner: one by one, by lease, and tried again for as long as it is away."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.logs import logger
from service.models.storage import path_of
from service.settings import Settings
from service.uploads.clamd import SECONDS, virus_in
from workers.retry import backoff, reason

log = logger(__name__)

LEASE_SECONDS: Final = 2 * SECONDS
# `scan_due_at` is the lease: a worker that dies gives its file back when it is over.
_CLAIM = text("""
update attachment a set scan_attempts = scan_attempts + 1, scan_due_at = now() + make_interval(secs => :lease)
from (select id from attachment where scan = 'pending' and scan_due_at <= now() order by scan_due_at, id limit 1
    for update skip locked) c, file f
where a.id = c.id and f.id = a.file_id returning a.id, a.scan_attempts, f.sha256
""")
_SCANNED = text("""
update attachment set scan = :scan, scan_due_at = null, virus = :virus
where id = :id and scan = 'pending' and scan_attempts = :attempts
""")
_LATER = text("""
update attachment set scan_due_at = now() + make_interval(secs => :seconds)
where id = :id and scan = 'pending' and scan_attempts = :attempts
""")


def scan_next(factory: sessionmaker[Session], settings: Settings) -> bool:
    """Scan the attachment that waits longest; whether one was scanned.

    Until a scanner has spoken a file cannot be fetched, so its absence is never the end: the pause grows to half an hour.
    """
    with unit_of_work(factory) as session:
        row = session.execute(_CLAIM, {"lease": LEASE_SECONDS}).one_or_none()
    if row is None:
        return False
    fence = {"id": row.id, "attempts": row.scan_attempts}
    try:
        scan, virus = _verdict(settings, row.sha256)
    except (OSError, ValueError) as error:
        log.warning("scanner_away", attachment_id=row.id, attempt=row.scan_attempts, error=reason(error))
        with unit_of_work(factory) as session:
            session.execute(_LATER, {**fence, "seconds": backoff(row.scan_attempts)})
        return False
    if virus is not None:
        log.error("attachment_infected", attachment_id=row.id, virus=virus)
    with unit_of_work(factory) as session:
        session.execute(_SCANNED, {**fence, "scan": scan, "virus": virus})
    return True


def _verdict(settings: Settings, sha256: str) -> tuple[str, str | None]:
    if settings.clamd is None:  # the scanner was taken out of the settings while files waited for it
        return "skipped", None
    virus = virus_in(settings.clamd, path_of(settings.home.resolve(), sha256))
    return ("clean" if virus is None else "infected"), virus
