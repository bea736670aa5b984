"""Reasons that answer findings of a draft. With a submission those that still hold are frozen into its revision."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, Sha256


class WaiverRow(Base):
    """One reason, at the spot of one finding (`workflows.waivers.Spot`); a second one of the same spot replaces it."""

    __tablename__ = "waiver"
    __table_args__ = (
        Index("uq_waiver_spot", "submission_id", "rule", "section", "row_id", "field", "meaning", unique=True),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
    )

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    rule: Mapped[str]
    section: Mapped[str]
    row_id: Mapped[str]
    field: Mapped[str]
    meaning: Mapped[Sha256]
    reason: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
