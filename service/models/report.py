"""Report runs and the files that they, and people, leave behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, Sha256


class File(Base):
    """A stored file. The bytes lie content-addressed under the home directory: `files/ab/abcdef…`."""

    __tablename__ = "file"

    id: Mapped[BigId]
    sha256: Mapped[Sha256]
    size: Mapped[int]
    media_type: Mapped[str]
    name: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]


class ReportRun(Base):
    """One report that somebody asked for. state: due → claimed → done | due again | dead; `done` of `total` is progress."""

    __tablename__ = "report_run"
    __table_args__ = (
        CheckConstraint("(state = 'done') = (file_id is not null)", name="done_has_file"),
        Index("ix_report_run_open", "id", postgresql_where="state in ('due', 'claimed')"),
        Index("ix_report_run_person", "requested_by", "id"),
    )

    id: Mapped[BigId]
    code: Mapped[str]
    params: Mapped[dict[str, Any]]
    language: Mapped[str] = mapped_column(default="zh")
    requested_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    state: Mapped[str] = mapped_column(default="due", server_default="due")
    lease_no: Mapped[int] = mapped_column(default=0, server_default="0")
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    finished_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    last_error: Mapped[str | None]
