"""Reasons that answer findings: those of a draft, those frozen with a revision, and the cycles that ask for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_waivers"
down_revision = "0005_one_look_at_the_last_event"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiver",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_waiver_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_waiver_person_id_person")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_waiver_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver")),
    )
    spot = ["submission_id", "rule", "section", "row_id", "field", "meaning"]
    op.create_index("uq_waiver_spot", "waiver", spot, unique=True)
    op.add_column(
        "revision",
        sa.Column(
            "waivers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column("cycle", sa.Column("asks_reasons", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("cycle", "asks_reasons")
    op.drop_column("revision", "waivers")
    op.drop_table("waiver")
