"""What people are shown: notifications and comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt


class Notification(Base):
    """One line in a person's inbox, shown once by its key. `params` are ids and codes; words are made when it is read."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("person_id", "dedupe_key"),
        Index("ix_notification_person", "person_id", "id"),
        Index("ix_notification_unread", "person_id", postgresql_where="read_at is null"),
    )

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    topic: Mapped[str]
    dedupe_key: Mapped[str]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    params: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
    read_at: Mapped[datetime | None]


class Comment(Base):
    """A remark on a field or row of a revision; `path` is a path of the document, null for the whole form."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_submission", "submission_id", "id"),)

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    path: Mapped[str | None]
    body: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
