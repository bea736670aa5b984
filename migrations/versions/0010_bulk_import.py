"""Bulk import: a job for each zip of form files, and a row for each file that carries its lease and its result."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_bulk_import"
down_revision = "0009_attachments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_import",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cycle_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(), server_default="rehearsal", nullable=False),
        sa.Column("overwrite", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("phase in ('rehearsal', 'import')", name=op.f("ck_bulk_import_phase")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_bulk_import_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_bulk_import_file_id_file")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_bulk_import_requested_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_import")),
    )
    op.create_index("ix_bulk_import_person", "bulk_import", ["requested_by", "id"])
    op.create_table(
        "bulk_import_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bulk_import_id", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="due", nullable=False),
        sa.Column("lease_no", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("submission_id", sa.BigInteger(), nullable=True),
        sa.Column("changes", sa.BigInteger(), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("refusal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('due', 'claimed', 'done', 'failed', 'cancelled')", name=op.f("ck_bulk_import_file_state")
        ),
        sa.ForeignKeyConstraint(
            ["bulk_import_id"], ["bulk_import.id"], name=op.f("fk_bulk_import_file_bulk_import_id_bulk_import")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_bulk_import_file_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_bulk_import_file_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_import_file")),
        sa.UniqueConstraint("bulk_import_id", "member", name=op.f("uq_bulk_import_file_bulk_import_id_member")),
    )
    op.create_index("ix_bulk_import_file_due", "bulk_import_file", ["id"], postgresql_where="state = 'due'")
    op.create_index("ix_bulk_import_file_claimed", "bulk_import_file", ["id"], postgresql_where="state = 'claimed'")
    op.create_index(
        "uq_bulk_import_file_one_of_unit",
        "bulk_import_file",
        ["bulk_import_id", "department_id"],
        unique=True,
        postgresql_where="state = 'done'",
    )


def downgrade() -> None:
    op.drop_table("bulk_import_file")
    op.drop_table("bulk_import")
