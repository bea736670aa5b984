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


@dataclass(frozen=True, slots=True)
class SectionSaved:
    """Who saved a section last, and when."""

    name: str
    at: datetime


_SECTION = text("""
select p.name, d.updated_at as at from draft_section d join person p on p.id = d.updated_by
where d.submission_id = :id and d.section = :section
""")


def section_saved(connection: Connection, submission_id: int, *, section: str) -> SectionSaved | None:
    """The last save of one section."""
    row = connection.execute(_SECTION, {"id": submission_id, "section": section}).one_or_none()
    return SectionSaved(**row._mapping) if row else None
