"""What nobody needs any more: taken slots, kept replies, dead sessions, told rows, expired files, orphans. Once an hour."""

from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.slots import take_slot
from service.models.storage import old_hashes, path_of, sweep, taken_away

SLOT: Final = "purge"
SLOT_SECONDS: Final = 3600
_OLD: Final = tuple(
    map(
        text,
        (
            "delete from schedule_slot where created_at < now() - interval '7 days'",
            # Idempotency keys are kept seven days (the contract of the API).
            "delete from idempotency_reply where created_at < now() - interval '7 days'",
            "delete from web_session where expires_at < now() - interval '1 day'",
            "delete from outbox where sent_at < now() - interval '90 days'",
            """delete from bulk_import_file f using bulk_import j
            where j.id = f.bulk_import_id and j.created_at < now() - interval '90 days'""",
            "delete from bulk_import where created_at < now() - interval '90 days'",
            # What such an import leaves behind; reports keep theirs, so that a page can say that it has expired.
            """delete from file f where f.expires_at < now() - interval '30 days'
                and not exists (select 1 from report_run r where r.file_id = f.id)
                and not exists (select 1 from bulk_import b where b.file_id = f.id)
                and not exists (select 1 from attachment a where a.file_id = f.id)""",
            # Nobody comes back to the window of a draft that is never opened again, and then no ping clears it.
            "delete from presence where seen_at < now() - interval '1 hour'",
            # Tags are for whoever fills in the target; that is over with the reply.
            """delete from copied_cell c using submission s
                where s.id = c.submission_id and s.approved_at < now() - interval '30 days'""",
            """delete from held_trace t using submission s
                where s.id = t.submission_id and s.approved_at < now() - interval '30 days'""",
            # A reason whose row is gone for good. The newest revision has those that counted.
            """delete from waiver w where w.row_id <> '' and w.row_id not like '#%'
                and w.created_at < now() - interval '30 days' and not exists (select 1 from draft_section d
                    where d.submission_id = w.submission_id and d.section = w.section
                        and d.body @> jsonb_build_object('value', jsonb_build_array(jsonb_build_object('id', w.row_id))))""",
        ),
    )
)
_EXPIRED = text("""
select distinct f.sha256 from file f where f.expires_at < now() and not exists (
    select 1 from file o where o.sha256 = f.sha256 and (o.expires_at is null or o.expires_at >= now()))
""")
# Attachments that were taken out of a draft and that no revision keeps: their names go once their bytes are gone.
_REMOVED = text("""
select a.id, a.file_id, f.sha256, exists (select 1 from file o where o.sha256 = f.sha256 and o.id <> f.id
    and (o.expires_at is null or o.expires_at >= now())) as shared
from attachment a join file f on f.id = a.file_id
where a.removed_at < now() - interval '1 day' and f.expires_at < now()
    and not exists (select 1 from revision_attachment r where r.attachment_id = a.id)
""")
_NAMED = text("select sha256 from file where sha256 = any(:hashes)")
_FORGET = text("""
with gone as (delete from attachment where id = :id and removed_at is not null returning file_id)
delete from file f using gone where f.id = gone.file_id
""")


def purge(factory: sessionmaker[Session], *, home: Path) -> bool:
    """Clear up, once an hour whoever ticks; whether this was the one. Rows of reports stay, so a page can say "expired"."""
    with unit_of_work(factory) as session:
        connection = session.connection()
        if not take_slot(connection, SLOT, seconds=SLOT_SECONDS):
            return False
        for statement in _OLD:
            connection.execute(statement)
        expired = list(connection.execute(_EXPIRED).scalars())
    sweep(home)
    for sha256 in expired:
        taken_away(home, sha256)
    with unit_of_work(factory) as session:
        for row in session.execute(_REMOVED).all():
            if row.shared or not path_of(home, row.sha256).exists():
                session.execute(_FORGET, {"id": row.id})
    _take_unnamed(factory, home)
    return True


def _take_unnamed(factory: sessionmaker[Session], home: Path) -> None:
    """Bytes whose row never came, because their writer died before its commit, or went with what it belonged to."""
    for hashes in old_hashes(home):
        with unit_of_work(factory) as session:
            named = set(session.execute(_NAMED, {"hashes": hashes}).scalars())
        for sha256 in set(hashes) - named:
            taken_away(home, sha256)
