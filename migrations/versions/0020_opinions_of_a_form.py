"""The opinions of a form by index: its timeline and its evidence would read the whole table otherwise."""

from alembic import op

revision = "0020_opinions_of_a_form"
down_revision = "0019_mirror_switch"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_opinion_submission", "opinion", ["submission_id", "event_id"])
