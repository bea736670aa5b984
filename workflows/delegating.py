"""Delegation (委托): which roles a person may lend to a colleague, for which days, and why not.

It never widens authority: only a role of one's own is lent, to somebody of the same department, for a bounded time, and what
was lent is not lent on. Four eyes are kept by `workflows.policy`, which counts both as one pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workflows.errors import InvalidRequest
from workflows.facts import Actor
from workflows.lifecycle import ADMINISTRATORS, Role

# Roles that act on what others filed. Filling in is no office to stand in for: any filler of the unit may do it.
DELEGABLE: Final = frozenset(
    {
        Role.DEPT_HEAD,
        Role.SUPERIOR_REVIEWER,
        Role.FINANCE_BUSINESS_OFFICE,
        Role.FINANCE_PERFORMANCE_OFFICE,
        Role.FINANCE_BUDGET_OFFICE,
    }
)
# An absence, not an appointment: who is away for longer is replaced by the security administrator.
MOST_DAYS: Final = 92
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Lent:
    """A role at a department for days (Beijing dates, both counted)."""

    role: Role
    department_id: int
    starts_on: date
    ends_on: date


def check_lending(owner: Actor, delegate: Actor | None, lent: Lent, *, today: date) -> None:
    """Refuse what can't be lent. Raises InvalidRequest with the field of the page."""
    own = [grant for grant in owner.grants if grant.on_behalf_of is None]
    if lent.role not in DELEGABLE or not any(
        grant.role is lent.role and grant.department_id == lent.department_id for grant in own
    ):
        raise InvalidRequest("role_not_lent", field="role")
    _check_delegate(owner, delegate, lent)
    if lent.starts_on < today:
        raise InvalidRequest("days_are_past", field="starts_on")
    if lent.ends_on < lent.starts_on:
        raise InvalidRequest("dates_out_of_order", field="ends_on")
    if lent.ends_on >= lent.starts_on + timedelta(days=MOST_DAYS):
        raise InvalidRequest("too_many_days", field="ends_on", most=str(MOST_DAYS))


def _check_delegate(owner: Actor, delegate: Actor | None, lent: Lent) -> None:
    if delegate is None:
        raise InvalidRequest("no_such_colleague", field="delegate_id")
    if delegate.id in owner.eyes(None):
        raise InvalidRequest("person_is_yourself", field="delegate_id")
    roles = {
        grant.role
        for grant in delegate.grants
        if grant.on_behalf_of is None and grant.department_id == lent.department_id
    }
    if not roles - ADMINISTRATORS:
        raise InvalidRequest("delegate_of_another_office", field="delegate_id")
