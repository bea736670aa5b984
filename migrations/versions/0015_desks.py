"""Reserved: circulation, urges."""

revision = "0015_desks"
down_revision = "0014_evidence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
