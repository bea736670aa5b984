"""Attachments."""

revision = "0009_attachments"
down_revision = "0008_indicator_library"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reserved."""


def downgrade() -> None:
    """Reserved."""
