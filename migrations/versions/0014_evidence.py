"""Signed heads over all chains, and bodies that two people may empty where the law forbids to keep them."""

import sqlalchemy as sa
from alembic import op

revision = "0014_evidence"
down_revision = "0013_filing_leftovers"
branch_labels = None
depends_on = None

_KEPT_FOR_EVER = ("chain_head", "chain_leaf")

# An opinion is voided by a later event, or emptied after two people said so, and otherwise stays as it was said.
_OPINION = """
create or replace function opinion_only_voids() returns trigger language plpgsql as $$
declare
    expected opinion := old;
begin
    if tg_op = 'UPDATE' and exists (select 1 from withholding where opinion_id = old.id and outcome = 'confirmed') then
        expected.comment := '已依规移除';
        if new is not distinct from expected then
            return new;
        end if;
    end if;
    expected := old;
    expected.voided_by_event_id := new.voided_by_event_id;
    if tg_op = 'DELETE' or old.voided_by_event_id is not null or new is distinct from expected then
        raise exception 'an opinion is voided, never changed' using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""
_OPINION_BEFORE = """
create or replace function opinion_only_voids() returns trigger language plpgsql as $$
declare
    expected opinion := old;
begin
    expected.voided_by_event_id := new.voided_by_event_id;
    if tg_op = 'DELETE' or old.voided_by_event_id is not null or new is distinct from expected then
        raise exception 'an opinion is voided, never changed' using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""
_REVISION = """
create function revision_only_emptied() returns trigger language plpgsql as $$
declare
    expected revision := old;
begin
    if tg_op = 'UPDATE' and exists (select 1 from withholding where revision_id = old.id and outcome = 'confirmed') then
        expected.document := new.document;
        expected.findings := '[]';
        expected.waivers := '[]';
        expected.score := null;
        if new is not distinct from expected then
            return new;
        end if;
    end if;
    raise exception 'rows of revision are never changed' using errcode = 'restrict_violation';
end $$
"""
# The rows that were taken from a document for reports go with it.
_PROJECTION = """
create function projection_only_emptied() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        and exists (select 1 from withholding where revision_id = old.revision_id and outcome = 'confirmed') then
        return old;
    end if;
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'restrict_violation';
end $$
"""
_WITHHOLDING = """
create function withholding_only_settled() returns trigger language plpgsql as $$
declare
    expected withholding := old;
begin
    expected.settled_by := new.settled_by;
    expected.settled_at := new.settled_at;
    expected.outcome := new.outcome;
    if tg_op = 'DELETE' or old.outcome is not null or new is distinct from expected then
        raise exception 'a request is settled once, never changed' using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "chain_head",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chains", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_chain_head_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "chain_leaf",
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["head_seq"], ["chain_head.seq"], name=op.f("fk_chain_leaf_head_seq_chain_head")),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "head_seq", name=op.f("pk_chain_leaf")),
    )
    for table in _KEPT_FOR_EVER:
        op.execute(
            f"create trigger kept before update or delete on {table} for each row execute function refuse_change()"
        )
        op.execute(f"create trigger kept_whole before truncate on {table} execute function refuse_change()")
    op.create_table(
        "withholding",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("opinion_id", sa.String(), nullable=True),
        sa.Column("revision_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_by", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint("(opinion_id is null) <> (revision_id is null)", name=op.f("ck_withholding_one_body")),
        sa.CheckConstraint("settled_by <> asked_by", name=op.f("ck_withholding_two_people")),
        sa.CheckConstraint("outcome in ('confirmed', 'refused')", name=op.f("ck_withholding_outcome")),
        sa.CheckConstraint(
            "(outcome is null) = (settled_by is null) and (outcome is null) = (settled_at is null)",
            name=op.f("ck_withholding_settled"),
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_withholding_reason")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_withholding_submission_id_submission")
        ),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_withholding_opinion_id_opinion")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_withholding_revision_id_revision")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_withholding_asked_by_person")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_withholding_settled_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withholding")),
    )
    for column in ("opinion_id", "revision_id"):
        op.create_index(
            f"uq_withholding_{column}_once",
            "withholding",
            [column],
            unique=True,
            postgresql_where="outcome is distinct from 'refused'",
        )
    for function in (_OPINION, _REVISION, _PROJECTION, _WITHHOLDING):
        op.execute(function)
    op.execute(
        "create trigger settled before update or delete on withholding for each row execute function"
        " withholding_only_settled()"
    )
    op.execute("create trigger kept_whole before truncate on withholding execute function refuse_change()")
    for table, function in {
        "revision": "revision_only_emptied",
        "revision_task": "projection_only_emptied",
        "revision_indicator": "projection_only_emptied",
    }.items():
        op.execute(f"drop trigger kept on {table}")
        op.execute(f"create trigger kept before update or delete on {table} for each row execute function {function}()")


def downgrade() -> None:
    for table in ("revision", "revision_task", "revision_indicator"):
        op.execute(f"drop trigger kept on {table}")
        op.execute(
            f"create trigger kept before update or delete on {table} for each row execute function refuse_change()"
        )
    op.execute(_OPINION_BEFORE)
    op.drop_table("withholding")
    for function in ("revision_only_emptied", "projection_only_emptied", "withholding_only_settled"):
        op.execute(f"drop function {function}")
    op.drop_table("chain_leaf")
    op.drop_table("chain_head")
