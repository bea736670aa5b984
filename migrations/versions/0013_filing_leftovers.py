"""Reserved: leftovers of filling in."""

revision = "0013_filing_leftovers"
down_revision = "0012_keyboard_preference"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
