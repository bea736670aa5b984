"""Remarks that are their author's until the decision, suggestions with a value, the unit's answer to each; 常用语."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016_review_remarks"
down_revision = "0015_desks"
branch_labels = None
depends_on = None

_CHECKS = {
    "kind": "kind in ('remark', 'suggestion', 'words')",
    "answer": "answer is null or answer in ('changed', 'unchanged', 'explained', 'accepted', 'declined')",
    "answered": "(answer is null) = (answered_by is null)",
}


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("kind", sa.String(), server_default="remark", nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("proposed", sa.String(), nullable=True),
        # What stands already came with the decision of its author, which is later than any version 0.
        sa.Column("at_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answer_words", sa.String(), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("comment", column)
    op.create_foreign_key(op.f("fk_comment_answered_by_person"), "comment", "person", ["answered_by"], ["id"])
    for name, condition in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_comment_{name}"), "comment", condition)
    op.create_table(
        "opinion_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(person_id is null) <> (department_id is null)", name=op.f("ck_opinion_template_one_owner")
        ),
        sa.CheckConstraint("length(trim(body)) > 0", name=op.f("ck_opinion_template_words")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_opinion_template_created_by_person")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_opinion_template_department_id_department")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opinion_template_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_template")),
    )
    op.create_index("ix_opinion_template_person", "opinion_template", ["person_id"])
    op.create_index("ix_opinion_template_department", "opinion_template", ["department_id"])


def downgrade() -> None:
    op.drop_table("opinion_template")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_comment_{name}"), "comment")
    for column in reversed(_columns()):
        op.drop_column("comment", column.name)
