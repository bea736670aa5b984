"""What nobody needs any more: taken slots, kept replies, dead sessions, told rows, expired files. Once an hour."""

from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.slots import take_slot
from service.models.storage import path_of, sweep, taken_away

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
    return True
