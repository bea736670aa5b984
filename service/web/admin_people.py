"""人员: accounts by the system administrator, roles by the security administrator; neither acts on themselves."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.queries.departments import tree
from service.queries.people import further_accounts, people, person
from service.usecases.accounts import (
    change_person,
    create_person,
    disable_person,
    enable_person,
    grant_role,
    reset_password,
    revoke_role,
)
from service.usecases.link_accounts import link_accounts
from service.web.admin import Faults, done_or_again, holds, looks, number, typed
from service.web.frame import PER_PAGE, page, who
from service.web.paging import address
from workflows.errors import InvalidRequest, NotFound
from workflows.lifecycle import ADMINISTRATORS, Role

blueprint = Blueprint("admin_people", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


@blueprint.get("/admin/people")
def show() -> Response:
    """Accounts by user name; the search looks in names and user names."""
    looks()
    search, after = request.args.get("q", "").strip()[:100], request.args.get("after", "")[:100]
    clean = "\x00" not in search + after
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = people(connection, search=search or None, after=after, limit=PER_PAGE + 1) if clean else []
    following = None
    if len(found) > PER_PAGE:
        following = address("/admin/people", {"q": search or None, "after": found[PER_PAGE - 1].username})
    return page(
        "admin/people.html", people=found[:PER_PAGE], q=search, following=following, first=not after,
        acts=holds(Role.SYS_ADMIN),
    )  # fmt: skip


@blueprint.get("/admin/people/new")
def new() -> Response:
    """The form of a new account."""
    looks()
    return _new([], 200)


@blueprint.post("/admin/people/new")
def create() -> Response:
    """Make it, and show its one-time password this once."""

    def act(session: Session) -> Response:
        made = create_person(
            session, who().actor, username=typed("username"), name=typed("name"), email=typed("email") or None,
            language=typed("language") or "zh",
        )  # fmt: skip
        return _secret(made.person_id, made.one_time_password, typed("username").lower())

    return done_or_again(act, _new)


@blueprint.get("/admin/people/<int:person_id>")
def one(person_id: int) -> Response:
    """One account with its roles."""
    looks()
    return _one(person_id, [], 200)


@blueprint.post("/admin/people/<int:person_id>")
def change(person_id: int) -> Response:
    """`do`: correct the account, close or open it, reset its password, give or take a role."""

    def act(session: Session) -> Response:
        actor, do = who().actor, request.form.get("do", "")
        if do == "reset":
            password = reset_password(session, actor, person_id=person_id)
            return _secret(person_id, password, typed("username"))
        if do == "change":
            change_person(session, actor, person_id=person_id, name=typed("name"), email=typed("email") or None)
        elif do in ("disable", "enable"):
            (disable_person if do == "disable" else enable_person)(session, actor, person_id=person_id)
        elif do == "grant":
            grant_role(session, actor, person_id=person_id, role=_role(), department_id=number("department_id") or 0)
        elif do == "revoke":
            revoke_role(session, actor, assignment_id=number("assignment_id") or 0)
        else:
            raise NotFound
        return redirect(f"/admin/people/{person_id}?done={do}", 303)

    return done_or_again(act, lambda faults, status: _one(person_id, faults, status))


@blueprint.post("/admin/people/<int:person_id>/same")
def same(person_id: int) -> Response:
    """Say whose further account this is; nothing typed: nobody's."""

    def act(session: Session) -> Response:
        link_accounts(session, who().actor, person_id=person_id, username=typed("same_as"))
        return redirect(f"/admin/people/{person_id}?done=same", 303)

    return done_or_again(act, lambda faults, status: _one(person_id, faults, status))


def _role() -> Role:
    asked = typed("role")
    if asked not in list(Role):
        raise InvalidRequest("no_such_role", field="role")
    return Role(asked)


def _secret(person_id: int, password: str, username: str) -> Response:
    """The one page that shows the password; opened again it is not there."""
    return page("admin/secret.html", person_id=person_id, password=password, username=username)


def _new(faults: Faults, status: int) -> Response:
    return page("admin/person_new.html", status=status, faults=faults, typed=request.form, acts=holds(Role.SYS_ADMIN))


def _one(person_id: int, faults: Faults, status: int) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = person(connection, person_id)
        units = [unit for unit in tree(connection) if unit.active]
        further = further_accounts(connection, person_id)
    if found is None:
        raise NotFound("no_such_person")
    administers = any(held.role in ADMINISTRATORS for held in found.roles)
    return page(
        "admin/person.html", status=status, person=found, further=further, units=units, roles=list(Role), faults=faults,
        typed=request.form, done=request.args.get("done", ""), myself=who().actor.id == person_id,
        keeps=holds(Role.SYS_ADMIN), secures=holds(Role.SEC_ADMIN),
        resets=holds(Role.SEC_ADMIN if administers else Role.SYS_ADMIN),
    )  # fmt: skip
