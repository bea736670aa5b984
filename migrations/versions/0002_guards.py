"""What the database itself refuses: changed history, a state without its event, an administrator with business rights."""

from alembic import op

revision = "0002_guards"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None

_KEPT_FOR_EVER = ("event", "revision", "revision_task", "revision_indicator")

_REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'restrict_violation';
end $$
"""

# An opinion is voided by a later event and otherwise stays as it was said.
_OPINION = """
create function opinion_only_voids() returns trigger language plpgsql as $$
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

# The row is read again: a transaction may move a form twice, and the trigger fires once for each.
_STATE = """
create function submission_is_last_event() returns trigger language plpgsql as $$
declare
    form submission;
    last event;
begin
    select * into form from submission where id = new.id;
    select * into last from event
        where subject_kind = 'submission' and subject_id = new.id order by seq desc limit 1;
    if last.to_state is distinct from form.state or last.to_level is distinct from form.level
        or last.seq is distinct from form.version or last.hash is distinct from form.head_hash then
        raise exception 'submission % is not where its last event left it', new.id
            using errcode = 'integrity_constraint_violation', constraint = 'submission_is_last_event';
    end if;
    return null;
end $$
"""

# 三员分立: one of three powers, and no business right beside it (GB/T 22239-2019, 8.1.10).
_ADMINISTRATORS = """
create function one_administrator() returns trigger language plpgsql as $$
begin
    if (select count(distinct role) > 1 from role_assignment
            where person_id = new.person_id
            and exists (select 1 from role_assignment a where a.person_id = new.person_id
                and a.role in ('sys_admin', 'sec_admin', 'audit_admin'))) then
        raise exception 'an administrator holds one power and nothing else'
            using errcode = 'check_violation', constraint = 'ck_role_assignment_one_administrator';
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    for function in (_REFUSE, _OPINION, _STATE, _ADMINISTRATORS):
        op.execute(function)
    for table in _KEPT_FOR_EVER:
        op.execute(
            f"create trigger kept before update or delete on {table} for each row execute function refuse_change()"
        )
        op.execute(f"create trigger kept_whole before truncate on {table} execute function refuse_change()")
    op.execute(
        "create trigger voided before update or delete on opinion for each row execute function opinion_only_voids()"
    )
    op.execute("create trigger kept_whole before truncate on opinion execute function refuse_change()")
    op.execute(
        "create constraint trigger submission_is_last_event after insert or update of state, level, version, head_hash"
        " on submission deferrable initially deferred for each row execute function submission_is_last_event()"
    )
    op.execute(
        "create constraint trigger one_administrator after insert or update on role_assignment"
        " deferrable initially deferred for each row execute function one_administrator()"
    )
    # Room on the page for the next version of a row: a decision changes no indexed column but `updated_at`.
    op.execute("alter table submission set (fillfactor = 85)")


def downgrade() -> None:
    for table in _KEPT_FOR_EVER:
        op.execute(f"drop trigger kept on {table}")
        op.execute(f"drop trigger kept_whole on {table}")
    op.execute("drop trigger voided on opinion")
    op.execute("drop trigger kept_whole on opinion")
    op.execute("drop trigger submission_is_last_event on submission")
    op.execute("drop trigger one_administrator on role_assignment")
    for function in ("refuse_change", "opinion_only_voids", "submission_is_last_event", "one_administrator"):
        op.execute(f"drop function {function}")
