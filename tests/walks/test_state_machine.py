"""Ten thousand steps of forms' lives on a real PostgreSQL, a hundred thousand at night, without a broken invariant."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from service.db import session_factory
from tests.walks.machine import LifeOfForms
from tests.walks.town import routes_of

SEED = 20261124
STEPS_OF_A_WALK = 100


def walk(engine: Engine, *, steps: int, start: int) -> Counter[str]:
    """So many steps, in walks of a hundred. `start` makes them the same each time."""
    factory = session_factory(engine)
    made = routes_of(engine, factory)

    @seed(start)
    class Walks(LifeOfForms):
        pass

    Walks.factory, Walks.routes = factory, made
    Walks.done, Walks.refused = Counter(), Counter()
    print(f"seed {start}")  # noqa: T201 - said first, for a walk that fails
    run_state_machine_as_test(
        Walks,
        settings=settings(
            max_examples=steps // STEPS_OF_A_WALK + steps // 1000,  # some walks end early
            stateful_step_count=STEPS_OF_A_WALK,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a walk that fails is printed as it was; shrinking it takes an hour
            suppress_health_check=list(HealthCheck),
        ),
    )
    print("done", dict(Walks.done.most_common()), "refused", dict(Walks.refused.most_common(40)))  # noqa: T201
    return Walks.done


@pytest.mark.slow
def test_ten_thousand_steps_break_nothing(engine: Engine) -> None:
    done = walk(engine, steps=10_000, start=SEED)
    assert done["steps"] >= 10_000


@pytest.mark.nightly
def test_a_hundred_thousand_steps_break_nothing(engine: Engine) -> None:
    done = walk(engine, steps=100_000, start=secrets.randbits(32))
    assert done["steps"] >= 100_000
