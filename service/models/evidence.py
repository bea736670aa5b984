"""Signed heads over all chains, and requests to empty a body that the law forbids to keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, Sha256


class ChainHead(Base):
    """One signed statement over the ends of all chains (`workflows.heads`). A trigger refuses UPDATE, DELETE, TRUNCATE."""

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("seq > 0", name="seq"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    chains: Mapped[int]
    events: Mapped[int]
    root: Mapped[Sha256]
    prev_hash: Mapped[Sha256]
    public_key: Mapped[str] = mapped_column(Text)  # hex
    signature: Mapped[str] = mapped_column(Text)  # hex


class ChainLeaf(Base):
    """The end of a chain under the first head that covers it, with the path from there to the root (hex, from below).

    Only chains that grew since the head before have a row, so the newest row of each chain up to a head is its leaf there.
    """

    __tablename__ = "chain_leaf"

    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head_seq: Mapped[int] = mapped_column(ForeignKey("chain_head.seq"), primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[Sha256]
    position: Mapped[int]
    path: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Withholding(Base):
    """One person's request to empty the body of an opinion or a revision, and what another person made of it."""

    __tablename__ = "withholding"
    __table_args__ = (
        CheckConstraint("(opinion_id is null) <> (revision_id is null)", name="one_body"),
        CheckConstraint("settled_by <> asked_by", name="two_people"),
        CheckConstraint("outcome in ('confirmed', 'refused')", name="outcome"),
        CheckConstraint(
            "(outcome is null) = (settled_by is null) and (outcome is null) = (settled_at is null)", name="settled"
        ),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
        *(
            Index(
                f"uq_withholding_{column}_once",
                column,
                unique=True,
                postgresql_where="outcome is distinct from 'refused'",
            )
            for column in ("opinion_id", "revision_id")
        ),
    )

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    opinion_id: Mapped[str | None] = mapped_column(ForeignKey("opinion.id"))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    reason: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[CreatedAt]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
