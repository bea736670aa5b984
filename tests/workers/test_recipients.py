"""The SQL of who is told, held against the policy of who may act, at every stop of a form's life."""

from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.queries.facts import facts_of
from service.queries.recipients import ABLE
from service.queries.submissions import read
from tests.factories import City, make_person
from tests.steps import Step
from tests.workers.conftest import REPLY, rows
from workflows.engine import allowed
from workflows.lifecycle import Action, Role

SEAT_ACTIONS = {
    Action.PASS, Action.ISSUE_REPLY, Action.CONFIRM, Action.SUBMIT, Action.SUBMIT_EVALUATION, Action.RETURN_FOR_REVISION,
}  # fmt: skip
_ABLE = text(
    f"select p.username from work_item w {ABLE} join person p on p.id = able.person_id where w.submission_id = :id"
)


def told(connection: Connection, form: int) -> set[str]:
    return set(connection.execute(_ABLE, {"id": form}).scalars())


def can_act(connection: Connection, city: City, form: int) -> set[str]:
    """Who has a button of a seat; at the fillers' own level their role is the seat."""
    facts = facts_of(connection, read(connection, form))
    return {
        name
        for name, actor in city.people.items()
        if any(
            button.action in SEAT_ACTIONS and button.reason in (None, "grade_required")
            for button in allowed(actor, facts)
        )
    }


def test_told_are_those_who_can_act_at_every_stop(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, step: Step
) -> None:
    with unit_of_work(factory) as session:
        for name, role, unit in (
            ("filler_b", Role.FILLER, city.unit),
            ("dept_head_b", Role.DEPT_HEAD, city.unit),
            ("office_b", Role.FINANCE_BUSINESS_OFFICE, city.office),
        ):
            city.people[name] = make_person(session, name, **{role.value: unit})
        # One of them prepared the form, another one sits at two levels.
        make_double = "insert into role_assignment (person_id, role, department_id) values (:person, :role, :unit)"
        doubles = (("filler", "dept_head", city.unit), ("dept_head_b", "finance_business_office", city.office))
        for name, role_name, unit in doubles:
            values: dict[str, Any] = {"person": city[name].id, "role": role_name, "unit": unit}
            session.execute(text(make_double), values)
    with engine.connect() as connection:
        from service.queries.actor import by_username

        for name in list(city.people):
            found = by_username(connection, name)
            assert found is not None
            city.people[name] = found
    stops: list[tuple[str, Action, dict[str, Any]]] = [
        ("dept_head", Action.RETURN_FOR_REVISION, {"comment": "请补充依据"}),
        ("filler_b", Action.SUBMIT, {}),
        ("dept_head_b", Action.PASS, {}),
        ("office_b", Action.PASS, {}),
        ("finance_performance_office", Action.PASS, {"grade": "excellent"}),
        ("finance_budget_office", Action.ISSUE_REPLY, dict(REPLY)),
        ("system", Action.OPEN_EVALUATION, {}),
    ]
    seen: list[set[str]] = []
    for who, action, fields in stops:
        with engine.connect() as connection:
            people = told(connection, submitted)
            assert people == can_act(connection, city, submitted), (who, action)
        seen.append(people)
        step(submitted, who, action, **fields)
    assert seen == [
        {"dept_head", "dept_head_b"},
        {"filler", "filler_b"},
        {"dept_head", "dept_head_b"},
        {"finance_business_office", "office_b"},
        {"finance_performance_office"},
        {"finance_budget_office"},
        set(),
    ]
    assert told_names(engine, submitted) == {"filler", "filler_b"}


def told_names(engine: Engine, form: int) -> set[str]:
    return {row.username for row in rows(engine, _ABLE.text, id=form)}
