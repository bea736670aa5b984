"""Approved forms whose year-end evaluation has come: what the timer opens."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

LIMIT = 500  # of one scan; the next one, a minute later, takes the rest

_EVALUATIONS = text("""
select s.id from submission s join cycle c on c.id = s.cycle_id
where s.state = 'approved' and c.closed_at is null and c.evaluation_opens_on <= :today
order by s.id limit :limit
""")


def due_evaluations(connection: Connection, *, today: date) -> list[int]:
    """Ids of submissions whose evaluation opens today or should have been opened before. `today` is a Beijing date."""
    return list(connection.execute(_EVALUATIONS, {"today": today, "limit": LIMIT}).scalars())
