"""周期: a fiscal year opened with its form, units and windows. Acts are those of the finance performance office."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, current_app, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.models.people import DepartmentKind
from service.queries.cycles import CycleLine, cycle, cycles, participants
from service.queries.departments import Unit, tree
from service.queries.route_versions import route_lines
from service.usecases.cycles import (
    Dates,
    ask_for_reasons,
    change_dates,
    change_participants,
    close_cycle,
    create_cycle,
    follow_cycle,
)
from service.web.admin import Faults, done_or_again, holds, looks, number, typed
from service.web.formats import now
from service.web.frame import gettext, label, page, who
from workflows.deadlines import beijing_date
from workflows.errors import InvalidRequest, NotFound
from workflows.forms import form_types
from workflows.lifecycle import Role, RouteKind
from workflows.route_check import SHIPPED

blueprint = Blueprint("admin_cycles", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

ISO_LENGTH = 10
PROFILES = ("mof-2020", "mof-2020-capped", "mof-2020-ratio")
FILING = timedelta(days=14)
DATES = tuple(Dates.__dataclass_fields__)


@blueprint.get("/admin/cycles")
def show() -> Response:
    """Every cycle with how far it is."""
    looks(Role.FINANCE_PERFORMANCE_OFFICE)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = cycles(connection)
    return page("admin/cycles.html", cycles=found, acts=holds(Role.FINANCE_PERFORMANCE_OFFICE))


@blueprint.get("/admin/cycles/new")
def new() -> Response:
    """The form of a new cycle."""
    looks(Role.FINANCE_PERFORMANCE_OFFICE)
    return _new([], 200)


@blueprint.post("/admin/cycles/new")
def create() -> Response:
    """Open it."""

    def act(session: Session) -> Response:
        made = create_cycle(
            session,
            who().actor,
            code=typed("code"),
            fiscal_year=number("fiscal_year") or 0,
            region=typed("region"),
            form=typed("form"),
            dates=_dates(),
            department_ids=_units(),
            budget_round=number("budget_round") or 1,
            target_route=typed("target_route") or SHIPPED[RouteKind.TARGET],
            evaluation_route=typed("evaluation_route") or SHIPPED[RouteKind.EVALUATION],
            profile=typed("profile") or PROFILES[0],
        )
        return redirect(f"/admin/cycles/{made}?done=create", 303)

    return done_or_again(act, _new)


@blueprint.get("/admin/cycles/<int:cycle_id>")
def one(cycle_id: int) -> Response:
    """One cycle."""
    looks(Role.FINANCE_PERFORMANCE_OFFICE)
    return _one(cycle_id, [], 200)


@blueprint.post("/admin/cycles/<int:cycle_id>")
def change(cycle_id: int) -> Response:
    """`do`: move the windows, let units in or out, ask for reasons, close. Closing asks for the code, typed."""

    def act(session: Session) -> Response:
        actor, do = who().actor, request.form.get("do", "")
        found = cycle(session.connection(), cycle_id)
        if found is None:
            raise NotFound
        if do == "dates":
            change_dates(session, actor, cycle_id=cycle_id, dates=_dates())
        elif do == "units":
            before, after = participants(session.connection(), cycle_id), set(_units())
            added, removed = sorted(after - before), sorted(before - after)
            change_participants(session, actor, cycle_id=cycle_id, added=added, removed=removed)
        elif do == "reasons":
            ask_for_reasons(session, actor, cycle_id=cycle_id, asks=request.form.get("asks_reasons") == "yes")
        elif do == "close" and typed("confirm") != found.code:
            raise InvalidRequest("code_not_confirmed", field="confirm", code=found.code)
        elif do == "close":
            close_cycle(session, actor, cycle_id=cycle_id)
        else:
            raise NotFound
        return redirect(f"/admin/cycles/{cycle_id}?done={do}", 303)

    return done_or_again(act, lambda faults, status: _one(cycle_id, faults, status))


@blueprint.post("/admin/cycles/<int:cycle_id>/follow")
def follow(cycle_id: int) -> Response:
    """Name the cycle of the second round, or none."""

    def act(session: Session) -> Response:
        follow_cycle(session, who().actor, cycle_id=cycle_id, following_id=number("following_id"))
        return redirect(f"/admin/cycles/{cycle_id}?done=follow", 303)

    return done_or_again(act, lambda faults, status: _one(cycle_id, faults, status))


def _dates() -> Dates:
    """The four dates of a form. Raises InvalidRequest for one that is none."""
    return Dates(**{name: _day(name) for name in DATES})


def _day(name: str) -> date:
    text = request.form.get(name, "").strip()
    if len(text) != ISO_LENGTH:
        raise InvalidRequest("no_such_date", field=name)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest("no_such_date", field=name) from error


def _units() -> list[int]:
    texts = request.form.getlist("units")
    return [int(text) for text in texts[:5000] if text.isascii() and text.isdigit() and len(text) < 18]


def _active() -> list[Unit]:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return [unit for unit in tree(connection) if unit.active and unit.kind is DepartmentKind.BUDGET_UNIT]


def _new(faults: Faults, status: int) -> Response:
    units, year = _active(), beijing_date(now()).year + 1
    given = request.form if request.method == "POST" else _proposed(year)
    chosen = set(_units()) if request.method == "POST" else {unit.id for unit in units}
    return page(
        "admin/cycle_new.html", status=status, units=units, chosen=chosen,
        forms=[(form.id, label("form", form.code)) for form in form_types()],
        routes=_routes(), profiles=PROFILES, typed=given, dates=_labels(), faults=faults,
        acts=holds(Role.FINANCE_PERFORMANCE_OFFICE),
    )  # fmt: skip


def _routes() -> dict[str, list[str]]:
    """The versions that a cycle can bind, by kind; that of the product's own code first, newest first."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        lines = route_lines(connection)
    lines.sort(key=lambda line: line.route.code != SHIPPED[line.route.kind])
    return {kind.value: [line.name for line in lines if line.route.kind is kind] for kind in RouteKind}


