"""Who may do what, drawn from the rows and from `REACH`: `jixiao lifecycle table` prints it, docs/policy.md is it.

Engine, buttons, API and this page read the same rows, so the page can say nothing that they do not do. Each field of each row
stands in it: a row that changes makes the page another one, and a test tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from workflows.catalogue import label
from workflows.lifecycle import ROWS, Action, At, By, Ends, Role, State, To, Transition
from workflows.policy import REACH, Reach, Scope, Sees
from workflows.route import NO_REVIEWERS

# Where a form can be: a state, and in a review whether at the last level of its route.
POSITIONS: Final = (
    (State.DRAFT, At.NONE),
    (State.REVIEW, At.NOT_LAST),
    (State.REVIEW, At.LAST),
    (State.APPROVED, At.NONE),
    (State.YEAR_END_EVALUATION, At.NONE),
    (State.YEAR_END_EVALUATION, At.NOT_LAST),
    (State.YEAR_END_EVALUATION, At.LAST),
    (State.CLOSED, At.NONE),
)
_AT = {
    At.NONE: "no level",
    At.ANY: "any level",
    At.NOT_LAST: "a level before the last",
    At.LAST: "the last level",
}
_TO = {
    To.NONE: "no level",
    To.SAME: "stays at its level",
    To.FIRST: "the first level",
    To.NEXT: "the next level, once the need of this one is met",
    To.EARLIER: "the earlier level that the request names",
    To.UNDONE: "back to the level of the pass",
}
_BY = {
    By.ANY: "who has an open seat of the level, or stands in for them",
    By.ROUTE: "who has an open seat that the route names, or stands in for them",
    By.ADDED: "who was asked to sign too (加签), or stands in for them",
}
_ENDS = {
    Ends.ANY: "",
    Ends.REPLY: "only a form that ends with its reply",
    Ends.CONTROL_FIGURE: "only a form of the first budget round",
    Ends.ADJUSTMENT: "only an adjustment",
}
_SCOPE = {
    Scope.OWN: "the department where it is held",
    Scope.BELOW: "departments below the one where it is held",
    Scope.OWN_AND_BELOW: "the department where it is held and those below; at the finance bureau: all",
    Scope.BUSINESS_OFFICE: "units that the finance office is in charge of; at the bureau: all",
    Scope.REGION: "everything, where held at the finance bureau",
    Scope.NOTHING: "nothing",
}
_SEES = {
    Sees.ALWAYS: "from the first draft on",
    Sees.ONCE_SUBMITTED: "once it was handed in",
    Sees.ONCE_APPROVED: "once it is approved",
}


def by_role(role: Role, state: State, at: At, rows: Sequence[Transition] = ROWS) -> set[Action]:
    """What this role may do to a form within its reach, without a seat of a level."""
    return {row.action for row in rows if role in row.roles and speaks_of(row, state, at)}


def by_seat(state: State, at: At, by: By = By.ANY, rows: Sequence[Transition] = ROWS) -> set[Action]:
    """What a seat of the level gives, to whichever role the route or a colleague named. `by`: a seat of which kind."""
    seats = (row for row in rows if not row.roles and not row.system and speaks_of(row, state, at))
    return {row.action for row in seats if by is By.ANY or row.by in (By.ANY, by)}


def speaks_of(row: Transition, state: State, at: At) -> bool:
    """Whether a row is about forms that are there."""
    return row.source is state and (row.at is at or (row.at is At.ANY and at is not At.NONE))


def page(rows: Sequence[Transition] = ROWS, reach: Mapping[Role, Reach] = REACH) -> str:
    """The whole page as Markdown."""
    return "\n".join([*_HEAD, *_reach(reach), *_matrix(rows), *_all_rows(rows)]) + "\n"


_HEAD: Final = (
    "# Who may do what",
    "",
    "Made by `jixiao lifecycle table` from `workflows/lifecycle.py` and `workflows/policy.py`, which also drive the engine,",
    "the buttons, the API and the tests. Don't edit it: change a row there, and print it anew.",
    "",
)


def _reach(reach: Mapping[Role, Reach]) -> Iterator[str]:
    yield from ("## How far a role reaches, and from when on it sees a form", "")
    yield from ("| role | | reaches | sees a form |", "|---|---|---|---|")
    for role in Role:
        scope, sees = reach[role].scope, reach[role].sees
        when = _SEES[sees] if scope is not Scope.NOTHING else "never"
        yield f"| `{role}` | {label('role', role, 'zh')} | {_SCOPE[scope]} | {when} |"
    yield ""
    yield "Whoever has open work of a form on their desk sees it, whatever their roles reach. A role that was delegated (委托)"
    yield "counts as if it were held, for its days, and never makes two pairs of eyes of one person."
    yield ""


def _matrix(rows: Sequence[Transition]) -> Iterator[str]:
    yield from ("## Role × state × verb", "")
    yield "What each role may do by itself. What a seat (work item) of a level gives stands below: to every role that a"
    yield f"route may name, which are all but {', '.join(f'`{role}`' for role in Role if role in NO_REVIEWERS)}."
    yield ""
    heads = [_position(state, at) for state, at in POSITIONS]
    yield f"| role | {' | '.join(heads)} |"
    yield f"|---|{'---|' * len(heads)}"
    for role in Role:
        cells = (_cell(by_role(role, state, at, rows)) for state, at in POSITIONS)
        yield f"| `{role}` {label('role', role, 'zh')} | {' | '.join(cells)} |"
    seats = (_cell(by_seat(state, at, rows=rows)) for state, at in POSITIONS)
    yield f"| *a seat of the level* | {' | '.join(seats)} |"
    system = (
        _cell({row.action for row in rows if row.system and speaks_of(row, state, at)}) for state, at in POSITIONS
    )
    yield f"| *the system* | {' | '.join(system)} |"
    yield ""


def _position(state: State, at: At) -> str:
    name = f"{label('state', state, 'zh')} `{state}`"
    return name if at is At.NONE else f"{name}, {_AT[at]}"


def _cell(actions: set[Action]) -> str:
    return "<br>".join(f"{label('action', one, 'zh')} `{one}`" for one in Action if one in actions)


def _all_rows(rows: Sequence[Transition]) -> Iterator[str]:
    yield from ("## Every row", "")
    yield "| from | verb | who | to | asks for |"
    yield "|---|---|---|---|---|"
    for row in rows:
        source = f"`{row.source}`, {_AT[row.at]}"
        target = f"`{row.target}`: {_TO[row.to]}"
        yield f"| {source} | {label('action', row.action, 'zh')} `{row.action}` | {_who(row)} | {target} | {_demands(row)} |"


def _who(row: Transition) -> str:
    people = [f"`{role}`" for role in Role if role in row.roles]
    if row.system:
        people.append("the system")
    elif not people:
        people.append("who gave the pass" if row.action is Action.UNDO_PASS else _BY[row.by])
    return ", ".join(people)


def _demands(row: Transition) -> str:
    """What a row asks for beside the person: each flag in words."""
    sits = not row.roles and not row.system and row.action is not Action.UNDO_PASS  # then said beside the person
    said = [
        _ENDS[row.ends],
        f"on the {row.kind} route" if row.kind else "",
        "words" if row.comment else "",
        "no finding that stands in the way" if row.checks_form else "",
        "four eyes: neither prepared it nor decided another seat of the round" if row.reviews else "",
        "a level that asks for a grade" if row.grades else "",
        "a colleague" if row.names_person else "",
        "the level to return to" if row.to_level else "",
        "" if row.records else "an edit, no event of the lifecycle",
        f"a seat of the kind {row.by}" if row.by is not By.ANY and not sits else "",
    ]
    return "; ".join(one for one in said if one)
