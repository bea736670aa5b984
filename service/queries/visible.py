"""Which submissions are there for a person: the SQL twin of `workflows.policy.may_see`.

Every list goes through `VISIBLE`. A test holds both to the same answer on every role, state and place.
"""

from __future__ import annotations

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
    Scope.OWN: "g.department_id = s.department_id",
    Scope.BELOW: "g.department_id = any(d.path) and g.department_id <> s.department_id",
    Scope.OWN_AND_BELOW: "(g.department_id = any(d.path) or g.department_id = b.id)",
    Scope.BUSINESS_OFFICE: "(g.department_id = coalesce(d.business_office_id, b.id) or g.department_id = b.id)",
    Scope.REGION: "g.department_id = b.id",
    Scope.NOTHING: "false",
}

# For `from submission s join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'`,
# with the bind :person_id. The text is made of constants alone.
_ROLES = "\n".join(
    f"    when '{role.value}' then {_MOMENT[reach.sees]} and {_SCOPE[reach.scope]}" for role, reach in REACH.items()
)
VISIBLE = f"""exists (select 1 from role_assignment g where g.person_id = :person_id and case g.role
{_ROLES}
    else false end)"""  # noqa: S608 - constant text, no value of a request is in it

_SEEN = text(f"""
select s.id from submission s
    join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'
where s.id = any(:ids) and {VISIBLE}
""")  # noqa: S608 - constant text, no value of a request is in it


def visible_ids(connection: Connection, actor: Actor, *, ids: list[int]) -> set[int]:
    """Those of `ids` that are there for this person."""
    return set(connection.execute(_SEEN, {"ids": ids, "person_id": actor.id}).scalars())
