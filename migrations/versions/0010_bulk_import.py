"""Bulk import."""

revision = "0010_bulk_import"
down_revision = "0009_attachments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reserved."""


def downgrade() -> None:
    """Reserved."""
