"""Bulk imports: a zip of form files into one cycle, and what became of each file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt


class BulkImport(Base):
    """One zip. `phase`: rehearsal (nothing is written into forms) → import. What goes on is seen by its files.

    `requested_by` is null for the command line, which imports each file as the filler of the unit that it names.
    """

    __tablename__ = "bulk_import"
    __table_args__ = (
        CheckConstraint("phase in ('rehearsal', 'import')", name="phase"),
        Index("ix_bulk_import_person", "requested_by", "id"),
    )

    id: Mapped[BigId]
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    phase: Mapped[str] = mapped_column(default="rehearsal", server_default="rehearsal")
    overwrite: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[CreatedAt]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class BulkImportFile(Base):
    """A file of the zip. state: due → claimed → done | failed | cancelled, and due again for the import or a second try.

    `member` is its place in the zip's directory. `result` of a file that is done: created, updated, unchanged or, in a
    rehearsal, needs_preview; `seen` are the section versions that the rehearsal compared with; `refusal` is the sentence in
    each language. The unique index lets one file of a zip be a unit's form.
    """

    __tablename__ = "bulk_import_file"
    __table_args__ = (
        CheckConstraint("state in ('due', 'claimed', 'done', 'failed', 'cancelled')", name="state"),
        UniqueConstraint("bulk_import_id", "member"),
        Index("ix_bulk_import_file_due", "id", postgresql_where="state = 'due'"),
        Index("ix_bulk_import_file_claimed", "id", postgresql_where="state = 'claimed'"),
        Index(
            "uq_bulk_import_file_one_of_unit",
            "bulk_import_id",
            "department_id",
            unique=True,
            postgresql_where="state = 'done'",
        ),
    )

    id: Mapped[BigId]
    bulk_import_id: Mapped[int] = mapped_column(ForeignKey("bulk_import.id"))
    member: Mapped[int]
    name: Mapped[str]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(default="due", server_default="due")
    lease_no: Mapped[int] = mapped_column(default=0, server_default="0")
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    result: Mapped[str | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    changes: Mapped[int | None]
    findings: Mapped[dict[str, Any] | None]
    seen: Mapped[dict[str, Any] | None]
    refusal: Mapped[dict[str, Any] | None]
    last_error: Mapped[str | None]
    finished_at: Mapped[datetime | None]
