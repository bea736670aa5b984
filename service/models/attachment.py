"""Files that people add to a form, and the list that each frozen revision keeps of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, Sha256, text_enum
from workflows.lifecycle import RouteKind


class Scan(StrEnum):
    """What the virus scanner says. `skipped`: no scanner is set up, and the screens say so."""

    PENDING = "pending"
    CLEAN = "clean"
    INFECTED = "infected"
    SKIPPED = "skipped"


class Attachment(Base):
    """A file (附件, 佐证) of a form or of one of its rows, at the stage in which it was added.

    `section` and `row_id` name the row, both null for the whole form. Removed ones stay until they are purged, so that a
    removal can be taken back; what a revision has frozen stays for ever. `scan_due_at` is when a scanner may take a
    pending one: a lease while one has it, a pause after it could not be reached.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("(section is null) = (row_id is null)", name="row"),
        CheckConstraint("(removed_at is null) = (removed_by is null)", name="removed"),
        CheckConstraint("(scan = 'pending') = (scan_due_at is not null)", name="scan_due"),
        Index("ix_attachment_submission", "submission_id", "id"),
        Index("ix_attachment_pending", "scan_due_at", "id", postgresql_where="scan = 'pending'"),
        Index("ix_attachment_removed", "removed_at", postgresql_where="removed_at is not null"),
    )

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), unique=True)
    stage: Mapped[RouteKind] = mapped_column(text_enum(RouteKind))
    section: Mapped[str | None]
    row_id: Mapped[str | None]
    scan: Mapped[Scan] = mapped_column(text_enum(Scan))
    scan_due_at: Mapped[datetime | None]
    scan_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    virus: Mapped[str | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]


class RevisionAttachment(Base):
    """One attachment as a revision froze it. A trigger refuses UPDATE and DELETE; the event holds the hash of the list."""

    __tablename__ = "revision_attachment"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True, index=True)
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[Sha256]
    section: Mapped[str | None]
    row_id: Mapped[str | None]
