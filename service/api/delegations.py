"""委托: what one lent and was lent, lending a role, ending it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, StringConstraints
from sqlalchemy.orm import Session

from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import work
from service.api.idempotency import Once, answer, once
from service.api.paging import plain
from service.api.schemas import Day, Id, Strict, StrictBody
from service.queries.delegations import delegations_of
from service.usecases.delegate import delegate, take_back
from workflows.delegating import LONGEST_REASON, Lent
from workflows.lifecycle import Role

blueprint = json_alone(api_blueprint("delegations", about="Delegations"))
sign_in_required(blueprint)


class DelegationIn(StrictBody):
    """A role of yours at a department, lent to a colleague there from one Beijing date to another, both counted.

    `person_id` is whose role it is, where a security administrator lends it for somebody who is absent.
    """

    delegate_id: Id
    role: Literal[
        "dept_head",
        "superior_reviewer",
        "finance_business_office",
        "finance_performance_office",
        "finance_budget_office",
    ]
    department_id: Id
    starts_on: Day
    ends_on: Day
    reason: Annotated[str, StringConstraints(max_length=LONGEST_REASON)]
    person_id: Id | None = None


class DelegationPath(Strict):
    """A delegation."""

    delegation_id: Id


class DelegatedOut(BaseModel):
    """One delegation. `ends_at` is the moment after its last day; `running` says that it is in force."""

    id: int
    person_id: int
    person: str
    delegate_id: int
    delegate: str
    role: str
    department: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    set_by: str
    revoked_at: datetime | None
    running: bool
    ended: bool


class DelegationsOut(BaseModel):
    """Those in force and to come first, at most fifty."""

    delegations: list[DelegatedOut]


class MadeOut(BaseModel):
    """The delegation that was made or ended."""

    id: int


@blueprint.get("/delegations", responses={200: DelegationsOut})
def list_delegations() -> Response:
    """What you lent and were lent."""
    actor = current().actor
    with work() as session:
        found = delegations_of(session.connection(), actor.id or 0)
    return answer(200, {"delegations": [plain(one) for one in found]})


@blueprint.post("/delegations", responses={201: MadeOut})
def lend(body: DelegationIn) -> Response:
    """Lend a role."""
    who = current()

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        lent = Lent(Role(body.role), body.department_id, body.starts_on, body.ends_on)
        made = delegate(
            session, who.actor, person_id=body.person_id or who.actor.id or 0, delegate_id=body.delegate_id, lent=lent,
            reason=body.reason,
        )  # fmt: skip
        this.keep(session, 201, {"id": made})
        return 201, {"id": made}

    return once(who, write)


@blueprint.post("/delegations/<int:delegation_id>/end", responses={200: MadeOut})
def end(path: DelegationPath) -> Response:
    """End a delegation before its last day: yours, one that you were lent, or any as a security administrator."""
    who = current()

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        take_back(session, who.actor, delegation_id=path.delegation_id)
        this.keep(session, 200, {"id": path.delegation_id})
        return 200, {"id": path.delegation_id}

    return once(who, write)
