"""Routes as data for the walks: every kind of level that a city may set up, in pairs of a target and an evaluation route."""

from __future__ import annotations

from typing import Any, Final

from workflows.route import Route, read_route, shipped_route

HEAD: Final = ("dept_head", "own")
SUPERIOR: Final = ("superior_reviewer", "superior")
EXPERT: Final = ("external_expert", "own")
OFFICE: Final = ("finance_business_office", "business_office")
PERFORMANCE: Final = ("finance_performance_office", "finance")
BUDGET: Final = ("finance_budget_office", "finance")


def level(*seats: tuple[str, str], **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - the settings of a level
    """One level over these seats."""
    return {"seats": [{"role": role, "desk": desk} for role, desk in seats], **settings}


def _route(code: str, kind: str, *levels: dict[str, Any]) -> Route:
    return read_route({"code": code, "version": 1, "kind": kind, "source": "a walk", "levels": list(levels)})


_REPLY = level(BUDGET, is_reply=True)
PAIRS: Final[tuple[tuple[Route, Route], ...]] = (
    (shipped_route("city-standard"), shipped_route("city-evaluation")),
    (  # 会签 and 或签
        _route(
            "walk-together", "target",
            level(HEAD),
            level(SUPERIOR, OFFICE, PERFORMANCE, need="all"),
            level(EXPERT, PERFORMANCE, need="any", asks_grade=True),
            _REPLY,
        ),
        _route("walk-together-year", "evaluation", level(HEAD, EXPERT, need="all"), level(PERFORMANCE)),
    ),
    (  # k of n, and signing in order
        _route(
            "walk-two-of-three", "target",
            level(HEAD, SUPERIOR, EXPERT, need="k", k=2),
            level(OFFICE, PERFORMANCE, HEAD, need="all", in_order=True),
            _REPLY,
        ),
        _route(
            "walk-two-of-three-year", "evaluation",
            level(HEAD, SUPERIOR, EXPERT, need="k", k=2), level(OFFICE, BUDGET, need="all", in_order=True),
            level(PERFORMANCE),
        ),
    ),
    (  # levels for some forms only, desks where nobody could act
        _route(
            "walk-conditions", "target",
            level(SUPERIOR, if_nobody="skip"),
            level(HEAD, when={"amount": 1_000_000}),
            level(OFFICE, when={"forms": ["department_overall"]}, if_nobody="escalate",
                  escalate_to={"role": PERFORMANCE[0], "desk": PERFORMANCE[1]}),
            level(BUDGET, is_reply=True, if_nobody="escalate",
                  escalate_to={"role": PERFORMANCE[0], "desk": PERFORMANCE[1]}),
        ),
        _route(
            "walk-conditions-year", "evaluation",
            level(HEAD, if_nobody="escalate", escalate_to={"role": OFFICE[0], "desk": OFFICE[1]}), level(PERFORMANCE),
        ),
    ),
    (  # one desk twice in a level and again later: the same people meet themselves
        _route("walk-same-desk", "target", level(HEAD, HEAD, need="all"), level(HEAD, OFFICE, need="k", k=1), _REPLY),
        _route("walk-same-desk-year", "evaluation", level(PERFORMANCE), level(PERFORMANCE)),
    ),
)  # fmt: skip
