"""Whether keys act on a person's screens: they do, until the person switches them off."""

import sqlalchemy as sa
from alembic import op

revision = "0012_keyboard_preference"
down_revision = "0011_section_ticks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("shortcuts", sa.Boolean(), server_default="true", nullable=False))


def downgrade() -> None:
    op.drop_column("person", "shortcuts")
