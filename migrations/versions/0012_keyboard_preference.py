"""Reserved: the preference for keyboard shortcuts."""

revision = "0012_keyboard_preference"
down_revision = "0011_section_ticks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
