"""Who has a draft open: an unlogged table, because it means nothing after a crash."""

import sqlalchemy as sa
from alembic import op

revision = "0007_presence"
down_revision = "0006_waivers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("submission_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "window", name=op.f("pk_presence")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("presence")
