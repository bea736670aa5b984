"""Who belongs to the office that runs the cycles."""

from __future__ import annotations

from sqlalchemy import Connection, select

from service.models.people import Department, DepartmentKind
from workflows.errors import NotAllowed
from workflows.facts import Actor
from workflows.lifecycle import Role

_BUREAU = select(Department.id).where(Department.kind == DepartmentKind.FINANCE_BUREAU)


def needs_performance_office(connection: Connection, actor: Actor) -> None:
    """Raises NotAllowed for everybody but the finance performance office and the machine's own commands."""
    if actor.is_system:
        return
    bureau_id = connection.execute(_BUREAU).scalar_one_or_none()
    if bureau_id is None or not actor.holds(Role.FINANCE_PERFORMANCE_OFFICE, bureau_id):
        raise NotAllowed("needs_role", role=Role.FINANCE_PERFORMANCE_OFFICE.value)
