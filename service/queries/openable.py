"""Which forms a filler may open: units and running cycles that they take part in, and what is open there already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Openable:
    """A unit in a cycle. `existing_id` is its form of the year, where it has one; `has_last_year`: one of the year before is
    approved, so that it may be copied.
    """

    cycle_id: int
    department_id: int
    fiscal_year: int
    budget_round: int
    form: str
    filing_opens_on: date
    filing_due_on: date
    name: str
    short_name: str
    name_en: str | None
    existing_id: int | None
    existing_state: str | None
    has_last_year: bool = False

    def has_ended(self, today: date) -> bool:
        """Whether its window for filing is over; a form that is open there may still be finished, late."""
        return self.filing_due_on < today

    @property
    def key(self) -> str:
        """The value of its choice on a page."""
        return f"{self.cycle_id}-{self.department_id}"


_OPENABLE = text("""
select distinct on (c.fiscal_year, c.id, d.sort_key, d.id) c.id as cycle_id, d.id as department_id, c.fiscal_year,
    c.budget_round, c.form, c.filing_opens_on, c.filing_due_on, d.name, d.short_name, d.name_en,
    s.id as existing_id, s.state as existing_state,
    exists (select 1 from submission l where l.department_id = d.id and l.fiscal_year = c.fiscal_year - 1
        and l.approved_at is not null and split_part(l.form, '@', 1) = split_part(c.form, '@', 1)) as has_last_year
from role_assignment g
    join department d on d.id = g.department_id and d.active
    join cycle_department p on p.department_id = d.id
    join cycle c on c.id = p.cycle_id and c.closed_at is null
    left join submission s on s.department_id = d.id and s.fiscal_year = c.fiscal_year and s.form = c.form
        and s.kind = 'target'
where g.person_id = :person_id and g.role = 'filler'
order by c.fiscal_year desc, c.id desc, d.sort_key, d.id, s.id desc
""")


def once_each(choices: Iterable[Openable]) -> list[Openable]:
    """A form that is open already stands there once, however many cycles of its year the unit takes part in."""
    found: dict[tuple[str, int | str], Openable] = {}
    for one in choices:
        running = one.existing_id is not None and one.existing_state != "closed"
        found.setdefault(("form", one.existing_id or 0) if running else ("cycle", one.key), one)
    return list(found.values())


def openable(connection: Connection, person_id: int) -> list[Openable]:
    """The newest year first, units by name."""
    return [Openable(**row._mapping) for row in connection.execute(_OPENABLE, {"person_id": person_id})]
