"""Departments, people, what they may do, and their sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt, text_enum
from workflows.lifecycle import Role


class DepartmentKind(StrEnum):
    """What a node of the tree is."""

    BUDGET_UNIT = "budget_unit"  # 部门或预算单位
    FINANCE_BUREAU = "finance_bureau"  # 财政局
    FINANCE_OFFICE = "finance_office"  # 财政业务科室


class Department(Base):
    """A department or budget unit (部门/预算单位). `path` runs from the root to the node itself."""

    __tablename__ = "department"
    __table_args__ = (
        Index("uq_department_one_bureau", "kind", unique=True, postgresql_where="kind = 'finance_bureau'"),
        UniqueConstraint("code"),
        Index("ix_department_path", "path", postgresql_using="gin"),
    )

    id: Mapped[BigId]
    code: Mapped[str]
    name: Mapped[str]
    short_name: Mapped[str]
    name_en: Mapped[str | None]
    sort_key: Mapped[str]  # pinyin: the embedded server has no Chinese collation
    kind: Mapped[DepartmentKind] = mapped_column(text_enum(DepartmentKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    path: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    business_office_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    active: Mapped[bool] = mapped_column(default=True)
    keeps_unsaved: Mapped[bool] = mapped_column(server_default="true")  # in the tab of whoever typed it
    created_at: Mapped[CreatedAt]


class Person(Base):
    """An account. `name` is what screens show; `username` is lower-case ASCII."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("username"),
        CheckConstraint("username = lower(username)", name="username_lower"),
        CheckConstraint("same_person_as_id <> id", name="not_oneself"),
        Index("ix_person_same_person", "same_person_as_id", postgresql_where="same_person_as_id is not null"),
    )

    id: Mapped[BigId]
    username: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="zh")
    shortcuts: Mapped[bool] = mapped_column(server_default="true")  # keys that act (WCAG 2.1.4: may be switched off)
    password_hash: Mapped[str | None]  # argon2id; null: nobody can sign in
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    active: Mapped[bool] = mapped_column(default=True)
    # The first account of the same human being, where this is a further one: two accounts are one pair of eyes.
    same_person_as_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class RoleAssignment(Base):
    """A role held at a department. An administrator holds one power and nothing else (三员分立, trigger in 0001)."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "department_id"),
        Index("ix_role_assignment_desk", "role", "department_id"),
    )

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]


class WebSession(Base):
    """A sign-in. The cookie holds a random token, the table its SHA-256: logout deletes the row and the cookie is dead."""

    __tablename__ = "web_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_web_session_person", "person_id"))

    id: Mapped[BigId]
    token_hash: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    csrf: Mapped[str]
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]  # absolute
    address: Mapped[str | None]
    agent: Mapped[str | None] = mapped_column(Text)


class ApiToken(Base):
    """A personal token for the API, shown once and kept as SHA-256."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str]
    label: Mapped[str]
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
