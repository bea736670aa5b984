"""Two rounds of a budget year (二上二下): a cycle that another follows, and the control figure that comes down between them."""

import sqlalchemy as sa
from alembic import op

revision = "0018_rounds"
down_revision = "0017_sign_off"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cycle", sa.Column("followed_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_cycle_followed_by_id_cycle"), "cycle", "cycle", ["followed_by_id"], ["id"])
    op.create_unique_constraint(op.f("uq_cycle_followed_by_id"), "cycle", ["followed_by_id"])
    op.create_check_constraint(op.f("ck_cycle_first_round"), "cycle", "followed_by_id is null or budget_round = 1")
    op.add_column("submission", sa.Column("control_figure", sa.Numeric(18, 6), nullable=True))
    op.create_index(
        op.f("ix_submission_amends_id"), "submission", ["amends_id"], postgresql_where=sa.text("amends_id is not null")
    )
