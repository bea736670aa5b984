"""Cycles: a fiscal year opened with its form, routes, profile and dates; by the finance performance office.

Source of the dates: the notice of the year; their order by 财预〔2015〕88号 art 25 (targets before the budget) and the
year's end.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.cycle import Cycle, CycleDepartment, ProfileVersion, RouteVersion
from service.models.people import Department, DepartmentKind
from service.models.shipped_routes import keep_shipped
from service.models.submission import Submission
from workflows.deadlines import close_of
from workflows.document import name_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.forms import form_types
from workflows.lifecycle import Role, RouteKind
from workflows.scoring_profile import shipped_profiles

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
_VERSION: Final = re.compile(r"[0-9]{1,7}")
_MOVE_LIMITS = text("""
update work_item w set due_at = case when w.round = 0 then n.due_at else greatest(w.due_at, n.due_at) end
from submission s, lateral (select
    case when s.state = 'draft' then cast(:filing as timestamptz) else cast(:evaluation as timestamptz) end as due_at) n
where s.id = w.submission_id and s.cycle_id = :cycle_id and w.closed_at is null and w.level = 0
    and s.state in ('draft', 'year_end_evaluation')
""")


@dataclass(frozen=True, slots=True)
class Dates:
    """The windows of a cycle, Beijing dates; each counts to the end of its last day."""

    filing_opens_on: date
    filing_due_on: date
    evaluation_opens_on: date
    evaluation_due_on: date


def create_cycle(
    session: Session,
    actor: Actor,
    *,
    code: str,
    fiscal_year: int,
    region: str,
    form: str,
    dates: Dates,
    department_ids: Sequence[int],
    budget_round: int = 1,
    target_route: str = "city-standard",
    evaluation_route: str = "city-evaluation",
    profile: str = "mof-2020",
) -> int:
    """Open a cycle. Routes are named as code@version, or by their code: then the newest version is bound. Shipped routes
    and profiles become rows when a cycle first binds them.

    Raises NotAllowed, InvalidRequest with the field, NotPossibleNow (the code is taken).
    """
    _needs_performance_office(session, actor)
    _check(code=code, fiscal_year=fiscal_year, region=region, form=form, dates=dates)
    cycle = Cycle(
        code=code,
        fiscal_year=fiscal_year,
        region=region.strip(),
        form=form,
        budget_round=2 if budget_round == 2 else 1,
        target_route_id=_route(session, target_route, kind=RouteKind.TARGET),
        evaluation_route_id=_route(session, evaluation_route, kind=RouteKind.EVALUATION),
        profile_id=_profile(session, profile),
        filing_opens_on=dates.filing_opens_on,
        filing_due_on=dates.filing_due_on,
        evaluation_opens_on=dates.evaluation_opens_on,
        evaluation_due_on=dates.evaluation_due_on,
    )
    session.add(cycle)
    session.flush()
    _add(session, cycle.id, department_ids)
    _note(session, actor, cycle.id, action="create", body=_plain(dates))
    return cycle.id


def change_dates(session: Session, actor: Actor, *, cycle_id: int, dates: Dates) -> None:
    """Move the windows. What fillers have open follows; reminders of the old dates are not those of the new ones.

    A returned form gains time and never loses any.
    """
    _needs_performance_office(session, actor)
    cycle = _open_cycle(session, cycle_id)
    _check_dates(dates)
    if dates == Dates(cycle.filing_opens_on, cycle.filing_due_on, cycle.evaluation_opens_on, cycle.evaluation_due_on):
        return
    cycle.filing_opens_on, cycle.filing_due_on = dates.filing_opens_on, dates.filing_due_on
    cycle.evaluation_opens_on, cycle.evaluation_due_on = dates.evaluation_opens_on, dates.evaluation_due_on
    cycle.deadline_version += 1
    session.flush()
    limits = {"filing": close_of(dates.filing_due_on), "evaluation": close_of(dates.evaluation_due_on)}
    session.execute(_MOVE_LIMITS, {**limits, "cycle_id": cycle_id})
    _note(session, actor, cycle_id, action="change_dates", body=_plain(dates))


def change_participants(
    session: Session, actor: Actor, *, cycle_id: int, added: Sequence[int] = (), removed: Sequence[int] = ()
) -> None:
    """Let units in or out. A unit with a form in the cycle stays. Raises NotPossibleNow, InvalidRequest."""
    _needs_performance_office(session, actor)
    _open_cycle(session, cycle_id)
    busy = select(Submission.id).where(Submission.cycle_id == cycle_id, Submission.department_id.in_(removed)).limit(1)
    if removed and session.execute(busy).scalar() is not None:
        raise NotPossibleNow("cycle_has_forms")
    _add(session, cycle_id, added)
    if removed:
        session.execute(
            CycleDepartment.__table__.delete().where(  # type: ignore[attr-defined]
                CycleDepartment.cycle_id == cycle_id, CycleDepartment.department_id.in_(removed)
            )
        )
    body = {"added": sorted(set(added)), "removed": sorted(set(removed))}
    _note(session, actor, cycle_id, action="change_participants", body=body)


def ask_for_reasons(session: Session, actor: Actor, *, cycle_id: int, asks: bool) -> None:
    """Whether a warning that nobody answered with a reason keeps a form from being handed in, from now on."""
    _needs_performance_office(session, actor)
    cycle = _open_cycle(session, cycle_id)
    if cycle.asks_reasons == asks:
        return
    cycle.asks_reasons = asks
    _note(session, actor, cycle_id, action="ask_for_reasons", body={"asks": asks})


def follow_cycle(session: Session, actor: Actor, *, cycle_id: int, following_id: int | None) -> None:
    """Let a second round (二上) follow a first: forms move there when their control figure comes down. None: no second round.

    Raises NotAllowed, NotFound, NotPossibleNow (a figure came down already), InvalidRequest (`following_id`: another year or
    form type, no second round, closed, or it follows another cycle).
    """
    _needs_performance_office(session, actor)
    cycle = _open_cycle(session, cycle_id)
    if cycle.followed_by_id == following_id:
        return
    moved = select(Submission.id).where(
        Submission.cycle_id == cycle.followed_by_id, Submission.control_figure.is_not(None)
    )
    if cycle.followed_by_id is not None and session.execute(moved.limit(1)).scalar() is not None:
        raise NotPossibleNow("round_has_begun")
    if following_id is not None and not _may_follow(session, cycle, session.get(Cycle, following_id)):
        raise InvalidRequest("no_second_round", field="following_id")
    cycle.followed_by_id = following_id
    _note(session, actor, cycle_id, action="follow", body={"followed_by": following_id})


def _may_follow(session: Session, first: Cycle, second: Cycle | None) -> bool:
    if second is None or first.budget_round != 1 or second.budget_round != 2 or second.closed_at is not None:
        return False
    same = (first.fiscal_year, first.form) == (second.fiscal_year, second.form)
    taken = select(Cycle.id).where(Cycle.followed_by_id == second.id, Cycle.id != first.id)
    return same and session.execute(taken.limit(1)).scalar() is None


def close_cycle(session: Session, actor: Actor, *, cycle_id: int) -> None:
    """Close it: nothing more is filed or handed in. What is under review runs to its end."""
    _needs_performance_office(session, actor)
    cycle = _open_cycle(session, cycle_id)
    cycle.closed_at = session.execute(text("select clock_timestamp()")).scalar_one()
    _note(session, actor, cycle_id, action="close", body={})


def _needs_performance_office(session: Session, actor: Actor) -> None:
    if actor.is_system:
        return
    bureau = select(Department.id).where(Department.kind == DepartmentKind.FINANCE_BUREAU)
    bureau_id = session.execute(bureau).scalar_one_or_none()
    if bureau_id is None or not actor.holds(Role.FINANCE_PERFORMANCE_OFFICE, bureau_id):
        raise NotAllowed("needs_role", role=Role.FINANCE_PERFORMANCE_OFFICE.value)


def _open_cycle(session: Session, cycle_id: int) -> Cycle:
    cycle = session.get(Cycle, cycle_id, with_for_update=True)
    if cycle is None:
        raise NotFound
    if cycle.closed_at is not None:
        raise NotPossibleNow("cycle_closed")
    return cycle


def _check(*, code: str, fiscal_year: int, region: str, form: str, dates: Dates) -> None:
    if _CODE.fullmatch(code) is None:
        raise InvalidRequest("code_shape", field="code")
    if not 2000 <= fiscal_year <= 2100:
        raise InvalidRequest("year_out_of_range", field="fiscal_year")
    if not 1 <= len(region.strip()) <= 40:
        raise InvalidRequest("text_length", field="region", shortest="1", longest="40")
    if name_fault(region):
        raise InvalidRequest("text_fault", field="region")
    if form not in {known.id for known in form_types()}:
        raise InvalidRequest("no_such_form_type", field="form")
    _check_dates(dates)


def _check_dates(dates: Dates) -> None:
    if dates.filing_opens_on > dates.filing_due_on:
        raise InvalidRequest("dates_out_of_order", field="filing_due_on")
    if dates.evaluation_opens_on > dates.evaluation_due_on:
        raise InvalidRequest("dates_out_of_order", field="evaluation_due_on")


def _add(session: Session, cycle_id: int, department_ids: Sequence[int]) -> None:
    wanted = sorted(set(department_ids))
    if not wanted:
        return
    known = session.execute(
        select(Department.id).where(
            Department.id.in_(wanted), Department.active, Department.kind == DepartmentKind.BUDGET_UNIT
        )
    ).scalars()
    if set(known) != set(wanted):
        raise InvalidRequest("no_such_department", field="department_ids")
    rows = [{"cycle_id": cycle_id, "department_id": one} for one in wanted]
    session.execute(insert(CycleDepartment).on_conflict_do_nothing(), rows)


def _route(session: Session, name: str, *, kind: RouteKind) -> int:
    """The version that is named as code@version, of a code alone the newest; what only ships is copied there first."""
    code, _, version = name.partition("@")
    keep_shipped(session, code)
    wanted = select(RouteVersion.id).where(RouteVersion.code == code, RouteVersion.kind == kind)
    if version:
        wanted = wanted.where(RouteVersion.version == (int(version) if _VERSION.fullmatch(version) else 0))
    known = session.execute(wanted.order_by(RouteVersion.version.desc()).limit(1)).scalar()
    if known is None:
        raise InvalidRequest("no_such_profile", field=f"{kind.value}_route")
    return known


def _profile(session: Session, code: str) -> int:
    newest = (
        select(ProfileVersion.id).where(ProfileVersion.code == code).order_by(ProfileVersion.version.desc()).limit(1)
    )
    known = session.execute(newest).scalar()
    if known is not None:
        return known
    if code not in {name.partition("@")[0] for name in shipped_profiles()}:
        raise InvalidRequest("no_such_profile", field="profile")
    body = _shipped(code, field="profile")
    values = {"code": code, "version": body["version"], "body": body}
    session.execute(insert(ProfileVersion).values(values).on_conflict_do_nothing())
    return int(session.execute(newest).scalar_one())


def _shipped(code: str, *, field: str) -> dict[str, Any]:
    file = files("workflows.profiles").joinpath(f"{code}.toml")
    if _CODE.fullmatch(code) is None or not file.is_file():
        raise InvalidRequest("no_such_profile", field=field)
    return tomllib.loads(file.read_text("utf-8"))


def _plain(dates: Dates) -> dict[str, str]:
    return {name: getattr(dates, name).isoformat() for name in Dates.__dataclass_fields__}


def _note(session: Session, actor: Actor, cycle_id: int, *, action: str, body: dict[str, Any]) -> None:
    session.flush()
    append_event(session.connection(), "cycle", cycle_id, action=action, actor=actor, body=body)
