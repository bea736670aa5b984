"""What a batch would do: forms by stage with their totals and what follows, and those that can't go, with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from service.queries.batch import NamedForm, forms_named, moved
from service.queries.foresight import Foreseen, foresee_all
from service.queries.places import PlaceName
from service.queries.seen import visible_cases
from service.queries.submissions import Case, read_all
from service.usecases.decide_many import Chosen, by_itself, left_out
from service.web.formats import total
from service.web.frame import language
from workflows.courtesies import part_in
from workflows.errors import DomainError, NotPossibleNow
from workflows.facts import Actor, Request
from workflows.lifecycle import Action, Role, RouteKind
from workflows.policy import seat_among
from workflows.refusals import explained_error


@dataclass(frozen=True, slots=True)
class Going:
    """A form that can go: its name, version and spending (万元)."""

    form: NamedForm
    version: int
    spending: Decimal | None
    waits: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Follows:
    """What comes next for `count` forms: at whose desk, who can act there, by when. `role` is None where nothing follows."""

    count: int
    role: Role | None
    place: PlaceName | None
    people: tuple[str, ...]
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stage:
    """The forms of one stage, to which one step is common. `grades`: a grade is asked for."""

    action: Action | None
    kind: RouteKind | None
    role: Role | None
    grades: bool
    forms: tuple[Going, ...]
    follows: tuple[Follows, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def spending(self) -> Decimal | None:
        """All of them together, 万元."""
        return total(*(one.spending for one in self.forms))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A form that can't go, and why in words."""

    form: NamedForm | None
    id: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole batch. More than one stage: the person has to choose one."""

    stages: tuple[Stage, ...]
    left_out: tuple[LeftOut, ...]


def plan_of(connection: Connection, actor: Actor, chosen: Sequence[Chosen], *, urges: bool) -> Plan:
    """Judge what was chosen as the batch itself will, without doing it."""
    cases = {case.locked.id: case for case in visible_cases(actor, read_all(connection, [one.id for one in chosen]))}
    names = forms_named(connection, actor, list(cases))
    if urges:
        return _urges(actor, chosen, cases, names)
    others = moved(
        connection, [one.id for one in chosen if one.id in cases and cases[one.id].locked.version != one.version]
    )
    refused = {one.id: left_out(one, cases.get(one.id), others.get(one.id)) for one in chosen}
    going = [cases[one.id] for one in chosen if refused[one.id] is None]
    foreseen = {one.submission_id: one for one in _foreseen(connection, actor, going)}
    alone = {case.locked.id: by_itself(case, foreseen[case.locked.id].action) for case in going}
    refused |= {one: fore.refusal or alone[one] for one, fore in foreseen.items()}
    groups: dict[tuple[RouteKind, Role, Action], list[Case]] = {}
    for case in going:
        seat = seat_among(actor, case.seats)
        if refused[case.locked.id] is None and seat is not None:
            groups.setdefault((case.kind, seat.role, foreseen[case.locked.id].action), []).append(case)
    stages = [_stage(key, group, foreseen, names) for key, group in groups.items()]
    return Plan(tuple(stages), _left_out(chosen, refused, names))


def _foreseen(connection: Connection, actor: Actor, cases: Sequence[Case]) -> list[Foreseen]:
    """A pass; where the last level of a target replies instead, the reply. An evaluation is confirmed one by one."""
    passed = foresee_all(connection, actor, cases, Request(Action.PASS))
    ends = [case for case, one in zip(cases, passed, strict=True) if _is_an_end(one)]
    targets = [case for case in ends if case.kind is RouteKind.TARGET]
    ended = {case.locked.id: _one_by_one(case.locked.id) for case in ends}
    if targets:
        replied = foresee_all(connection, actor, targets, Request(Action.ISSUE_REPLY))
        ended |= {one.submission_id: one for one in replied}
    return [ended.get(one.submission_id, one) for one in passed]


def _is_an_end(one: Foreseen) -> bool:
    return one.refusal is not None and one.refusal.reason == "not_in_this_state"


def _one_by_one(submission_id: int) -> Foreseen:
    refusal = NotPossibleNow("not_in_batches", action=Action.CONFIRM.value)
    return Foreseen(submission_id, Action.CONFIRM, refusal=refusal)


def _stage(
    key: tuple[RouteKind, Role, Action],
    cases: Sequence[Case],
    foreseen: Mapping[int, Foreseen],
    names: Mapping[int, NamedForm],
) -> Stage:
    follows: dict[tuple[object, ...], int] = {}
    told: set[str] = set()
    for case in cases:
        one = foreseen[case.locked.id]
        told.update(one.told)
        for seat in one.seats or (None,):
            known = (seat.role, seat.place, seat.people, seat.due_at) if seat else (None, None, (), None)
            follows[known] = follows.get(known, 0) + 1
    kind, role, action = key
    return Stage(
        action,
        kind,
        role,
        grades=any(foreseen[case.locked.id].asks_grade for case in cases),
        forms=tuple(_going(case, names) for case in cases),
        follows=tuple(Follows(count, *known) for known, count in follows.items()),  # type: ignore[arg-type]
        told=tuple(sorted(told)),
    )


def _going(case: Case, names: Mapping[int, NamedForm]) -> Going:
    spending = total(case.locked.basic_expenditure, case.locked.project_expenditure)
    waits = tuple(dict.fromkeys(seat.role for seat in case.seats))
    return Going(names[case.locked.id], case.locked.version, spending, waits)


def _urges(actor: Actor, chosen: Sequence[Chosen], cases: Mapping[int, Case], names: Mapping[int, NamedForm]) -> Plan:
    refused: dict[int, DomainError | None] = {one.id: _not_urged(actor, cases.get(one.id)) for one in chosen}
    going = tuple(_going(cases[one.id], names) for one in chosen if refused[one.id] is None)
    stages = (Stage(None, None, None, grades=False, forms=going),) if going else ()
    return Plan(stages, _left_out(chosen, refused, names))


def _not_urged(actor: Actor, case: Case | None) -> DomainError | None:
    if case is None:
        return left_out(Chosen(0, 0), None, None)
    if part_in(actor, case.place) is None:
        return NotPossibleNow("takes_no_part")
    if not case.seats:
        return NotPossibleNow("nobody_to_urge")
    return NotPossibleNow("waits_for_you") if all(seat_among(actor, [seat]) for seat in case.seats) else None


def _left_out(
    chosen: Sequence[Chosen], refused: Mapping[int, DomainError | None], names: Mapping[int, NamedForm]
) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(names.get(one.id), one.id, explained_error(reason, lang=language()))
        for one in chosen
        if (reason := refused[one.id]) is not None
    )
