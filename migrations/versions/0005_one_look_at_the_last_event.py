"""The guard of the state reads the form and its last event in one look instead of two: it runs with every decision."""

from alembic import op

revision = "0005_one_look_at_the_last_event"
down_revision = "0004_password_age"
branch_labels = None
depends_on = None

_RAISE = """
        raise exception 'submission % is not where its last event left it', new.id
            using errcode = 'integrity_constraint_violation', constraint = 'submission_is_last_event';
    end if;
    return null;
end $$
"""

# The row is read again: a transaction may move a form twice, and the trigger fires once for each.
_ONE_LOOK = f"""
create or replace function submission_is_last_event() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from submission form cross join lateral (select * from event
                where subject_kind = 'submission' and subject_id = form.id order by seq desc limit 1) last
            where form.id = new.id and last.seq = form.version and last.to_state = form.state
                and last.to_level is not distinct from form.level and last.hash = form.head_hash) then {_RAISE}
"""  # noqa: S608 - constant text

_TWO_LOOKS = f"""
create or replace function submission_is_last_event() returns trigger language plpgsql as $$
declare
    form submission;
    last event;
begin
    select * into form from submission where id = new.id;
    select * into last from event
        where subject_kind = 'submission' and subject_id = new.id order by seq desc limit 1;
    if last.to_state is distinct from form.state or last.to_level is distinct from form.level
        or last.seq is distinct from form.version or last.hash is distinct from form.head_hash then {_RAISE}
"""  # noqa: S608 - constant text


def upgrade() -> None:
    op.execute(_ONE_LOOK)


def downgrade() -> None:
    op.execute(_TWO_LOOKS)
