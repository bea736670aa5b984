"""What other units aim at: targets of approved forms of this year and the last, kept until another form is approved."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from workflows import quantities
from workflows.plausibility import Known, Peers, peers

# A process compares for few form types and years at once.
_MOST_KEPT: Final = 4
# How many forms were approved, and the newest approved revision: what the figures depend on.
Stamp = tuple[int, int]
_kept: WeakKeyDictionary[Engine, dict[tuple[str, int], tuple[Stamp, Peers]]] = WeakKeyDictionary()

# Rows that are withheld from the public tell nothing to other units either.
_FIGURES = text("""
select s.department_id, i.level3, i.unit, i.target_value
from submission s join revision_indicator i on i.revision_id = s.approved_revision_id
where s.kind = 'target' and split_part(s.form, '@', 1) = :code and s.fiscal_year in (:year, :year - 1)
    and i.secrecy_tag is null and i.comparator in ('ge', 'gt', 'eq', 'le', 'lt') and i.level3 is not null
    and i.unit is not null and i.target_value is not null
order by s.fiscal_year desc, s.id desc, i.position
""")


def peers_of(connection: Connection, *, code: str, fiscal_year: int, department_id: int, stamp: Stamp) -> Peers:
    """The targets of all units but `department_id`. `stamp` is how the table stands now; figures are read once for each."""
    kept = _kept.setdefault(connection.engine, {})
    key = (code, fiscal_year)
    if key not in kept or kept[key][0] != stamp:
        rows = connection.execute(_FIGURES, {"code": code, "year": fiscal_year})
        known = (
            Known(row.department_id, row.level3, row.unit, value)
            for row in rows
            if (value := quantities.number(row.target_value)) is not None
        )
        while len(kept) >= _MOST_KEPT and key not in kept:
            kept.pop(next(iter(kept)))
        kept[key] = (stamp, peers(known, own=department_id))
    return kept[key][1].seen_by(department_id)
