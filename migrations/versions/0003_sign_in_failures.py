"""Failed sign-ins, counted by name and by address."""

import sqlalchemy as sa
from alembic import op

revision = "0003_sign_in_failures"
down_revision = "0002_guards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_name", "sign_in_failure", ["name_hash", "id"], unique=False)
    op.create_index("ix_sign_in_failure_address", "sign_in_failure", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_failure_at", "sign_in_failure", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("sign_in_failure")
