"""Which submissions are there for a person: the SQL twin of `workflows.policy.may_see`.

Every list goes through `VISIBLE`. A test holds both to the same answer on every role, state and place.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from workflows.facts import Actor
from workflows.policy import APPROVED_STATES, REACH, Scope, Sees

_STATES = ", ".join(f"'{state.value}'" for state in sorted(APPROVED_STATES))
_MOMENT = {
    Sees.ALWAYS: "true",
    Sees.ONCE_SUBMITTED: "s.submitted_at is not null",
    Sees.ONCE_APPROVED: f"s.state in ({_STATES})",
}
_SCOPE = {
    Scope.OWN: "g.department_id = d.id",
    Scope.BELOW: "g.department_id = any(d.path) and g.department_id <> d.id",
    Scope.OWN_AND_BELOW: "(g.department_id = any(d.path) or g.department_id = b.id)",
    Scope.BUSINESS_OFFICE: "(g.department_id = coalesce(d.business_office_id, b.id) or g.department_id = b.id)",
    Scope.REGION: "g.department_id = b.id",
    Scope.NOTHING: "false",
}


def _held(cases: Iterable[str]) -> str:
    lines = "\n".join(cases)
    held = "select 1 from grant_in_force g where g.person_id = :person_id"
    return f"exists ({held} and case g.role\n{lines}\n    else false end)"


# For `department d` beside `department b` with `b.kind = 'finance_bureau'` and the bind :person_id: the unit is within the
# reach of one of the person's roles, whatever its form is. The text is made of constants alone.
IN_REACH = _held(f"    when '{role.value}' then {_SCOPE[reach.scope]}" for role, reach in REACH.items())
# The same with `submission s` of that department: the form is there for the person.
VISIBLE = _held(
    f"    when '{role.value}' then {_MOMENT[reach.sees]} and {_SCOPE[reach.scope]}" for role, reach in REACH.items()
)

_SEEN = text(f"""
select s.id from submission s
    join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'
where s.id = any(:ids) and {VISIBLE}
""")  # noqa: S608 - constant text, no value of a request is in it


def visible_ids(connection: Connection, actor: Actor, *, ids: list[int]) -> set[int]:
    """Those of `ids` that are there for this person."""
    return set(connection.execute(_SEEN, {"ids": ids, "person_id": actor.id}).scalars())
