"""The walk of the lifecycle: the shipped process holds, and each kind of fault is seen when it is there."""

from __future__ import annotations

import pytest

from workflows import policy
from workflows.diagram import diagram
from workflows.lifecycle import ROWS, Action, Role, RouteKind, State
from workflows.lifecycle_check import LifecycleFault, check_lifecycle, rows_taken
from workflows.route import Desk, Level, Need, Route, SeatRule, shipped_route

TARGET, EVALUATION = shipped_route("city-standard"), shipped_route("city-evaluation")
HEAD = SeatRule(Role.DEPT_HEAD, Desk.OWN)
SUPERIOR = SeatRule(Role.SUPERIOR_REVIEWER, Desk.SUPERIOR)
OFFICE = SeatRule(Role.FINANCE_PERFORMANCE_OFFICE, Desk.FINANCE)


def route(kind: RouteKind, *levels: Level) -> Route:
    """A route as data could never be: past the checks of `read_route`."""
    return Route("odd", 1, kind, levels, "test")


def test_the_shipped_process_holds_and_takes_every_row() -> None:
    assert check_lifecycle(TARGET, EVALUATION) == []
    assert rows_taken(TARGET, EVALUATION) == {row.name for row in ROWS}


@pytest.mark.parametrize("need", [Need.ALL, Need.K])
@pytest.mark.slow
def test_levels_of_several_seats_hold_too(need: Need) -> None:
    joint = Level(1, (HEAD, SUPERIOR, OFFICE), need, k=2)
    reply = Level(2, (SeatRule(Role.FINANCE_BUDGET_OFFICE, Desk.FINANCE),), is_reply=True)
    assert check_lifecycle(route(RouteKind.TARGET, joint, reply), EVALUATION) == []


def test_a_level_that_some_units_have_nobody_for_is_a_dead_end() -> None:
    ends = route(RouteKind.EVALUATION, Level(1, (HEAD,)), Level(2, (SUPERIOR,)))
    faults = check_lifecycle(TARGET, ends)
    assert {fault.shape for fault in faults} == {"without_superior"}
    assert LifecycleFault("dead_end", "without_superior", "year_end_evaluation level 1") in faults
    assert all(fault.reason == "dead_end" for fault in faults)


@pytest.mark.slow
def test_without_the_separation_of_duties_one_person_would_be_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_separation", lambda _actor, _row, _facts: None)
    faults = check_lifecycle(TARGET, EVALUATION)
    assert {fault.place for fault in faults if fault.reason == "one_person"} == {
        "approved",
        "year_end_evaluation",
        "closed",
    }
    twice = {fault.place for fault in faults if fault.reason == "decided_twice"}
    assert {"review level 2", "year_end_evaluation level 2"} <= twice
    assert {fault.reason for fault in faults} == {"one_person", "decided_twice"}


def test_a_missing_row_leaves_forms_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {state: tuple(row for row in ROWS if row.source is state) for state in State}
    rows[State.YEAR_END_EVALUATION] = tuple(
        row for row in rows[State.YEAR_END_EVALUATION] if row.action is not Action.CONFIRM
    )
    monkeypatch.setattr("workflows.engine._ROWS_FROM", rows)
    places = {fault.place for fault in check_lifecycle(TARGET, EVALUATION) if fault.reason == "dead_end"}
    assert {"draft", "review level 1", "approved", "year_end_evaluation"} <= places


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_diagram_shows_every_state_and_every_action(lang: str) -> None:
    drawn = diagram(lang)
    assert drawn.startswith("stateDiagram-v2\n")
    for state in State:
        assert f" as {state}\n" in drawn
    for row in ROWS:
        arrow = next(line for line in drawn.splitlines() if f"    {row.source} --> {row.target}: " in line)
        assert row.action in arrow


def test_the_diagram_tells_what_narrows_an_action() -> None:
    drawn = diagram("en")
    assert "approved --> year_end_evaluation: open_evaluation (also by the timer)" in drawn
    assert "issue_reply (last level)" in drawn
    assert "return_for_revision (to an earlier level)" in drawn