def _proposed(year: int) -> dict[str, str]:
    """The dates of the usual year: filing in the autumn before, evaluation in the first quarter after.

    Late in the autumn filing begins today, since nobody means to open a cycle that is over.
    """
    opens = max(date(year - 1, 11, 1), beijing_date(now()))
    return {
        "code": f"C{year}",
        "fiscal_year": str(year),
        "region": "",
        "form": form_types()[0].id,
        "filing_opens_on": opens.isoformat(),
        "filing_due_on": (opens + FILING).isoformat(),
        "evaluation_opens_on": f"{year + 1}-01-01",
        "evaluation_due_on": f"{year + 1}-03-31",
    }


def _one(cycle_id: int, faults: Faults, status: int) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = cycle(connection, cycle_id)
        takes_part = participants(connection, cycle_id)
        others = cycles(connection)
    if found is None:
        raise NotFound
    units = _active()
    again = request.form.get("do") if faults else None
    return page(
        "admin/cycle.html", status=status, cycle=found, units=units,
        chosen=set(_units()) if again == "units" else takes_part,
        typed=request.form if again == "dates" else _kept(found), dates=_labels(), faults=faults,
        seconds=_second_rounds(found, others),
        acts=holds(Role.FINANCE_PERFORMANCE_OFFICE) and found.closed_at is None, done=request.args.get("done", ""),
    )  # fmt: skip


def _second_rounds(found: CycleLine, others: list[CycleLine]) -> list[CycleLine]:
    """The cycles that could follow a first round: of the same year and form, open, and following no other."""
    taken = {one.followed_by_id for one in others if one.id != found.id}
    return [
        one
        for one in others
        if found.budget_round == 1
        and (one.budget_round, one.fiscal_year, one.form) == (2, found.fiscal_year, found.form)
        and one.closed_at is None
        and one.id not in taken
    ]


def _kept(found: CycleLine) -> dict[str, str]:
    return {name: getattr(found, name).isoformat() for name in DATES}


def _labels() -> list[tuple[str, str]]:
    words = (gettext("填报开始"), gettext("填报截止"), gettext("自评开始"), gettext("自评截止"))
    return list(zip(DATES, words, strict=True))
