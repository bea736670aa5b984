"""Chained events and kept replies: what happened, provable, and what was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import CreatedAt, Sha256, text_enum
from workflows.lifecycle import State


class Event(Base):
    """One link of the chain of a subject. Ids, codes and hashes only, never form text.

    `hash` covers every other column (`workflows.chain`); a trigger refuses UPDATE, DELETE and TRUNCATE. For a submission
    `seq` is its version after the event.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "seq"),
        CheckConstraint("seq > 0", name="seq"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)  # ULID
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    seq: Mapped[int]
    action: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_role: Mapped[str | None]
    actor_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    from_state: Mapped[State | None] = mapped_column(text_enum(State))
    to_state: Mapped[State | None] = mapped_column(text_enum(State))
    from_level: Mapped[int | None]
    to_level: Mapped[int | None]
    round: Mapped[int | None]
    body: Mapped[dict[str, Any]]
    prev_hash: Mapped[Sha256]
    hash: Mapped[Sha256]


class IdempotencyReply(Base):
    """The reply to a write that carried an Idempotency-Key, kept seven days, written in the write's own transaction."""

    __tablename__ = "idempotency_reply"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[Sha256]
    status: Mapped[int]
    response: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
