"""What held rows of a draft are known by: a hold outlives the row on which it stood."""

import sqlalchemy as sa
from alembic import op

revision = "0013_filing_leftovers"
down_revision = "0012_keyboard_preference"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_trace",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_held_trace_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", "key", name=op.f("pk_held_trace")),
    )


def downgrade() -> None:
    op.drop_table("held_trace")
