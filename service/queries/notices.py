"""What a person was told: the list of messages, newest first, paged by id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from service.queries.visible import VISIBLE

_LINES = text(f"""
select n.id, n.topic, n.params, n.submission_id, n.created_at, n.read_at, s.form, s.fiscal_year,
    d.short_name as unit, d.name_en as unit_en, coalesce({VISIBLE}, false) as visible
from notification n
    left join submission s on s.id = n.submission_id
    left join department d on d.id = s.department_id
    left join department b on b.kind = 'finance_bureau'
where n.person_id = :person_id and n.id < :before and (not :unread or n.read_at is null)
order by n.id desc limit :limit
""")  # noqa: S608 - constant text, no value of a request is in it
_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. `visible` is False where the form has meanwhile gone out of the person's sight."""

    id: int
    topic: str
    params: dict[str, Any]
    submission_id: int | None
    created_at: datetime
    read_at: datetime | None
    form: str | None
    fiscal_year: int | None
    unit: str | None
    unit_en: str | None
    visible: bool


def notices(
    connection: Connection, person_id: int, *, unread: bool = False, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """A page of messages, only unread ones if so wanted, older than the id `before`."""
    values = {"person_id": person_id, "unread": unread, "before": before or _LARGEST, "limit": limit}
    return [Notice(**row._mapping) for row in connection.execute(_LINES, values)]
