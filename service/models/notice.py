"""What people are shown and say: notifications, remarks on a form, words that are used again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt


class Notification(Base):
    """One line in a person's inbox, shown once by its key. `params` are ids and codes; words are made when it is read."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("person_id", "dedupe_key"),
        Index("ix_notification_person", "person_id", "id"),
        Index("ix_notification_unread", "person_id", postgresql_where="read_at is null"),
    )

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    topic: Mapped[str]
    dedupe_key: Mapped[str]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    params: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
    read_at: Mapped[datetime | None]


class Comment(Base):
    """A remark on a field or row of a revision; `path` is a path of the document, null for the whole form.

    It is its author's alone until they decide on that revision (`service.queries.remarks`), so nothing is written when it
    is published. `at_version` is the form's version when it was written last. Kind `suggestion` proposes a value for
    `field` of the row at `path`, or for `path` itself; kind `words` are those of the decision, kept until it is taken.
    """

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_submission", "submission_id", "id"),
        CheckConstraint("kind in ('remark', 'suggestion', 'words')", name="kind"),
        CheckConstraint(
            "answer is null or answer in ('changed', 'unchanged', 'explained', 'accepted', 'declined')", name="answer"
        ),
        CheckConstraint("(answer is null) = (answered_by is null)", name="answered"),
    )

    id: Mapped[BigId]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    path: Mapped[str | None]
    body: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    kind: Mapped[str] = mapped_column(server_default="remark")
    field: Mapped[str | None]
    proposed: Mapped[str | None]
    at_version: Mapped[int] = mapped_column(server_default=text("0"))
    answer: Mapped[str | None]
    answer_words: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]


class OpinionTemplate(Base):
    """常用语: words that reviewers use again, a person's own or those of everybody who reviews at a department."""

    __tablename__ = "opinion_template"
    __table_args__ = (
        CheckConstraint("(person_id is null) <> (department_id is null)", name="one_owner"),
        CheckConstraint("length(trim(body)) > 0", name="words"),
        Index("ix_opinion_template_person", "person_id"),
        Index("ix_opinion_template_department", "department_id"),
    )

    id: Mapped[BigId]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    body: Mapped[str]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
