"""When a draft was last saved, and until when its unit may work on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class DraftTimes:
    """`saved_at` of the section written last, `due_at` of the open work item; None where there is none."""

    saved_at: datetime | None
    due_at: datetime | None


_TIMES = text("""
select (select max(updated_at) from draft_section where submission_id = :id) as saved_at,
    (select min(due_at) from work_item where submission_id = :id and closed_at is null) as due_at
""")


def draft_times(connection: Connection, submission_id: int) -> DraftTimes:
    """Both times of a draft."""
    return DraftTimes(**connection.execute(_TIMES, {"id": submission_id}).one()._mapping)
