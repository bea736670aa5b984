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

from service.models.change_rows import SEAT_ACTS
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

    `asks_grade`: the step gives a grade. `stays`: others of the same level have to pass too, so the form goes nowhere yet.
    `skipped` are levels that the unit has no desk for. `told` are the names of those who get a message, the actor never
    among them.
    """

    submission_id: int
    action: Action
    refusal: DomainError | None = None
    state: State | None = None
    level: int | None = None
    asks_grade: bool = False
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
    facts = facts_of(connection, case, request=request)
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


@dataclass(frozen=True, slots=True)
class _Holder:
    """Somebody at a desk, in their own right or standing in for another, with every account of those who act then."""

    id: int
    name: str
    eyes: frozenset[int]


_Desk = tuple[str, int, int | None]  # role, department, the person whom the seat names
_Holders = Mapping[_Desk, Sequence[_Holder]]


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
        asks_grade=outcome.grade is not None and outcome.action is Action.PASS,
        stays=stays,
        skipped=outcome.skipped,
        seats=seats,
        told=tuple(sorted(told.values())),
    )


def _able(actor: Actor, facts: Facts, outcome: Outcome, plan: SeatPlan, holders: _Holders) -> dict[int, str]:
    """Who could take the seat: above the filler's own level no eyes that prepared the form or have a say in the round."""
    held = holders.get(_desk(plan), ())
    if plan.level == 0:
        return {one.id: one.name for one in held}
    barred = facts.prepared_by | _standing(actor, facts, outcome)
    return {one.id: one.name for one in held if not one.eyes & barred}


def _standing(actor: Actor, facts: Facts, outcome: Outcome) -> frozenset[int]:
    """The eyes whose decisions of the round stand after the step."""
    if outcome.round != facts.round:
        return frozenset()
    voided = outcome.voids_from_level
    stand = [
        decision.eyes
        for decision in facts.decisions
        if decision != outcome.undoes and (voided is None or decision.level < voided)
    ]
    if outcome.acts_on is not None and outcome.action in SEAT_ACTS and (voided is None or (facts.level or 0) < voided):
        stand.append(actor.eyes(outcome.acting))
    return frozenset().union(*stand)


def _desk(plan: SeatPlan) -> _Desk:
    return plan.role.value, plan.department_id, plan.person_id


# The desks of a few hundred forms are a handful: their holders are read once.
_HOLDERS = text("""
select x.role, x.department_id, x.named, p.id, p.name,
    array_remove(array[p.id, seated.on_behalf_of] || array(select z.id from person y join person z
        on coalesce(z.same_person_as_id, z.id) = coalesce(y.same_person_as_id, y.id)
        where y.id in (p.id, seated.on_behalf_of)), null) as eyes
from unnest(:roles, :departments, :named) as x(role, department_id, named)
    cross join lateral (
        select g.person_id, g.on_behalf_of from grant_in_force g
        where g.role = x.role and g.department_id = x.department_id and (x.named is null or x.named = g.on_behalf_of)
        union all select x.named, null where x.named is not null) seated
    join person p on p.id = seated.person_id and p.active
""").bindparams(
    bindparam("roles", type_=ARRAY(Text)),
    bindparam("departments", type_=ARRAY(BigInteger)),
    bindparam("named", type_=ARRAY(BigInteger)),
)
_PREPARED = text(f"""
select s.id as form, p.id, p.name from submission s {PREPARED} join person p on p.id = prepared.person_id
where s.id = any(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))  # noqa: S608 - constant text, every value is bound


def _holders(connection: Connection, plans: Iterable[SeatPlan]) -> dict[_Desk, list[_Holder]]:
    desks = list({_desk(plan) for plan in plans})
    if not desks:
        return {}
    columns = {name: [desk[at] for desk in desks] for at, name in enumerate(("roles", "departments", "named"))}
    holders: dict[_Desk, list[_Holder]] = {}
    for row in connection.execute(_HOLDERS, columns):
        one = _Holder(row.id, row.name, frozenset(row.eyes))
        holders.setdefault((row.role, row.department_id, row.named), []).append(one)
    return holders


def _prepared(connection: Connection, ids: Sequence[int]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for row in connection.execute(_PREPARED, {"ids": list(ids)}):
        found.setdefault(row.form, {})[row.id] = row.name
    return found
