"""委托: lend a role of mine for the days that I am away; for who is absent already, the security administrator does it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Blueprint, current_app, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.api.auth import sign_in_required
from service.queries.actor import by_id
from service.queries.delegations import colleagues, delegations_of
from service.queries.people import person
from service.usecases.delegate import delegate, take_back
from service.web.admin import Faults, done_or_again, holds, number, typed
from service.web.frame import page, who
from workflows.deadlines import beijing_date
from workflows.delegating import DELEGABLE, MOST_DAYS, Lent
from workflows.errors import InvalidRequest, NotFound
from workflows.facts import Actor
from workflows.lifecycle import Role

blueprint = Blueprint("delegations", __name__)
sign_in_required(blueprint)


@blueprint.get("/account/delegations")
def show() -> Response:
    """What I lent and was lent, and the form to lend a role."""
    return _page([], 200)


@blueprint.get("/admin/people/<int:person_id>/delegations")
def show_of(person_id: int) -> Response:
    """The same of somebody who is away, for the security administrator."""
    _needs_security()
    return _page([], 200, person_id=person_id)


@blueprint.post("/account/delegations")
def lend() -> Response:
    """Lend a role of mine."""
    return _lend(None)


@blueprint.post("/admin/people/<int:person_id>/delegations")
def lend_of(person_id: int) -> Response:
    """Lend a role of somebody who is away."""
    _needs_security()
    return _lend(person_id)


@blueprint.post("/account/delegations/<int:delegation_id>/end")
def end(delegation_id: int) -> Response:
    """End one: mine, one that I was lent, or any for the security administrator."""
    back = number("person_id") if holds(Role.SEC_ADMIN) else None

    def act(session: Session) -> Response:
        take_back(session, who().actor, delegation_id=delegation_id)
        return redirect(f"{_address(back)}?ended", 303)

    return done_or_again(act, lambda faults, status: _page(faults, status, person_id=back))


def _lend(person_id: int | None) -> Response:
    actor = who().actor
    assert actor.id is not None, "a person has an account"

    def act(session: Session) -> Response:
        role, _, unit = request.form.get("role", "").partition("@")
        if role not in DELEGABLE or not (unit.isascii() and unit.isdigit() and len(unit) < 18):
            raise InvalidRequest("role_not_lent", field="role")
        lent = Lent(Role(role), int(unit), _day("starts_on"), _day("ends_on"))
        delegate(
            session, actor, person_id=person_id or actor.id or 0, delegate_id=number("delegate_id") or 0, lent=lent,
            reason=typed("reason"),
        )  # fmt: skip
        return redirect(f"{_address(person_id)}?lent", 303)

    return done_or_again(act, lambda faults, status: _page(faults, status, person_id=person_id))


def _page(faults: Faults, status: int, *, person_id: int | None = None) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        owner: Actor | None = who().actor if person_id is None else by_id(connection, person_id)
        if owner is None or owner.id is None:
            raise NotFound
        listed = delegations_of(connection, owner.id)
        people = colleagues(connection, owner)
        account = person(connection, owner.id)
    assert account is not None, "an actor has an account"
    held = [one for one in account.roles if one.role in DELEGABLE]
    return page(
        "delegations.html", status=status, faults=faults, typed=request.form, owner=owner, listed=listed, people=people,
        held=held, others=person_id is not None, address=_address(person_id), most=MOST_DAYS,
        today=beijing_date(datetime.now(UTC)),
    )  # fmt: skip


def _address(person_id: int | None) -> str:
    return "/account/delegations" if person_id is None else f"/admin/people/{person_id}/delegations"


def _needs_security() -> None:
    if not holds(Role.SEC_ADMIN):
        raise NotFound


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        raise InvalidRequest("no_such_date", field=name) from None
