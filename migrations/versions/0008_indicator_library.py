"""Indicator library."""

revision = "0008_indicator_library"
down_revision = "0007_presence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reserved."""


def downgrade() -> None:
    """Reserved."""
