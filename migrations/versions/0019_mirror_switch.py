"""Whether what somebody typed and could not send yet may stay in their browser tab, by unit: it may, until switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0019_mirror_switch"
down_revision = "0018_rounds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("department", sa.Column("keeps_unsaved", sa.Boolean(), server_default="true", nullable=False))


def downgrade() -> None:
    op.drop_column("department", "keeps_unsaved")
