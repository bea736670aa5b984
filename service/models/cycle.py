"""Cycles, and the versioned data that a cycle binds: routes, scoring profiles, the calendar of working days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, text_enum
from workflows.lifecycle import RouteKind


class RouteVersion(Base):
    """A route as data; `body` is what `workflows.route.read_route` reads. Never changed, only followed by a version."""

    __tablename__ = "route_version"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[BigId]
    code: Mapped[str]
    version: Mapped[int]
    kind: Mapped[RouteKind] = mapped_column(text_enum(RouteKind))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]


class ProfileVersion(Base):
    """A scoring profile as data, versioned like a route."""

    __tablename__ = "profile_version"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[BigId]
    code: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]


class Cycle(Base):
    """A fiscal year of a region: one form type, two routes, one profile, and the windows. Dates are Beijing dates."""

    __tablename__ = "cycle"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("filing_opens_on <= filing_due_on", name="filing_window"),
        CheckConstraint("evaluation_opens_on <= evaluation_due_on", name="evaluation_window"),
        CheckConstraint("fiscal_year between 2000 and 2100", name="fiscal_year"),
        CheckConstraint("budget_round in (1, 2)", name="budget_round"),
        CheckConstraint("followed_by_id is null or budget_round = 1", name="first_round"),
        UniqueConstraint("followed_by_id"),
    )

    id: Mapped[BigId]
    code: Mapped[str]
    fiscal_year: Mapped[int]
    region: Mapped[str]
    form: Mapped[str]
    budget_round: Mapped[int] = mapped_column(default=1)  # 1 一上, 2 二上
    # Of a first round (一上): the cycle of the second, into which a form moves when its control figure comes down (一下).
    followed_by_id: Mapped[int | None] = mapped_column(ForeignKey("cycle.id"))
    target_route_id: Mapped[int] = mapped_column(ForeignKey("route_version.id"))
    evaluation_route_id: Mapped[int] = mapped_column(ForeignKey("route_version.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("profile_version.id"))
    filing_opens_on: Mapped[date]
    filing_due_on: Mapped[date]
    evaluation_opens_on: Mapped[date]
    evaluation_due_on: Mapped[date]
    # Whether a warning that nobody answered with a reason keeps a form from being handed in.
    asks_reasons: Mapped[bool] = mapped_column(server_default=text("false"))
    # Raised whenever a date moves, so that a reminder of the old date is not taken for one of the new.
    deadline_version: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class CycleDepartment(Base):
    """A department that takes part in a cycle."""

    __tablename__ = "cycle_department"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), primary_key=True)


class CalendarDay(Base):
    """An override of the published holiday table, with the document that orders it (调休)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    source: Mapped[str]
