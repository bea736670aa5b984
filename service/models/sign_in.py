"""Failed sign-ins: what the limits count, for names that exist and names that don't alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from service.db import Base
from service.models.columns import BigId, CreatedAt, Sha256


class SignInFailure(Base):
    """One failed attempt. The name is kept as its hash: people type passwords into the wrong field.

    `locked_until` stands on the attempt that locked the name. A success deletes the rows of its name, time the others.
    """

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_name", "name_hash", "id"),
        Index("ix_sign_in_failure_address", "address", "at"),
        Index("ix_sign_in_failure_at", "at"),
    )

    id: Mapped[BigId]
    name_hash: Mapped[Sha256]
    address: Mapped[str | None]
    at: Mapped[CreatedAt]
    locked_until: Mapped[datetime | None]
