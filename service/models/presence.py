"""Who has a draft open just now. Worth nothing after a crash, so the table is not logged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class Presence(Base):
    """One open window of one person on one form. `section` is where they type, null while they only look.

    No foreign keys: a ping would wait for the lock of a save.
    """

    __tablename__ = "presence"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    submission_id: Mapped[int] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    section: Mapped[str | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
