"""流程: versions of the review and evaluation routes, their levels as a form, and a simulation of what they would do.

Buttons that move a level post the whole form and show it again: nothing is saved by them, and nothing needs a script.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from flask import Blueprint, current_app, redirect, request
from werkzeug import Response

from service.db import unit_of_work
from service.models.people import DepartmentKind
from service.queries.departments import Unit, tree
from service.queries.route_simulation import Simulation, simulate
from service.queries.route_versions import RouteLine, lines_of, route_lines
from service.usecases.save_route import save_route
from service.web.admin import Faults, holds, looks, typed
from service.web.formats import now
from service.web.frame import gettext, label, language, page, who
from service.web.route_form import REVIEWERS, TypedLevel, anchor, data_of, given, levels_of, moved, posted_levels
from workflows.deadlines import beijing_date
from workflows.errors import DomainError, NotAllowed, NotFound
from workflows.forms import form_types
from workflows.lifecycle import Role
from workflows.quantities import number as quantity_of
from workflows.refusals import explained_error
from workflows.route import MAX_LEVELS, MAX_SEATS, MAX_WORKING_DAYS, Desk, IfNobody, Need, Route, RouteFault, read_route
from workflows.route_check import MOST_ON_A_PAGE, UnsoundRoute, needs_sound

blueprint = Blueprint("admin_routes", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

LOOKS: Final = Role.FINANCE_PERFORMANCE_OFFICE
_ISO_LENGTH: Final = 10
_CHOICES: Final = {"desk": tuple(Desk), "need": tuple(Need), "if_nobody": tuple(IfNobody)}
_YEARS: Final = range(2000, 2101)


@dataclass(slots=True)
class Shown:
    """What the page of a route shows: its levels as typed, what is wrong with them, what a button said."""

    levels: list[TypedLevel]
    source: str
    faults: Faults = field(default_factory=list)
    status: int = 200
    simulation: Simulation | None = None
    checked: bool = False


@blueprint.get("/admin/routes")
def show() -> Response:
    """Every route with its versions."""
    looks(LOOKS)
    return page("admin/routes.html", lines=_lines(), acts=holds(LOOKS))


@blueprint.get("/admin/routes/<code>")
def one(code: str) -> Response:
    """One version of a route, the newest where none is named."""
    looks(LOOKS)
    lines = lines_of(_lines(), code)
    route = _chosen(lines)
    return _page(lines, route, Shown(levels_of(route), route.source))


@blueprint.post("/admin/routes/<code>")
def change(code: str) -> Response:
    """`do`: one of the buttons of the levels, `check`, `simulate`, `save` as the next version, `save_as` a route of its own."""
    looks(LOOKS)
    lines = lines_of(_lines(), code)
    route, do = _chosen(lines), request.form.get("do", "check")
    shown = Shown(levels_of(route), route.source)
    if holds(LOOKS):
        shown = Shown(posted_levels(request.form), typed("source"))
    elif do != "simulate":
        raise NotAllowed("needs_role", role=LOOKS.value)
    after = moved(shown.levels, do)
    if after is not None:
        shown.levels = after
        return _page(lines, route, shown)
    if do in ("save", "save_as"):
        return _save(lines, route, shown, new=do == "save_as")
    if do not in ("check", "simulate"):
        raise NotFound
    return _tried(lines, route, shown, do)


def _save(lines: list[RouteLine], route: Route, shown: Shown, *, new: bool) -> Response:
    data = _data(route, shown) | ({"code": typed("new_code")} if new else {})
    base = request.form.get("base", "")
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            edited = 0 if new else int(base) if base.isdigit() and len(base) < 8 else lines[0].route.version
            kept = save_route(session, who().actor, data=data, base=edited)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        shown.faults, shown.status = _faults(error, new=new), 400 if error.field else 409
        return _page(lines_of(_lines(), route.code), route, shown)
    return redirect(f"/admin/routes/{kept.code}?saved={kept.version}", 303)


def _tried(lines: list[RouteLine], route: Route, shown: Shown, do: str) -> Response:
    """The check or the simulation of what is on the page; both only look."""
    try:
        read = read_route(_data(route, shown))
        if do == "check":
            needs_sound(read, most=MOST_ON_A_PAGE)
            shown.checked = True
        else:
            shown.simulation = _simulated(read)
    except DomainError as error:
        shown.faults, shown.status = _faults(error), 400
    return _page(lines, route, shown)


def _data(route: Route, shown: Shown) -> dict[str, Any]:
    return {
        "code": route.code,
        "version": route.version,
        "kind": route.kind.value,
        "source": shown.source or " ",
        "levels": data_of(shown.levels),
    }


def _faults(error: DomainError, *, new: bool = False) -> Faults:
    each = error.faults if isinstance(error, UnsoundRoute) else (error,)
    return [(_where(one, new=new), explained_error(one, lang=language())) for one in each]


def _where(error: DomainError, *, new: bool) -> str | None:
    if isinstance(error, RouteFault):
        return "#new_code" if new and error.setting == "code" else anchor(error)
    return f"#{error.field}" if error.field else None


def _simulated(route: Route) -> Simulation:
    """Raises RouteFault and InvalidRequest with the field of the simulation that can't be read."""
    fields = request.form
    unit, by, amount = given(fields, "department_id"), given(fields, "prepared_by"), given(fields, "amount")
    quantity = quantity_of(amount) if amount else None
    if amount and (quantity is None or quantity < 0):
        raise RouteFault("simulated_amount", field="amount")
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return simulate(
            connection,
            route,
            department_id=_id(unit),
            form=given(fields, "form"),
            amount=quantity,
            on=_day(given(fields, "on")),
            prepared_by=_id(by) or None,
        )


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == _ISO_LENGTH else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise RouteFault("simulated_day", field="on")
    return day


