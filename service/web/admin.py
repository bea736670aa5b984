"""What the administration's pages share: who may look, who may act, and how a refusal comes back beside what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug import Response

from service.db import unit_of_work
from service.web.frame import language, who
from workflows.errors import DomainError, NotAllowed, NotFound
from workflows.lifecycle import ADMINISTRATORS, Role
from workflows.refusals import explained_error

Faults = list[tuple[str | None, str]]
LONGEST: Final = 400


def holds(role: Role) -> bool:
    """Whether this person has the role anywhere; the use cases look at where."""
    return any(grant.role is role for grant in who().actor.grants)


def looks(*others: Role) -> None:
    """Administrators may look at all of the administration, and who is named besides. Raises NotAllowed."""
    if not any(grant.role in ADMINISTRATORS or grant.role in others for grant in who().actor.grants):
        raise NotAllowed("needs_role", role="|".join(role.value for role in (*others, Role.SYS_ADMIN)))


def done_or_again(act: Callable[[Session], Response], again: Callable[[Faults, int], Response]) -> Response:
    """Run an act in one transaction. What it refuses comes back on the page, with the field to mend."""
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            return act(session)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        where = f"#{error.field}" if error.field else None
        return again([(where, explained_error(error, lang=language()))], 400 if error.field else 409)


def typed(name: str) -> str:
    """A text field of the form as typed, its ends trimmed."""
    return request.form.get(name, "").strip()[:LONGEST]


def number(name: str) -> int | None:
    """A number of a select, None for its empty entry and for nonsense."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
