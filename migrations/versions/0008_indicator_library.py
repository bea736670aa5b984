"""The indicator library with the history of its entries, and the cells that were copied from last year."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_indicator_library"
down_revision = "0007_presence"
branch_labels = None
depends_on = None


# A section that was just written is compared with its tags here, so that every writer of drafts is heard and none need
# know of tags, and a save costs no trip more. Most drafts have none: then it is one look at an index.
_FORGET = """
create function draft_section_forgets_copies() returns trigger language plpgsql as $$
begin
    delete from copied_cell c
    where c.submission_id = new.submission_id and c.section = new.section
        and c.value is distinct from case jsonb_typeof(new.body -> 'value')
            when 'array' then (select r -> c.field from jsonb_array_elements(new.body -> 'value') r
                where r ->> 'id' = c.row_id limit 1)
            when 'object' then new.body -> 'value' -> c.field
            else new.body -> 'value' end;
    return null;
end $$
"""
_ON_WRITE = """
create trigger draft_section_forgets_copies after update of body on draft_section
    for each row when (old.body is distinct from new.body) execute function draft_section_forgets_copies()
"""


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    _library()
    _history()
    _copied()


def _library() -> None:
    now = sa.text("now()")
    op.create_table(
        "library_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("level1", sa.String(), nullable=False),
        sa.Column("level2", sa.String(), nullable=False),
        sa.Column("level3", sa.String(), nullable=False),
        sa.Column("interpretation", sa.String(), nullable=True),
        sa.Column("comparator", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("aliases", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("suggested_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("scope in ('common', 'industry', 'department')", name=op.f("ck_library_entry_scope")),
        sa.CheckConstraint("(scope = 'industry') = (industry is not null)", name=op.f("ck_library_entry_industry")),
        sa.CheckConstraint(
            "(scope = 'department') = (department_id is not null)", name=op.f("ck_library_entry_department")
        ),
        sa.CheckConstraint(
            "status in ('active', 'retired', 'merged', 'suggested', 'declined')", name=op.f("ck_library_entry_status")
        ),
        sa.CheckConstraint("(status = 'merged') = (merged_into_id is not null)", name=op.f("ck_library_entry_merged")),
        sa.CheckConstraint("direction in ('positive', 'reverse', 'neutral')", name=op.f("ck_library_entry_direction")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_library_entry_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["library_entry.id"], name=op.f("fk_library_entry_merged_into_id_library_entry")
        ),
        sa.ForeignKeyConstraint(["suggested_by"], ["person.id"], name=op.f("fk_library_entry_suggested_by_person")),
        sa.ForeignKeyConstraint(["updated_by"], ["person.id"], name=op.f("fk_library_entry_updated_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_entry")),
        sa.UniqueConstraint("code", name=op.f("uq_library_entry_code")),
    )
    op.create_index(
        "ix_library_entry_search", "library_entry", ["search_text"], postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"}, postgresql_where="status = 'active'",
    )  # fmt: skip
    op.create_index("ix_library_entry_list", "library_entry", ["status", "code", "id"])
    op.create_index("ix_library_entry_name", "library_entry", ["level3"])
    # How many units use an entry is counted over the frozen indicators by their name.
    op.create_index("ix_revision_indicator_name", "revision_indicator", ["level3"])


def _history() -> None:
    op.create_table(
        "library_version",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_library_version_changed_by_person")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["library_entry.id"], name=op.f("fk_library_version_entry_id_library_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "version", name=op.f("pk_library_version")),
    )
    op.execute(
        "create trigger kept before update or delete on library_version for each row execute function refuse_change()"
    )


def _copied() -> None:
    op.create_table(
        "copied_cell",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checked_by", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["checked_by"], ["person.id"], name=op.f("fk_copied_cell_checked_by_person")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_copied_cell_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", "section", "row_id", "field", name=op.f("pk_copied_cell")),
    )
    op.execute(_FORGET)
    op.execute(_ON_WRITE)


def downgrade() -> None:
    op.execute("drop trigger draft_section_forgets_copies on draft_section")
    op.execute("drop function draft_section_forgets_copies")
    op.drop_table("copied_cell")
    op.drop_table("library_version")
    op.drop_index("ix_revision_indicator_name", table_name="revision_indicator")
    op.drop_table("library_entry")
