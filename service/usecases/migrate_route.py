"""Move running forms from one version of a route to another: never by itself, only by this command, noted in the chains.

A form moves where the change lies ahead of it: the level where it stands and those that ever reviewed it ask for the same
signatures in both versions. Its open work then stays as it is. Every other form ends on the version that it began with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.cycle import Cycle, RouteVersion
from service.models.record import move_to_route
from service.queries.offices import needs_performance_office
from workflows.errors import InvalidRequest, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import RouteKind, State
from workflows.route import Level, Route, read_route

_COLUMN: Final = {RouteKind.TARGET: "target_route_id", RouteKind.EVALUATION: "evaluation_route_id"}
_ON_IT: Final = {
    RouteKind.TARGET: {State.DRAFT, State.REVIEW},
    RouteKind.EVALUATION: {State.DRAFT, State.REVIEW, State.APPROVED, State.YEAR_END_EVALUATION},
}
# Levels that the filler returned from count too: their opinions are part of the form's history.
_FORMS = {
    kind: text(f"""
select s.id, s.cycle_id, s.state, case when s.state = '{state}' then s.level end as level,
    (select max(o.level) from opinion o where o.submission_id = s.id and o.route_kind = '{kind.value}') as reviewed
from submission s join cycle c on c.id = s.cycle_id
where s.{_COLUMN[kind]} = :old and s.state <> 'closed' and (cast(:cycle as text) is null or c.code = :cycle)
order by s.id for update of s
""")  # noqa: S608 - constant text, every value is bound
    for kind, state in ((RouteKind.TARGET, "review"), (RouteKind.EVALUATION, "year_end_evaluation"))
}


@dataclass(frozen=True, slots=True)
class Running:
    """A form on the route. `why` is why it stays, with `params` for the sentence; None: it moves."""

    id: int
    cycle_id: int
    state: State
    level: int | None
    why: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Migration:
    """What moves, what stays, and the codes of the cycles whose new forms begin on the new version."""

    moved: tuple[Running, ...]
    left: tuple[Running, ...]
    cycles: tuple[str, ...]


def migrate_route(
    session: Session, actor: Actor, *, old: str, new: str, cycle: str | None = None, apply: bool
) -> Migration:
    """Move the forms of a cycle, or of all, from the version `old` to `new` (code@version); without `apply` only say which.

    Raises NotAllowed, InvalidRequest for versions that are none or belong to two routes, NotPossibleNow for no such cycle.
    """
    needs_performance_office(session.connection(), actor)
    source, target = _version(session, old), _version(session, new)
    if source.code != target.code:
        raise InvalidRequest("route.two_codes", field="to")
    if source.id == target.id:
        raise InvalidRequest("route.same_version", field="to")
    bound = _bound(session, source, cycle)
    if cycle is not None and not bound:
        raise NotPossibleNow("route_cli.no_cycle", code=cycle[:40])
    forms = _running(session, source, target, cycle)
    moved = tuple(form for form in forms if form.why is None)
    left = tuple(form for form in forms if form.why is not None)
    if apply and (moved or bound):
        _move(session, [form.id for form in moved], bound, source.kind, to=target.id)
        _note(session, actor, forms, bound, versions={"from": old, "to": new})
    return Migration(moved, left, tuple(one.code for one in bound))


def _version(session: Session, name: str) -> RouteVersion:
    code, _, version = name.partition("@")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 8 else 0
    wanted = select(RouteVersion).where(RouteVersion.code == code, RouteVersion.version == number)
    found = session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise InvalidRequest("route.no_such_route", field="from", name=name[:60])
    return found


def _bound(session: Session, source: RouteVersion, cycle: str | None) -> list[Cycle]:
    """The open cycles that bind the version, locked."""
    column = getattr(Cycle, _COLUMN[source.kind])
    wanted = select(Cycle).where(column == source.id, Cycle.closed_at.is_(None)).order_by(Cycle.id).with_for_update()
    return list(session.execute(wanted if cycle is None else wanted.where(Cycle.code == cycle)).scalars())


def _running(session: Session, source: RouteVersion, target: RouteVersion, cycle: str | None) -> list[Running]:
    before, after = read_route(source.body), read_route(target.body)
    rows = session.execute(_FORMS[source.kind], {"old": source.id, "cycle": cycle})
    return [_judged(row._mapping, before, after) for row in rows]


def _judged(row: Mapping[Any, Any], before: Route, after: Route) -> Running:
    form = Running(row["id"], row["cycle_id"], State(row["state"]), row["level"])
    if form.state not in _ON_IT[before.kind]:
        return replace(form, why="done")
    if not _same(before, after, form.level or 0):
        return replace(form, why="level_differs", params={"level": str(form.level)})
    if not _same(before, after, row["reviewed"] or 0):
        return replace(form, why="round_differs")
    return form


def _same(before: Route, after: Route, upto: int) -> bool:
    """Whether the levels up to this one ask for the same in both; only how long they may take does not matter."""
    return [_duty(level) for level in before.levels[:upto]] == [_duty(level) for level in after.levels[:upto]]


def _duty(level: Level) -> Level:
    return replace(level, working_days=1)


def _move(session: Session, ids: list[int], bound: list[Cycle], kind: RouteKind, *, to: int) -> None:
    move_to_route(session.connection(), ids, kind=kind, route_id=to)
    for one in bound:
        setattr(one, _COLUMN[kind], to)
    session.flush()


def _note(
    session: Session, actor: Actor, forms: list[Running], bound: list[Cycle], *, versions: Mapping[str, str]
) -> None:
    """A link in the chain of each cycle that is touched: the versions, and the ids of the forms that moved and stayed."""
    binds = {one.id for one in bound}
    by_cycle = defaultdict[int, list[Running]](list, {cycle_id: [] for cycle_id in binds})
    for form in forms:
        by_cycle[form.cycle_id].append(form)
    for cycle_id, its in sorted(by_cycle.items()):
        body = {
            **versions,
            "bound": cycle_id in binds,
            "moved": [form.id for form in its if form.why is None],
            "left": [form.id for form in its if form.why is not None],
        }
        append_event(session.connection(), "cycle", cycle_id, action="migrate_route", actor=actor, body=body)
