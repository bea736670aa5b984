"""Waivers."""

revision = "0006_waivers"
down_revision = "0005_one_look_at_the_last_event"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reserved."""


def downgrade() -> None:
    """Reserved."""
