"""催办, 抄送 and kept views: what people tell each other of a form and how they look at lists. None of it is evidence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, text_enum
from workflows.lifecycle import Role


class Urge(Base):
    """Somebody hurried those with whom a form lies. Of two at once the unique number lets one through."""

    __tablename__ = "urge"
    __table_args__ = (UniqueConstraint("submission_id", "person_id", "number"),)

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    role: Mapped[Role] = mapped_column(text_enum(Role))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    created_at: Mapped[CreatedAt]


class Circulation(Base):
    """A copy of a form for somebody who may see it: in their box until they have read it, and after."""

    __tablename__ = "circulation"
    __table_args__ = (
        UniqueConstraint("submission_id", "person_id"),
        Index("ix_circulation_box", "person_id", "created_at", "id"),
    )

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    created_at: Mapped[CreatedAt]
    read_at: Mapped[datetime | None]


class SavedView(Base):
    """A list with its filters under a name of one's own. `path` and `query` are the address."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "path", "name"),)

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    created_at: Mapped[CreatedAt]
