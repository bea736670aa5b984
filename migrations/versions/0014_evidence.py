"""Reserved: signed heads and emptied bodies."""

revision = "0014_evidence"
down_revision = "0013_filing_leftovers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
