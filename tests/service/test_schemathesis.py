"""The description of the API turned against it: generated requests, right and wrong ones, find no 5xx.

Bounded, so that it belongs to every run; `make nightly` gives it many more examples.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask_openapi.openapi import OpenAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from service.api.edge import Edge
from service.db import unit_of_work
from service.usecases.tokens import create_token
from tests.factories import City, make_draft, make_submitted
from workflows.facts import SYSTEM

QUICK = 20
LONG = 400


@pytest.fixture(scope="module")
def tokens(edge: Edge, city: City) -> list[str]:
    """Tokens of a filler and of a reviewer, with a form of each to act on."""
    with unit_of_work(edge.factory) as session:
        make_draft(session, city)
        make_submitted(session, city, filler="filler2")
        people = (city["filler"], city["dept_head2"])
        return [create_token(session, SYSTEM, person_id=one.id or 0, label="x").token for one in people]


def search(app: OpenAPI, tokens: list[str], *, mode: GenerationMode, examples: int) -> int:
    """Nobody, a filler and a reviewer send each generated request; it is answered, and never by a fault of ours.

    Returns how many operations were asked.
    """
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    operations = [result.ok() for result in described.get_all_operations()]  # type: ignore[union-attr]
    for operation in operations:

        @settings(
            max_examples=examples, deadline=None, derandomize=examples == QUICK, phases=[Phase.generate], database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:  # noqa: ANN401 - a generated case
            for token in (None, *tokens):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                case.call_and_validate(headers=headers, checks=[not_a_server_error])

        ask()
    return len(operations)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_is_a_server_error(app: OpenAPI, tokens: list[str], mode: GenerationMode) -> None:
    assert search(app, tokens, mode=mode, examples=QUICK) >= 20


@pytest.mark.nightly
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_is_a_server_error_nightly(app: OpenAPI, tokens: list[str], mode: GenerationMode) -> None:
    search(app, tokens, mode=mode, examples=LONG)
