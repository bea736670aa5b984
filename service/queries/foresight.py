"""What a step will do, before it is taken: the engine's own answer, with the names of those it leads to.

A dry run: `step()` decides on the facts of the case as it stands, nothing is written. Pages that show a button and the
page that asks whether a batch shall be passed say with it who is next, who is told and which limits begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, BigInteger, Connection, Text, bindparam, text

from service.queries.facts import due_of, facts_of
from service.queries.places import PlaceName, place_names
from service.queries.recipients import PREPARED
from service.queries.submissions import Case
from workflows.deadlines import beijing_date
from workflows.engine import step
from workflows.errors import DomainError
from workflows.facts import Actor, Facts, Outcome, Request, SeatPlan
from workflows.lifecycle import Action, Role, State
from workflows.notices import AUDIENCES, DESK
from workflows.notices import PREPARED as PREPARERS

_UNSAID: Final = "…"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A seat that will be open, until when, and the names of the people who could take it: none where nobody can."""

    level: int
    seat: int
    role: Role
    place: PlaceName
    due_at: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the step leads to. `refusal` says why it can't be taken; nothing else is known then.

    `stays`: others of the same level have to pass too, so the form goes nowhere yet. `skipped` are levels that the unit
    has no desk for. `told` are the names of those who get a message, the actor never among them.
    """

    submission_id: int
    action: Action
    refusal: DomainError | None = None
    state: State | None = None
    level: int | None = None
    stays: bool = False
    skipped: tuple[int, ...] = ()
    seats: tuple[Waiting, ...] = ()
    told: tuple[str, ...] = ()


def foresee(connection: Connection, actor: Actor, case: Case, request: Request) -> Foreseen:
    """What this step on this form would do. Words and a grade that are not typed yet don't stand in the way."""
    return foresee_all(connection, actor, [case], request)[0]


def foresee_all(connection: Connection, actor: Actor, cases: Sequence[Case], request: Request) -> list[Foreseen]:
    """The same for many forms, in their order, in three statements whatever their number."""
    tried = [(case, *_tried(connection, actor, case, request)) for case in cases]
    plans = [plan for _, _, outcome in tried if isinstance(outcome, Outcome) for plan in outcome.opens]
    tells = request.action.value in AUDIENCES[PREPARERS]
    names = _Names(
        holders=_holders(connection, plans),
        places=place_names(connection, {plan.department_id for plan in plans}),
        prepared=_prepared(connection, [case.locked.id for case in cases]) if tells else {},
    )
    return [
        Foreseen(case.locked.id, request.action, refusal=outcome)
        if isinstance(outcome, DomainError)
        else _foreseen(actor, case, facts, outcome, names)
        for case, facts, outcome in tried
    ]


def _tried(connection: Connection, actor: Actor, case: Case, request: Request) -> tuple[Facts, Outcome | DomainError]:
    facts = facts_of(connection, case)
    try:
        return facts, step(actor, facts, _completed(request, facts, case.now))
    except DomainError as refusal:
        return facts, refusal


def _completed(request: Request, facts: Facts, now: datetime) -> Request:
    """The request with a stand-in for what is typed later: where the form goes does not depend on it."""
    level = facts.route.level(facts.level) if facts.level else None
    graded = request.action is Action.PASS and level is not None and level.asks_grade
    replies = request.action is Action.ISSUE_REPLY
    return replace(
        request,
        comment=request.comment or _UNSAID,
        grade=request.grade or ("excellent" if graded else None),
        reply_number=request.reply_number or (_UNSAID if replies else None),
        reply_date=request.reply_date or (beijing_date(now) if replies else None),
    )


_Holders = Mapping[tuple[str, int], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of people by id: of those at each desk, and by form of those who prepared it; names of departments."""

    holders: _Holders
    places: Mapping[int, PlaceName]
    prepared: Mapping[int, Mapping[int, str]]


def _foreseen(actor: Actor, case: Case, facts: Facts, outcome: Outcome, names: _Names) -> Foreseen:
    due = due_of(case)
    able = {plan: _able(actor, facts, outcome, plan, names.holders) for plan in outcome.opens}
    told = dict(names.prepared.get(case.locked.id, {}))
    if outcome.action.value in AUDIENCES[DESK]:
        for people in able.values():
            told |= people
    told.pop(actor.id or 0, None)
    seats = tuple(
        Waiting(
            plan.level,
            plan.seat,
            plan.role,
            names.places[plan.department_id],
            due(plan),
            tuple(sorted(able[plan].values())),
        )
        for plan in outcome.opens
    )
    stays = outcome.level_after is not None and outcome.level_after == facts.level and not outcome.closes_level
    return Foreseen(
        case.locked.id,
        outcome.action,
        state=outcome.target,
        level=outcome.level_after,
        stays=stays,
        skipped=outcome.skipped,
        seats=seats,
        told=tuple(sorted(told.values())),
    )


def _able(actor: Actor, facts: Facts, outcome: Outcome, plan: SeatPlan, holders: _Holders) -> dict[int, str]:
    """Who could take the seat: above the filler's own level nobody who prepared the form or has a say in the round."""
    held = holders.get((plan.role.value, plan.department_id), {})
    if plan.level == 0:
        return dict(held)
    decided = _standing(actor, facts, outcome)
    return {one: name for one, name in held.items() if one not in facts.prepared_by and one not in decided}


def _standing(actor: Actor, facts: Facts, outcome: Outcome) -> set[int]:
    """The people whose decisions of the round stand after the step."""
    if outcome.round != facts.round:
        return set()
    voided = outcome.voids_from_level
    stand = {
        decision.person_id
        for decision in facts.decisions
        if decision != outcome.undoes and (voided is None or decision.level < voided)
    }
    keeps = outcome.acts_on is not None and (voided is None or (facts.level or 0) < voided)
    return stand | {actor.id} if keeps and actor.id is not None else stand


# The desks of a few hundred forms are a handful: their holders are read once.
_HOLDERS = text("""
select x.role, x.department_id, p.id, p.name
from (select distinct role, department_id from unnest(:roles, :departments) as y(role, department_id)) x
    join role_assignment g on g.role = x.role and g.department_id = x.department_id
    join person p on p.id = g.person_id and p.active
""").bindparams(bindparam("roles", type_=ARRAY(Text)), bindparam("departments", type_=ARRAY(BigInteger)))
_PREPARED = text(f"""
select s.id as form, p.id, p.name from submission s {PREPARED} join person p on p.id = prepared.person_id
where s.id = any(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))  # noqa: S608 - constant text, every value is bound


def _holders(connection: Connection, plans: Iterable[SeatPlan]) -> dict[tuple[str, int], dict[int, str]]:
    desks = sorted({(plan.role.value, plan.department_id) for plan in plans})
    if not desks:
        return {}
    values = {"roles": [role for role, _ in desks], "departments": [place for _, place in desks]}
    holders: dict[tuple[str, int], dict[int, str]] = {}
    for row in connection.execute(_HOLDERS, values):
        holders.setdefault((row.role, row.department_id), {})[row.id] = row.name
    return holders


def _prepared(connection: Connection, ids: Sequence[int]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for row in connection.execute(_PREPARED, {"ids": list(ids)}):
        found.setdefault(row.form, {})[row.id] = row.name
    return found
