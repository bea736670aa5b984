"""Any route is refused where it is read, or holds: random ones are walked, and what the walk could miss is broken on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows import route_check
from workflows.lifecycle import RouteKind
from workflows.lifecycle_check import LifecycleFault
from workflows.refusals import explained_error
from workflows.route import Route, RouteFault, read_route, shipped_route
from workflows.route_check import UnsoundRoute, check_route, needs_sound

ROLES = ("dept_head", "superior_reviewer", "finance_business_office", "finance_budget_office", "filler")
SEATS = st.fixed_dictionaries(
    {"role": st.sampled_from(ROLES), "desk": st.sampled_from(("own", "superior", "business_office", "finance"))}
)
LEVELS = st.fixed_dictionaries(
    {"seats": st.lists(SEATS, min_size=1, max_size=2)},
    optional={
        "need": st.sampled_from(("any", "all", "k")),
        "k": st.integers(1, 2),
        "in_order": st.booleans(),
        "asks_grade": st.booleans(),
        "when": st.sampled_from(({}, {"amount": "500"}, {"forms": ["project"]})),
        "escalate_to": SEATS,
        "if_nobody": st.sampled_from(("wait", "skip", "escalate")),
    },
)
LAST = st.fixed_dictionaries({"seats": st.lists(SEATS, min_size=1, max_size=2)})


def data(kind: str, levels: list[dict[str, Any]]) -> dict[str, Any]:
    """A route whose last level ends it."""
    levels = [*levels[:-1], levels[-1] | ({"is_reply": True} if kind == "target" else {})]
    return {"code": "random", "version": 1, "kind": kind, "source": "test", "levels": levels}


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(("target", "evaluation")), st.lists(LEVELS, max_size=2), LAST)
def test_every_route_is_refused_or_holds(kind: str, levels: list[dict[str, Any]], last: dict[str, Any]) -> None:
    read = route_or_fault(data(kind, [*levels, last]))
    if isinstance(read, RouteFault):
        assert read.level is not None
        assert all(explained_error(read, lang=lang) for lang in ("zh", "en"))
    else:
        assert check_route(read) == ()


def route_or_fault(written: dict[str, Any]) -> Route | RouteFault:
    """What reading it comes to."""
    try:
        return read_route(written)
    except RouteFault as fault:
        return fault


def seat(role: str, desk: str = "own", **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - settings of a level
    return {"seats": [{"role": role, "desk": desk}], **settings}


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The chains that would be walked, by the roles of their levels."""
    chains = list[tuple[str, ...]]()

    def note(_kind: object, levels: tuple[Any, ...], _most: int) -> tuple[LifecycleFault, ...]:
        chains.append(tuple(str(level.seats[0].role) for level in levels))
        assert [level.number for level in levels] == list(range(1, len(levels) + 1))
        return (LifecycleFault("dead_end", "with_superior", f"review level {len(levels)}"),)

    monkeypatch.setattr(route_check, "_walked", note)
    return chains


def test_each_chain_that_conditions_and_empty_desks_make_is_walked(walked: list[tuple[str, ...]]) -> None:
    levels = [
        seat("dept_head", when={"amount": "500"}),
        seat("superior_reviewer", if_nobody="skip"),
        seat("finance_business_office", when={"forms": ["project"]}),
        seat("external_expert", if_nobody="escalate", escalate_to={"role": "finance_performance_office", "desk": "finance"}),
        seat("finance_budget_office", "finance"),
    ]  # fmt: skip
    faults = check_route(read_route(data("target", levels)))
    whole = ("dept_head", "superior_reviewer", "finance_business_office", "external_expert", "finance_budget_office")
    assert set(walked) >= {
        whole,
        whole[1:],
        whole[:2] + whole[3:],
        whole[:1] + whole[2:],
        (*whole[:3], "finance_performance_office", whole[4]),
        ("finance_performance_office", "finance_budget_office"),
    }
    assert len(walked) == len(set(walked)) == 16
    assert [fault.params["at"] for fault in faults] == ["5"], "faults name the level as the route was written"


def test_a_route_with_more_chains_than_are_walked_is_refused(walked: list[tuple[str, ...]]) -> None:
    levels = [seat("dept_head", when={"amount": str(step)}, if_nobody="skip") for step in range(8)]
    with pytest.raises(RouteFault, match=r"^route\.too_large$"):
        check_route(read_route(data("evaluation", [*levels, seat("dept_head")])))
    assert walked == []


def test_a_walk_that_grows_too_large_is_given_up_with_words() -> None:
    with pytest.raises(RouteFault, match=r"^route\.too_large$") as refused:
        check_route(shipped_route("city-evaluation"), most=20)
    assert all(explained_error(refused.value, lang=lang) for lang in ("zh", "en"))


def test_what_the_walk_finds_is_said_in_words(walked: list[tuple[str, ...]]) -> None:
    with pytest.raises(UnsoundRoute) as refused:
        needs_sound(shipped_route("city-standard"))
    assert explained_error(refused.value, lang="zh") == "有主管部门的单位的单据到“审核中”第 5 级后不能办结。"
    assert explained_error(refused.value, lang="en").startswith("A form of units with a superior that comes to")
    assert [fault.reason for fault in refused.value.faults] == ["route.dead_end_level"]
    assert walked


def test_a_route_without_separation_of_duties_is_unsound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policy._separation", lambda _actor, _row, _facts: None)
    route_check._walked.cache_clear()
    short = read_route(data(RouteKind.TARGET.value, [seat("dept_head"), seat("finance_budget_office", "finance")]))
    reasons = {fault.reason for fault in check_route(short)}
    route_check._walked.cache_clear()
    assert {"route.one_person", "route.decided_twice"} <= reasons
