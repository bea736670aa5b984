"""Reserved: ticks of finished sections."""

revision = "0011_section_ticks"
down_revision = "0010_bulk_import"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
