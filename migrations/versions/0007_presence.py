"""Presence."""

revision = "0007_presence"
down_revision = "0006_waivers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reserved."""


def downgrade() -> None:
    """Reserved."""
