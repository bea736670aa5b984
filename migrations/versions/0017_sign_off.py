"""Sign-off in full: delegations, seats handed over or added, named sections after a return, accounts of one person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_sign_off"
down_revision = "0016_review_remarks"
branch_labels = None
depends_on = None

# What a person may do this moment: the roles of their own, and those that others delegated to them for these days. A role
# that its holder lost is lost to the delegate too, and what was delegated can't be delegated on: only rows of
# role_assignment are joined.
_IN_FORCE = """
create view grant_in_force as
select g.person_id, g.role, g.department_id, null::bigint as on_behalf_of from role_assignment g
union all
select x.delegate_id, x.role, x.department_id, x.person_id
from delegation x
    join role_assignment g on g.person_id = x.person_id and g.role = x.role and g.department_id = x.department_id
    join person p on p.id = x.person_id and p.active
where x.revoked_at is null and x.starts_at <= now() and now() < x.ends_at
"""


def upgrade() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("delegate_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("delegate_id <> person_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_delegation_days")),
        sa.CheckConstraint("(revoked_at is null) = (revoked_by is null)", name=op.f("ck_delegation_revoked")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_person_id_person")),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id_person")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_delegation_department_id_department")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_delegation_set_by_person")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_delegation_revoked_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    for side in ("delegate_id", "person_id"):
        op.create_index(
            f"ix_delegation_{side}",
            "delegation",
            [side],
            postgresql_where=sa.text("revoked_at is null"),
        )
    op.execute(_IN_FORCE)
    op.add_column("person", sa.Column("same_person_as_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_person_same_person_as_id_person"), "person", "person", ["same_person_as_id"], ["id"])
    op.create_check_constraint(op.f("ck_person_not_oneself"), "person", "same_person_as_id <> id")
    op.create_index(
        "ix_person_same_person",
        "person",
        ["same_person_as_id"],
        postgresql_where=sa.text("same_person_as_id is not null"),
    )
    op.add_column("opinion", sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_opinion_on_behalf_of_id_person"), "opinion", "person", ["on_behalf_of_id"], ["id"])
    op.add_column("opinion", sa.Column("criteria", postgresql.JSONB(), nullable=True))
    op.add_column("work_item", sa.Column("added_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_work_item_added_by_id_person"), "work_item", "person", ["added_by_id"], ["id"])
    op.add_column("work_item", sa.Column("holds_up_seat", sa.BigInteger(), nullable=True))
    op.add_column("submission", sa.Column("unlocked_sections", postgresql.ARRAY(sa.String()), nullable=True))
