"""What nobody needs any more: taken slots, kept replies, dead sessions, told rows, expired files. Once an hour."""

import time
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.slots import take_slot
from service.models.storage import DRAFT_PREFIX, FOLDER, path_of

SLOT: Final = "purge"
SLOT_SECONDS: Final = 3600
DRAFT_SECONDS: Final = 86_400  # a draft of a file this old belongs to a process that was killed
_OLD: Final = tuple(
    map(
        text,
        (
            "delete from schedule_slot where created_at < now() - interval '7 days'",
            # Idempotency keys are kept seven days (the contract of the API).
            "delete from idempotency_reply where created_at < now() - interval '7 days'",
            "delete from web_session where expires_at < now() - interval '1 day'",
            "delete from outbox where sent_at < now() - interval '90 days'",
        ),
    )
)
_EXPIRED = text("""
select distinct f.sha256 from file f where f.expires_at < now() and not exists (
    select 1 from file o where o.sha256 = f.sha256 and (o.expires_at is null or o.expires_at >= now()))
""")


def purge(factory: sessionmaker[Session], *, home: Path) -> bool:
    """Clear up, once an hour whoever ticks; whether this was the one. Rows of files stay, so a page can say "expired"."""
    with unit_of_work(factory) as session:
        connection = session.connection()
        if not take_slot(connection, SLOT, seconds=SLOT_SECONDS):
            return False
        for statement in _OLD:
            connection.execute(statement)
        expired = list(connection.execute(_EXPIRED).scalars())
    for sha256 in expired:
        path_of(home, sha256).unlink(missing_ok=True)
    _drafts(home / FOLDER)
    return True


def _drafts(folder: Path) -> None:
    before = time.time() - DRAFT_SECONDS
    for draft in folder.glob(f"*/{DRAFT_PREFIX}*"):
        if draft.stat().st_mtime < before:
            draft.unlink(missing_ok=True)
