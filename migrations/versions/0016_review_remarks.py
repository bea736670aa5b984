"""Reserved: pending remarks, suggestions, opinion templates."""

revision = "0016_review_remarks"
down_revision = "0015_desks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
