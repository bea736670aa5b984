"""Submissions, their drafts and frozen revisions, the opinions and work items of their review."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, Money, Sha256, text_enum
from workflows.lifecycle import Role, RouteKind, State

_EVIDENCE = (
    "(state in ('approved', 'year_end_evaluation', 'closed')) = (approved_at is not null and reply_number is not null)"
)
_LEVEL = (
    "case state when 'review' then level is not null "
    "when 'year_end_evaluation' then true else level is null end and (level is null or level > 0)"
)


class Submission(Base):
    """One form of one unit in one cycle. `state`, `level`, `version` and the heads are written by `record()` alone."""

    __tablename__ = "submission"
    __table_args__ = (
        Index(
            "uq_submission_one_open",
            "department_id",
            "fiscal_year",
            "form",
            "kind",
            unique=True,
            postgresql_where="state <> 'closed'",
        ),
        CheckConstraint(_LEVEL, name="level"),
        CheckConstraint(_EVIDENCE, name="approved_evidence"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_evidence"),
        CheckConstraint("kind in ('target', 'adjustment')", name="kind"),
        CheckConstraint("(kind = 'adjustment') = (amends_id is not null)", name="amends"),
        Index("ix_submission_by_unit", "department_id", "updated_at", "id"),
        Index("ix_submission_newest", "updated_at", "id"),
        Index("ix_submission_amends_id", "amends_id", postgresql_where="amends_id is not null"),
        Index("ix_submission_mine", "created_by", "updated_at", "id"),
    )

    id: Mapped[BigId]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    fiscal_year: Mapped[int]
    form: Mapped[str]
    kind: Mapped[str] = mapped_column(default="target")
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    target_route_id: Mapped[int] = mapped_column(ForeignKey("route_version.id"))
    evaluation_route_id: Mapped[int] = mapped_column(ForeignKey("route_version.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("profile_version.id"))
    state: Mapped[State] = mapped_column(text_enum(State))
    level: Mapped[int | None]
    version: Mapped[int]
    head_hash: Mapped[Sha256]
    round: Mapped[int] = mapped_column(default=0)
    evaluation_round: Mapped[int] = mapped_column(default=0)
    head_revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", use_alter=True))
    approved_revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", use_alter=True))
    grade: Mapped[str | None]
    blocked: Mapped[bool] = mapped_column(default=False)
    # After a return of named sections: the only ones that the draft may change. Null: all.
    unlocked_sections: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    control_figure: Mapped[Decimal | None] = mapped_column(Money)  # 控制数, 万元
    reply_number: Mapped[str | None]
    reply_date: Mapped[date | None]
    basic_expenditure: Mapped[Decimal | None] = mapped_column(Money)
    project_expenditure: Mapped[Decimal | None] = mapped_column(Money)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class DraftSection(Base):
    """Cells of one section as typed. `version` is what an edit names as its base; `body` is what the editor posts."""

    __tablename__ = "draft_section"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    updated_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DraftEditor(Base):
    """Who ever typed into a form, or handed it in: these people never review it, in no round."""

    __tablename__ = "draft_editor"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[RouteKind] = mapped_column(text_enum(RouteKind), primary_key=True)


class Revision(Base):
    """A frozen document with its hash, findings and the rules that made them. A trigger refuses UPDATE and DELETE."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("submission_id", "number"),)

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    number: Mapped[int]
    kind: Mapped[RouteKind] = mapped_column(text_enum(RouteKind))
    document: Mapped[dict[str, Any]]
    sha256: Mapped[Sha256]
    base_sha256: Mapped[Sha256 | None]  # evaluation: the approved revision that it measures
    findings: Mapped[list[Any]]
    rules_version: Mapped[str]
    waivers: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))  # reasons that answered findings
    score: Mapped[dict[str, Any] | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]


class RevisionTask(Base):
    """A task row of a frozen revision, for reports; written once, never edited. Amount in 万元."""

    __tablename__ = "revision_task"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    planned_amount: Mapped[Decimal | None] = mapped_column(Money)
    secrecy_tag: Mapped[str | None]


class RevisionIndicator(Base):
    """An indicator row of a frozen revision, for reports and scores; written once, never edited."""

    __tablename__ = "revision_indicator"
    __table_args__ = (Index("ix_revision_indicator_name", "level3"),)

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    level1: Mapped[str | None]
    level2: Mapped[str | None]
    level3: Mapped[str | None]
    comparator: Mapped[str | None]
    target_value: Mapped[str | None]
    unit: Mapped[str | None]
    weight: Mapped[Decimal | None] = mapped_column(Money)
    actual_value: Mapped[str | None]
    secrecy_tag: Mapped[str | None]


class Opinion(Base):
    """What somebody decided and said, bound to the revision that they saw. One in force per seat; voided, never changed.

    Words without a seat (a withdrawal, a cleared mark, a re-score) have `seat` null.
    """

    __tablename__ = "opinion"
    __table_args__ = (
        Index(
            "uq_opinion_in_force",
            "submission_id",
            "route_kind",
            "round",
            "level",
            "seat",
            unique=True,
            postgresql_where="voided_by_event_id is null and seat is not null",
        ),
        Index("ix_opinion_submission", "submission_id", "event_id"),
        CheckConstraint(
            "action not in ('return_for_revision', 'reject') or length(trim(comment)) > 0", name="comment_when_returned"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)  # ULID
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    route_kind: Mapped[RouteKind | None] = mapped_column(text_enum(RouteKind))
    round: Mapped[int]
    level: Mapped[int | None]
    seat: Mapped[int | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # by delegation (委托)
    role: Mapped[Role | None] = mapped_column(text_enum(Role))
    action: Mapped[str]
    grade: Mapped[str | None]
    criteria: Mapped[dict[str, str] | None] = mapped_column(JSONB)  # the grade of each of the four criteria
    comment: Mapped[str | None]
    created_at: Mapped[datetime]
    voided_by_event_id: Mapped[str | None] = mapped_column(ForeignKey("event.id"))


class WorkItem(Base):
    """Who must act: written when a level is entered, closed by a decision. Level 0 is the filler's own.

    The inbox reads it by (role, department, due) among open items, 51 entries a desk whatever the table holds.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        Index("ix_work_item_todo", "role", "department_id", "due_at", "id", postgresql_where="closed_at is null"),
        Index("ix_work_item_person", "person_id", "due_at", "id", postgresql_where="closed_at is null"),
        Index("ix_work_item_submission", "submission_id", postgresql_where="closed_at is null"),
        Index("ix_work_item_done", "closed_by", "closed_at", "id", postgresql_where="closed_at is not null"),
        Index("ix_work_item_handled", "closed_by", "submission_id", "id", postgresql_where="closed_at is not null"),
        Index(
            "uq_work_item_open_seat",
            "submission_id",
            "route_kind",
            "level",
            "seat",
            unique=True,
            postgresql_where="closed_at is null",
        ),
        CheckConstraint("(closed_at is null) = (outcome is null)", name="closed_has_outcome"),
    )

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    route_kind: Mapped[RouteKind] = mapped_column(text_enum(RouteKind))
    round: Mapped[int]
    level: Mapped[int]
    seat: Mapped[int]
    role: Mapped[Role] = mapped_column(text_enum(Role))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id")
    )  # who handed it over (转办) or asked (加签)
    holds_up_seat: Mapped[int | None]  # the seat of the level that waits for this one (前加签)
    due_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None]