def _lines() -> list[RouteLine]:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return route_lines(connection)


def _chosen(lines: list[RouteLine]) -> Route:
    """The version that the address names. Raises NotFound for one that is none."""
    asked = request.args.get("version") or str(lines[0].route.version)
    for line in lines:
        if str(line.route.version) == asked:
            return line.route
    raise NotFound


def _units() -> list[Unit]:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return [unit for unit in tree(connection) if unit.active and unit.kind is DepartmentKind.BUDGET_UNIT]


def _page(lines: list[RouteLine], route: Route, shown: Shown) -> Response:
    units, forms = _units(), {form.id: label("form", form.code) for form in form_types()}
    proposed = {
        "department_id": str(units[0].id) if units else "",
        "form": next(iter(forms)),
        "amount": "",
        "on": "",
        "prepared_by": "",
    }
    proposed["on"] = beijing_date(now()).isoformat()
    asked = request.form if request.method == "POST" else proposed
    base = request.form.get("base", "") if request.method == "POST" else str(lines[0].route.version)
    saved = request.args.get("saved", "")
    return page(
        "admin/route.html", status=shown.status, lines=lines, route=route, levels=shown.levels, source=shown.source,
        faults=shown.faults, simulation=shown.simulation, checked=shown.checked, base=base, units=units, forms=forms,
        asked={name: given(asked, name) for name in proposed}, new_code=typed("new_code"),
        saved=saved if saved == str(lines[0].route.version) else "", acts=holds(LOOKS), roles=REVIEWERS,
        choices=_CHOICES,
        pairs_of=lambda kind, codes: [(code, label(kind, code)) for code in codes],
        kinds_of=lambda chosen: dict.fromkeys((*(form.code for form in form_types()), *chosen)),
        limits={"levels": MAX_LEVELS, "seats": MAX_SEATS, "days": MAX_WORKING_DAYS}, needs=_needs(),
    )  # fmt: skip


def _needs() -> dict[str, str]:
    """How many of several signatures a level needs, in a word."""
    return {"any": gettext("或签"), "all": gettext("会签"), "k": gettext("比例")}
