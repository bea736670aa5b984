"""When a password was last changed: the profile `dengbao3` asks for a new one after ninety days."""

import sqlalchemy as sa
from alembic import op

revision = "0004_password_age"
down_revision = "0003_sign_in_failures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.add_column(
        "person", sa.Column("password_changed_at", sa.DateTime(timezone=True), server_default=now, nullable=False)
    )


def downgrade() -> None:
    op.drop_column("person", "password_changed_at")
