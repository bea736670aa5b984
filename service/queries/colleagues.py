"""Colleagues whom a reviewer can name: those of the same desk, who can take a work item over, and those who can sign beside it.

The engine has the last word (`workflows.signers`); this only spares people a list of names that it would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

from service.queries.submissions import Case
from workflows.facts import Actor, Grant, Seat
from workflows.lifecycle import ADMINISTRATORS, Role
from workflows.policy import REACH, Sees, covers

_NO_REVIEWERS = ADMINISTRATORS | {Role.FILLER, Role.OBSERVER, Role.SECRECY_REVIEWER}
MOST = 200


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to name, with the role and the office by which they could take it."""

    id: int
    name: str
    role: Role
    office: str
    office_en: str | None


@dataclass(frozen=True, slots=True)
class Colleagues:
    """`same_desk`: who could take the work item over; `signers`: who could sign beside it."""

    same_desk: tuple[Colleague, ...] = ()
    signers: tuple[Colleague, ...] = ()


_AROUND = text("""
select p.id, p.name, g.role, g.department_id, d.short_name as office, d.name_en as office_en
from grant_in_force g join person p on p.id = g.person_id and p.active join department d on d.id = g.department_id
where g.department_id = any(:departments) and p.id <> :me
order by p.name, p.id, g.role limit :most
""").bindparams(bindparam("departments", type_=ARRAY(BigInteger)))


def colleagues_of(connection: Connection, actor: Actor, case: Case, seat: Seat) -> Colleagues:
    """Whom this person can name at their seat. Nobody who prepared the form or decided it in this round is among them."""
    place = case.place
    departments = {*place.path, place.business_office_id, place.finance_bureau_id, seat.department_id}
    values = {"departments": sorted(departments), "me": actor.id, "most": MOST}
    done = case.prepared_by | {decision.person_id for decision in case.decisions}
    rows = [row for row in connection.execute(_AROUND, values) if row.id not in done]
    desk = (row for row in rows if (row.role, row.department_id) == (seat.role, seat.department_id))
    signers = (
        row
        for row in rows
        if Role(row.role) not in _NO_REVIEWERS
        and REACH[Role(row.role)].sees is not Sees.ONCE_APPROVED
        and covers(Grant(Role(row.role), row.department_id), place)
    )
    return Colleagues(_once(desk), _once(signers))


def _once(rows: Iterable[object]) -> tuple[Colleague, ...]:
    """Each person once, by the first of their roles."""
    found: dict[int, Colleague] = {}
    for row in rows:
        one = Colleague(row.id, row.name, Role(row.role), row.office, row.office_en)  # type: ignore[attr-defined]
        found.setdefault(one.id, one)
    return tuple(found.values())
