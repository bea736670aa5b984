"""What the world shall be told, as rows: written with the change, sent later, claimed by lease, fenced by its number."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, ForeignKey, Index, UniqueConstraint, func, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt


class Outbox(Base):
    """One thing to tell. Payload: ids only. Drained a hundred at a time into notifications and deliveries."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        Index("ix_outbox_due", "due_at", "id", postgresql_where="sent_at is null and dead_at is null"),
    )

    id: Mapped[BigId]
    topic: Mapped[str]
    dedupe_key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


# Heard by the workers when the transaction commits.
WAKE: Final = text("select pg_notify('jixiao_outbox', '')")


def tell(connection: Connection, topic: str, *, dedupe_key: str, payload: dict[str, Any]) -> None:
    """Have something told if and when the caller's transaction commits. `payload`: ids and numbers, no text."""
    connection.execute(insert(Outbox).values(topic=topic, dedupe_key=dedupe_key, payload=payload))
    connection.execute(WAKE)


class Delivery(Base):
    """One message to one person over one channel that leaves the house (e-mail). `message_id` never changes.

    state: due → claimed → done | due again | dead. `attempts` rises when the effect starts, `lease_no` with each lease.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "channel"),
        Index("ix_delivery_open", "due_at", "id", postgresql_where="state in ('due', 'claimed')"),
    )

    id: Mapped[BigId]
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id"))
    channel: Mapped[str]
    message_id: Mapped[str]
    state: Mapped[str] = mapped_column(default="due", server_default="due")
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_no: Mapped[int] = mapped_column(default=0, server_default="0")
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    finished_at: Mapped[datetime | None]
    receipt: Mapped[str | None]
    last_error: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class Reminder(Base):
    """Told once, provably: one row per work item, person, version of the deadline and offset."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("work_item_id", "person_id", "deadline_version", "offset_code"),)

    id: Mapped[BigId]
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    deadline_version: Mapped[int]
    offset_code: Mapped[str]  # "D-3" or "overdue:2026-11-24"
    remind_on: Mapped[date]
    created_at: Mapped[CreatedAt]


class ScheduleSlot(Base):
    """A tick that was taken. Three tickers may fire; the unique row makes it once."""

    __tablename__ = "schedule_slot"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot_utc: Mapped[datetime] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]
