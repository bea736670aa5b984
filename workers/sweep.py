"""Work of workers that died: leases that ran out go back, or are parked after too many tries."""

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.db import as_jsonb, unit_of_work
from service.models.slots import take_slot
from workers.retry import MAX_ATTEMPTS
from workflows.catalogue import languages, sentence

SLOT = "sweep"
_LOST = "the worker died or took too long"
# Returned rows stand at the end of the queue: one that kills its worker must not be the first again.
_DELIVERIES = text("""
update delivery set leased_until = null, last_error = coalesce(last_error, :lost), due_at = now(),
    state = case when attempts >= :most then 'dead' else 'due' end,
    finished_at = case when attempts >= :most then now() end
where id in (select id from delivery where state = 'claimed' and leased_until < now() for update skip locked)
""")
_REPORTS = text("""
update report_run set leased_until = null, last_error = coalesce(last_error, :lost),
    state = case when attempts >= :most then 'dead' else 'due' end,
    finished_at = case when attempts >= :most then now() end
where id in (select id from report_run where state = 'claimed' and leased_until < now() for update skip locked)
""")
# What was cancelled meanwhile does not come back.
_FILES = text("""
update bulk_import_file f set leased_until = null, last_error = coalesce(f.last_error, :lost),
    state = case when j.cancelled_at is not null then 'cancelled' when f.attempts >= :most then 'failed' else 'due' end,
    refusal = case when f.attempts >= :most then cast(:broke as jsonb) end,
    finished_at = case when f.attempts >= :most or j.cancelled_at is not null then now() end
from bulk_import j where j.id = f.bulk_import_id and f.id in (
    select id from bulk_import_file where state = 'claimed' and leased_until < now() for update skip locked)
""")


def sweep(factory: sessionmaker[Session], *, seconds: int) -> bool:
    """Return expired leases, once in `seconds` whoever ticks; whether this was the one."""
    with unit_of_work(factory) as session:
        if not take_slot(session.connection(), SLOT, seconds=seconds):
            return False
        values = {"most": MAX_ATTEMPTS, "lost": _LOST}
        session.execute(_DELIVERIES, values)
        session.execute(_REPORTS, values)
        session.execute(_FILES, {**values, "broke": as_jsonb(_broke())})
    return True


def _broke() -> dict[str, str]:
    """What a page says of a file that killed its worker each time."""
    return {lang: sentence("error.bulk_import_broke", lang) for lang in languages}
