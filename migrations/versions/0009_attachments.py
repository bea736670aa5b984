"""Attachments of forms and rows, and the list that each revision keeps of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009_attachments"
down_revision = "0008_indicator_library"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("row_id", sa.String(), nullable=True),
        sa.Column("scan", sa.String(length=40), nullable=False),
        sa.Column("scan_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("virus", sa.String(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_by", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(section is null) = (row_id is null)", name=op.f("ck_attachment_row")),
        sa.CheckConstraint("(removed_at is null) = (removed_by is null)", name=op.f("ck_attachment_removed")),
        sa.CheckConstraint("(scan = 'pending') = (scan_due_at is not null)", name=op.f("ck_attachment_scan_due")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_attachment_submission_id_submission")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_attachment_file_id_file")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_attachment_created_by_person")),
        sa.ForeignKeyConstraint(["removed_by"], ["person.id"], name=op.f("fk_attachment_removed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("file_id", name=op.f("uq_attachment_file_id")),
    )
    op.create_index("ix_attachment_submission", "attachment", ["submission_id", "id"])
    op.create_index(
        "ix_attachment_pending", "attachment", ["scan_due_at", "id"], postgresql_where=sa.text("scan = 'pending'")
    )
    op.create_index(
        "ix_attachment_removed", "attachment", ["removed_at"], postgresql_where=sa.text("removed_at is not null")
    )
    op.create_table(
        "revision_attachment",
        sa.Column("revision_id", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("row_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_revision_attachment_revision_id_revision")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_revision_attachment_attachment_id_attachment")
        ),
        sa.PrimaryKeyConstraint("revision_id", "attachment_id", name=op.f("pk_revision_attachment")),
    )
    op.create_index(op.f("ix_revision_attachment_attachment_id"), "revision_attachment", ["attachment_id"])
    op.execute(
        "create trigger kept before update or delete on revision_attachment for each row execute function refuse_change()"
    )
    op.execute("create trigger kept_whole before truncate on revision_attachment execute function refuse_change()")


def downgrade() -> None:
    op.drop_table("revision_attachment")
    op.drop_table("attachment")
