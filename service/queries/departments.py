"""Departments: the tree in the order of its names, and who takes part in a cycle."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from service.models.people import DepartmentKind


@dataclass(frozen=True, slots=True)
class Unit:
    """A department. `depth` is 0 at the root; the order is that of the tree, siblings by pinyin."""

    id: int
    code: str
    name: str
    short_name: str
    name_en: str | None
    kind: DepartmentKind
    parent_id: int | None
    business_office_id: int | None
    active: bool
    keeps_unsaved: bool
    depth: int


_COLUMNS = "d.id, d.code, d.name, d.short_name, d.name_en, d.kind, d.parent_id, d.business_office_id, d.active, d.keeps_unsaved"
_TREE = text(f"""
select {_COLUMNS}, cardinality(d.path) - 1 as depth from department d
order by (select array_agg(a.sort_key || ' ' || a.id order by cardinality(a.path)) from department a where a.id = any(d.path))
""")  # noqa: S608 - constant text, no value of a request is in it
_OF = text(f"""
select {_COLUMNS}, cardinality(d.path) - 1 as depth from department d
where d.id in (select department_id from role_assignment where person_id = :person_id and role = any(:roles)) and d.active
order by d.sort_key, d.id
""")  # noqa: S608 - constant text, no value of a request is in it


def tree(connection: Connection) -> list[Unit]:
    """Every department, each followed by those below it."""
    return [_unit(row._mapping) for row in connection.execute(_TREE)]


def units_of(connection: Connection, person_id: int, *, roles: list[str]) -> list[Unit]:
    """The departments where a person holds one of `roles`."""
    return [_unit(row._mapping) for row in connection.execute(_OF, {"person_id": person_id, "roles": roles})]


_KEEPS = text("select keeps_unsaved from department where id = :id")


def keeps_unsaved(connection: Connection, department_id: int) -> bool:
    """Whether what is typed into a form of this unit may wait in the browser's tab until it is sent."""
    return bool(connection.execute(_KEEPS, {"id": department_id}).scalar_one())


def _unit(values: object) -> Unit:
    row = dict(values)  # type: ignore[call-overload]
    return Unit(**{**row, "kind": DepartmentKind(row["kind"])})
