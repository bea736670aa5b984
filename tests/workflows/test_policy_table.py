"""The page of the policy is current, complete and true; a cell that breaks is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from workflows.engine import allowed
from workflows.facts import SYSTEM, Actor, Decision, Facts, Grant, Place, Seat
from workflows.lifecycle import ROWS, Action, At, By, Ends, Role, RouteKind, State, To, Transition
from workflows.policy import REACH, Reach, Scope, Sees, covers
from workflows.policy_table import POSITIONS, by_role, by_seat, page
from workflows.route import NO_REVIEWERS, read_route

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
UNIT, SUPERIOR, OFFICE, BUREAU = 1, 2, 3, 4
DESKS = (UNIT, SUPERIOR, OFFICE, BUREAU)
PLACE = Place(UNIT, (SUPERIOR, UNIT), SUPERIOR, OFFICE, BUREAU)
SOMEBODY = 7


def test_the_page_is_what_the_command_prints() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: jixiao lifecycle table > docs/policy.md"


# What the engine does, cell by cell


def facts_at(state: State, at: At, *, ends: Ends = Ends.REPLY, **more: Any) -> Facts:  # noqa: ANN401 - the fields of Facts
    """A form there; levels 1 and 2 of its route, both of which ask for a grade."""
    seat = {"role": "dept_head", "desk": "own"}
    levels = [
        {"seats": [seat], "asks_grade": True},
        {"seats": [seat], "is_reply": state is not State.YEAR_END_EVALUATION},
    ]
    levels[1]["asks_grade"] = True
    kind = RouteKind.EVALUATION if state is State.YEAR_END_EVALUATION else RouteKind.TARGET
    route = read_route({"code": "x", "version": 1, "kind": kind.value, "source": "x", "levels": levels})
    level = {At.NONE: None, At.NOT_LAST: 1, At.LAST: 2}[at]
    return Facts(state, level, 3, 1, PLACE, route, kind, ends=ends, form="department_overall@2022", **more)


def offered(actor: Actor, facts: Facts) -> set[Action]:
    return {button.action for button in allowed(actor, facts)}


def fits(action: Action, state: State, ends: Ends, rows: tuple[Transition, ...] = ROWS) -> bool:
    return any(row.action is action and row.source is state and row.ends in (Ends.ANY, ends) for row in rows)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_offered_what_its_cells_say_and_nothing_outside_its_reach(role: Role) -> None:
    for (state, at), ends, desk in product(POSITIONS, Ends, DESKS):
        grant = Grant(role, desk)
        said = {one for one in by_role(role, state, at) if fits(one, state, ends)} if covers(grant, PLACE) else set()
        assert offered(Actor(SOMEBODY, "x", (grant,)), facts_at(state, at, ends=ends)) == said, (state, at, ends, desk)


@pytest.mark.parametrize("role", [role for role in Role if role not in NO_REVIEWERS])
@pytest.mark.parametrize("number", [1, 101], ids=["of the route", "added"])
def test_a_seat_gives_what_its_cells_say(role: Role, number: int) -> None:
    for (state, at), ends, desk in product(POSITIONS, Ends, DESKS):
        if at is At.NONE:
            continue
        grant = Grant(role, desk)
        facts = facts_at(state, at, ends=ends)
        seat = Seat(1, facts.level or 0, number, role, desk, SOMEBODY if number > 100 else None)
        said = by_seat(state, at, By.ADDED if number > 100 else By.ROUTE) - {Action.UNDO_PASS}
        said |= by_role(role, state, at) if covers(grant, PLACE) else set()
        said = {one for one in said if fits(one, state, ends)}
        assert offered(Actor(SOMEBODY, "x", (grant,)), replace(facts, seats=(seat,))) == said, (state, at, ends, desk)


def test_a_pass_of_one_s_own_gives_its_undo_and_nothing_else() -> None:
    for state, at in POSITIONS:
        facts = facts_at(state, at)
        mine = Decision(1, 1, SOMEBODY, Action.PASS)
        actor = Actor(SOMEBODY, "x", (Grant(Role.DEPT_HEAD, UNIT),))
        said = {Action.UNDO_PASS} & by_seat(state, at)
        assert offered(actor, replace(facts, decisions=(mine,))) == said, (state, at)


def test_the_system_is_offered_its_own_rows() -> None:
    for state, at in POSITIONS:
        assert offered(SYSTEM, facts_at(state, at)) == {
            row.action for row in ROWS if row.system and row.source is state and row.at is at
        }


# Breaking a cell

OTHER: dict[str, Any] = {
    "action": lambda row: Action.REOPEN if row.action is not Action.REOPEN else Action.EDIT,
    "source": lambda row: State.CLOSED if row.source is not State.CLOSED else State.DRAFT,
    "target": lambda row: State.CLOSED if row.target is not State.CLOSED else State.DRAFT,
    "at": lambda row: At.LAST if row.at is not At.LAST else At.ANY,
    "to": lambda row: To.FIRST if row.to is not To.FIRST else To.NEXT,
    "kind": lambda row: {None: RouteKind.TARGET, RouteKind.TARGET: RouteKind.EVALUATION}.get(row.kind),
    "by": lambda row: By.ADDED if row.by is not By.ADDED else By.ANY,
    "ends": lambda row: Ends.ADJUSTMENT if row.ends is not Ends.ADJUSTMENT else Ends.ANY,
}
FLAGS = ("comment", "checks_form", "reviews", "grades", "system", "records", "to_level", "names_person")


def broken(row: Transition) -> Iterator[tuple[str, tuple[Transition, ...]]]:
    """The row without each of its roles, with each other role, with each field changed, and gone."""
    yield "gone", ()
    for role in Role:
        yield f"roles ^ {role}", (replace(row, roles=row.roles ^ {role}),)
    for name, other in OTHER.items():
        yield name, (replace(row, **{name: other(row)}),)
    for name in FLAGS:
        turned: dict[str, Any] = {name: not getattr(row, name)}
        yield name, (replace(row, **turned),)


def test_every_field_of_a_row_can_be_broken() -> None:
    assert set(OTHER) | set(FLAGS) | {"roles"} == set(Transition.__dataclass_fields__)


@pytest.mark.parametrize("at", range(len(ROWS)), ids=[f"{row.name}:{row.by}:{row.target}" for row in ROWS])
def test_a_row_that_breaks_makes_another_page(at: int) -> None:
    stands = PAGE.read_text("utf-8")
    for what, put in broken(ROWS[at]):
        assert page((*ROWS[:at], *put, *ROWS[at + 1 :])) != stands, what


@pytest.mark.parametrize("role", list(Role))
def test_a_reach_that_breaks_makes_another_page(role: Role) -> None:
    stands = PAGE.read_text("utf-8")
    for scope, sees in product(Scope, Sees):
        changed = Reach(scope, sees)
        hidden = scope is Scope.NOTHING is REACH[role].scope  # who reaches nothing sees nothing, whenever
        if changed != REACH[role] and not hidden:
            assert page(reach={**REACH, role: changed}) != stands, (scope, sees)
