"""常用语: the words that a reviewer can put into an opinion, their own and those of the offices at which they review."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from workflows.facts import Actor
from workflows.lifecycle import ADMINISTRATORS, Role

_NOT_REVIEWING = ADMINISTRATORS | {Role.FILLER, Role.OBSERVER}


@dataclass(frozen=True, slots=True)
class Template:
    """Words to put in. `office` is the short name of the office that shares them, None for a person's own."""

    id: int
    body: str
    department_id: int | None
    office: str | None
    office_en: str | None


_MINE = text("""
select t.id, t.body, t.department_id, d.short_name as office, d.name_en as office_en
from opinion_template t left join department d on d.id = t.department_id
where t.person_id = :person or t.department_id = any(:offices)
order by t.department_id nulls first, t.id
""")


def offices_of(actor: Actor) -> list[int]:
    """The departments at which somebody reviews: whose words they share."""
    return sorted({grant.department_id for grant in actor.grants if grant.role not in _NOT_REVIEWING})


def templates_of(connection: Connection, actor: Actor) -> list[Template]:
    """The words that this person can use, their own first."""
    rows = connection.execute(_MINE, {"person": actor.id, "offices": offices_of(actor)})
    return [Template(**row._mapping) for row in rows]
