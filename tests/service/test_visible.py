"""The policy in Python and the filter in SQL give the same answer on every role, state, place and moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.queries.submissions import read
from service.queries.visible import visible_ids
from tests.factories import City, make_city, make_draft, make_person
from workflows.lifecycle import Role, State
from workflows.policy import may_see

_EVIDENCE = "(cast(:state as text) in ('approved', 'year_end_evaluation', 'closed'))"
# History is forced here, past the one recording place and its trigger, to reach every cell; rolled back at the end.
_FORCE = text(f"""
update submission set state = cast(:state as text), level = case when cast(:state as text) = 'review' then 1 end,
    submitted_at = cast(:submitted_at as timestamptz),
    approved_at = case when {_EVIDENCE} then now() end, reply_number = case when {_EVIDENCE} then 'x' end,
    closed_at = case when cast(:state as text) = 'closed' then now() end
where id = :id
""")


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


@pytest.mark.parametrize("filler", ["filler", "filler2"])
def test_both_twins_agree_on_every_cell(session: Session, filler: str) -> None:
    city = make_city(session, today=date(2026, 11, 24))
    form = make_draft(session, city, filler=filler)
    connection = session.connection()
    readers = [
        make_person(session, f"{role.value}.{name}.{filler}", **{role.value: desk})
        for role, (name, desk) in product(Role, desks(city).items())
    ]
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
