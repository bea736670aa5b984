"""Delegations (委托): who may act for whom, in which role, on which days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, text_enum
from workflows.lifecycle import Role


class Delegation(Base):
    """One role of a person at one department, lent to a colleague from `starts_at` to before `ends_at` (UTC).

    The view `grant_in_force` joins it to the role itself: what its holder loses, the delegate loses; what was delegated
    can't be delegated on.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("delegate_id <> person_id", name="two_people"),
        CheckConstraint("starts_at < ends_at", name="days"),
        CheckConstraint("(revoked_at is null) = (revoked_by is null)", name="revoked"),
        Index("ix_delegation_delegate_id", "delegate_id", postgresql_where="revoked_at is null"),
        Index("ix_delegation_person_id", "person_id", postgresql_where="revoked_at is null"),
    )

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    set_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
