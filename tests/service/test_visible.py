"""Policy in Python and filters in SQL give the same answer on every role, state, place and moment, held or delegated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.models.delegation import Delegation
from service.queries.actor import by_id
from service.queries.facts import facts_of
from service.queries.recipients import ABLE
from service.queries.submissions import read
from service.queries.visible import IN_REACH, visible_ids
from tests.factories import City, make_city, make_draft, make_person
from workflows.facts import Actor, Grant
from workflows.lifecycle import Role, State
from workflows.policy import barred, covers, grant_at, may_see

_EVIDENCE = "(cast(:state as text) in ('approved', 'year_end_evaluation', 'closed'))"
# History is forced here, past the one recording place and its trigger, to reach every cell; rolled back at the end.
_FORCE = text(f"""
update submission set state = cast(:state as text), level = case when cast(:state as text) = 'review' then 1 end,
    submitted_at = cast(:submitted_at as timestamptz),
    approved_at = case when {_EVIDENCE} then now() end, reply_number = case when {_EVIDENCE} then 'x' end,
    closed_at = case when cast(:state as text) = 'closed' then now() end
where id = :id
""")

_REACHED = text(f"""
select {IN_REACH} from department d join department b on b.kind = 'finance_bureau' where d.id = :id
""")
_TYPED = text(
    "insert into draft_editor (submission_id, person_id, kind) values (:id, :person, 'target') on conflict do nothing"
)
_OPENED = text("""
insert into work_item (submission_id, route_kind, round, level, seat, role, department_id, person_id, due_at, opened_at)
values (:id, 'target', 0, 1, :seat, :role, :department, :person, now(), now())
""")
_TOLD = text(f"select w.id, able.person_id from work_item w {ABLE} where w.submission_id = :id")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


def desks(city: City) -> dict[str, int]:
    return {
        "unit": city.unit,
        "superior": city.superior,
        "below": city.below,
        "office": city.office,
        "bureau": city.bureau,
    }


def readers_of(session: Session, city: City, mark: str) -> list[Actor]:
    """Somebody for each role at each desk, and for each a delegate who holds nothing but what was lent to them."""
    readers = []
    for role, (name, desk) in product(Role, desks(city).items()):
        owner = make_person(session, f"{role.value}.{name}.{mark}", **{role.value: desk})
        delegate = make_person(session, f"for.{role.value}.{name}.{mark}")
        now = datetime.now(UTC)
        days = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)}
        given = {"person_id": owner.id, "delegate_id": delegate.id, "role": role, "department_id": desk, "reason": "x"}
        session.add(Delegation(**given, **days, set_by=owner.id))
        session.flush()
        lent = by_id(session.connection(), delegate.id or 0)
        assert lent is not None
        assert lent.grants == (Grant(role, desk, owner.id),)
        readers += [owner, lent]
    return readers


@pytest.mark.parametrize("filler", ["filler", "filler2"])
def test_both_twins_agree_on_every_cell(session: Session, filler: str) -> None:
    city = make_city(session, today=date(2026, 11, 24))
    form = make_draft(session, city, filler=filler)
    connection = session.connection()
    readers = readers_of(session, city, filler)
    disagreements, seen = [], 0
    for state, submitted in product(State, (None, datetime(2026, 11, 24, tzinfo=UTC))):
        connection.execute(_FORCE, {"id": form, "state": state.value, "submitted_at": submitted})
        place = read(connection, form).place
        for reader in readers:
            python = may_see(reader, place, state=state, submitted=submitted is not None)
            sql = form in visible_ids(connection, reader, ids=[form])
            disagreements += [(reader.name, state, submitted)] if python is not sql else []
            seen += python
    assert not disagreements
    assert seen > 0
    assert seen < len(readers) * len(State) * 2


@pytest.mark.parametrize("filler", ["filler", "filler2"])
def test_a_unit_is_within_the_same_reach_for_both(session: Session, filler: str) -> None:
    city = make_city(session, today=date(2026, 11, 24))
    form = make_draft(session, city, filler=filler)
    place = read(session.connection(), form).place
    within = 0
    for reader in readers_of(session, city, filler):
        python = any(covers(grant, place) for grant in reader.grants)
        sql = session.execute(_REACHED, {"id": place.department_id, "person_id": reader.id}).scalar_one()
        assert python is sql, reader.name
        within += python
    assert 0 < within < 2 * len(Role) * 5


@pytest.mark.parametrize("filler", ["filler", "filler2"])
def test_who_is_told_is_who_can_act_on_every_desk(session: Session, filler: str) -> None:
    """An open seat of each role at each desk, named and not, some held by somebody who prepared the form or decided."""
    city = make_city(session, today=date(2026, 11, 24))
    form = make_draft(session, city, filler=filler)
    readers = readers_of(session, city, filler)
    connection = session.connection()
    connection.execute(_FORCE, {"id": form, "state": "review", "submitted_at": datetime(2026, 11, 24, tzinfo=UTC)})
    for editor in readers[::7]:
        connection.execute(_TYPED, {"id": form, "person": editor.id})
    for number, reader in enumerate(readers[::2]):  # the owners, for whom every second one after them stands in
        grant = reader.grants[0]
        place = {"id": form, "seat": number + 1, "role": grant.role.value, "department": grant.department_id}
        connection.execute(_OPENED, {**place, "person": reader.id if number % 3 == 0 else None})
    told = {tuple(row) for row in connection.execute(_TOLD, {"id": form})}
    facts = facts_of(connection, read(connection, form))
    can = set()
    for seat, reader in product(facts.seats, readers):
        held = grant_at(reader, seat)
        if held is not None and (seat.level == 0 or barred(facts, reader.eyes(held)) is None):
            can.add((seat.work_item_id, reader.id))
    assert told & {(item, reader.id) for item, reader in product({one for one, _ in told}, readers)} == can
    assert len(can) > len(Role)
