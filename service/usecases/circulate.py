"""抄送: give a copy of a form to people who may see it, and mark one's own copy as read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

from service.queries.courtesies import readers_of
from service.queries.seen import seen
from workflows.courtesies import speaking_as
from workflows.errors import InvalidRequest
from workflows.facts import Actor

MOST = 50
_GIVE = text("""
with given as (
    insert into circulation (submission_id, person_id, given_by, role, department_id)
    select :submission_id, x.id, :given_by, :role, :department_id from unnest(:people) x(id)
    on conflict (submission_id, person_id) do nothing returning id),
queued as (
    insert into outbox (topic, dedupe_key, payload)
    select 'circulation', 'circulation:' || id, jsonb_build_object('circulation_id', id) from given returning 1)
select count(*) as given, pg_notify('jixiao_outbox', '') from given
""").bindparams(bindparam("people", type_=ARRAY(BigInteger)))
_READ = text("""
update circulation set read_at = now()
where person_id = :person_id and submission_id = :submission_id and read_at is null
""")


def circulate(connection: Connection, actor: Actor, *, submission_id: int, people: Sequence[int]) -> int:
    """Give copies; who has one keeps it. Returns how many were new.

    Raises NotFound, NotAllowed, and InvalidRequest for nobody, oneself, and people who may not see the form.
    """
    case = seen(connection, actor, submission_id=submission_id)
    grant = speaking_as(actor, case.place)
    wanted = sorted(set(people))
    if not 1 <= len(wanted) <= MOST:
        raise InvalidRequest("copies_size", field="people", limit=str(MOST))
    readers = {one.id for one in readers_of(connection, submission_id, ids=wanted)}
    if actor.id in wanted or not readers.issuperset(wanted):
        raise InvalidRequest("no_reader", field="people")
    values: dict[str, object] = {"submission_id": submission_id, "given_by": actor.id, "people": wanted}
    values |= {"role": grant.role.value, "department_id": grant.department_id}
    return int(connection.execute(_GIVE, values).one().given)


def read_copy(connection: Connection, actor: Actor, *, submission_id: int) -> None:
    """Mark one's own copy of a form as read. Somebody else's is left alone."""
    connection.execute(_READ, {"person_id": actor.id, "submission_id": submission_id})
