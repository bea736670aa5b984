"""Cells that were copied from last year's form and nobody has touched since (上年 tags)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class CopiedCell(Base):
    """A copied cell: `row_id` is empty outside of tables, `field` is the section's own name for its one text.

    `value` is what was copied. Once the cell holds anything else, a trigger takes the row away (migration 0008), whoever
    wrote the section. `checked_at` is when somebody said that the cell is right as it stands.
    """

    __tablename__ = "copied_cell"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]


class Copied(NamedTuple):
    """One copied cell within a section."""

    row_id: str
    field: str
    value: object


_CHECK = text("""
update copied_cell set checked_by = :person_id, checked_at = clock_timestamp()
where submission_id = :id and section = any(:sections) and checked_at is null
""")


def tag(connection: Connection, submission_id: int, *, section: str, cells: Sequence[Copied]) -> None:
    """Mark cells as copied. The caller has written the section and holds the lock of the submission."""
    if not cells:
        return
    rows = [{"submission_id": submission_id, "section": section, **one._asdict()} for one in cells]
    connection.execute(insert(CopiedCell).on_conflict_do_nothing(), rows)


def mark_checked(connection: Connection, submission_id: int, *, sections: Sequence[str], person_id: int) -> None:
    """Note that a person looked at all copied cells of some sections and found them right."""
    connection.execute(_CHECK, {"id": submission_id, "sections": list(sections), "person_id": person_id})
