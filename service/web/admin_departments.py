"""部门: the tree, and one department with its names, its place and its state. Acts are those of the system administrator."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.models.people import DepartmentKind
from service.queries.departments import Unit, tree
from service.usecases.departments import (
    activate_department,
    create_department,
    deactivate_department,
    move_department,
    rename_department,
    set_keeps_unsaved,
)
from service.web.admin import Faults, done_or_again, holds, looks, number, typed
from service.web.frame import page, who
from workflows.errors import NotFound
from workflows.lifecycle import Role

blueprint = Blueprint("admin_departments", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@blueprint.get("/admin/departments")
def show() -> Response:
    """The tree as an indented list."""
    looks()
    units = _tree()
    return page("admin/departments.html", units=units, names={one.id: one for one in units}, acts=holds(Role.SYS_ADMIN))


@blueprint.get("/admin/departments/new")
def new() -> Response:
    """The form of a new department."""
    looks()
    return _new([], 200)


@blueprint.post("/admin/departments/new")
def create() -> Response:
    """Make it, and show it."""

    def act(session: Session) -> Response:
        kind = typed("kind")
        made = create_department(
            session,
            who().actor,
            code=typed("code"),
            name=typed("name"),
            short_name=typed("short_name") or None,
            name_en=typed("name_en") or None,
            kind=DepartmentKind(kind) if kind in list(DepartmentKind) else DepartmentKind.BUDGET_UNIT,
            parent_id=number("parent_id"),
            business_office_id=number("business_office_id"),
        )
        return redirect(f"/admin/departments/{made}?done=create", 303)

    return done_or_again(act, _new)


@blueprint.get("/admin/departments/<int:department_id>")
def one(department_id: int) -> Response:
    """One department."""
    looks()
    return _one(department_id, [], 200)


@blueprint.post("/admin/departments/<int:department_id>")
def change(department_id: int) -> Response:
    """Rename, move, close or open again, let unsaved input stay in the tab or not: `do` says which."""

    def act(session: Session) -> Response:
        actor, do = who().actor, request.form.get("do", "")
        if do == "rename":
            names = {"name": typed("name"), "short_name": typed("short_name"), "name_en": typed("name_en") or None}
            rename_department(session, actor, department_id=department_id, **names)  # type: ignore[arg-type]
        elif do == "move":
            place = {"parent_id": number("parent_id"), "business_office_id": number("business_office_id")}
            move_department(session, actor, department_id=department_id, **place)
        elif do == "deactivate":
            deactivate_department(session, actor, department_id=department_id)
        elif do == "activate":
            activate_department(session, actor, department_id=department_id)
        elif do in ("keep_unsaved", "forget_unsaved"):
            set_keeps_unsaved(session, actor, department_id=department_id, keeps=do == "keep_unsaved")
        else:
            raise NotFound
        return redirect(f"/admin/departments/{department_id}?done={do}", 303)

    return done_or_again(act, lambda faults, status: _one(department_id, faults, status))


def _tree() -> list[Unit]:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return tree(connection)


def _new(faults: Faults, status: int) -> Response:
    units = _tree()
    return page(
        "admin/department_new.html", status=status, units=units, offices=_offices(units), kinds=list(DepartmentKind),
        faults=faults, typed=request.form, acts=holds(Role.SYS_ADMIN),
    )  # fmt: skip


def _one(department_id: int, faults: Faults, status: int) -> Response:
    units = _tree()
    found = next((one for one in units if one.id == department_id), None)
    if found is None:
        raise NotFound
    return page(
        "admin/department.html", status=status, unit=found, units=units, names={one.id: one for one in units},
        offices=_offices(units), faults=faults, typed=request.form, acts=holds(Role.SYS_ADMIN),
        done=request.args.get("done", ""),
    )  # fmt: skip


def _offices(units: list[Unit]) -> list[Unit]:
    return [one for one in units if one.kind is DepartmentKind.FINANCE_OFFICE]
