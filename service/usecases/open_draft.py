"""Opening a form: an empty draft, or one filled from a document that was read from a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from service.models.cycle import Cycle, CycleDepartment
from service.models.draft_rows import add_editor, put_section
from service.models.held import remember
from service.models.people import Department
from service.models.record import Recorded, begin
from workflows.deadlines import close_of
from workflows.document import empty_document
from workflows.draft import HEAD, target_sections, with_row_ids
from workflows.errors import NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.held_words import held_in
from workflows.lifecycle import Role, RouteKind
from workflows.task_links import with_task_ids

_NOW = text("select clock_timestamp()")


def open_draft(
    session: Session,
    actor: Actor,
    *,
    department_id: int,
    cycle_id: int,
    document: Document | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Create the unit's form of a cycle as a draft. Raises NotFound, NotAllowed, NotPossibleNow (closed, or it exists).

    With a `document` its cells become the draft as they are; its head (unit, region, year) is the system's, not the file's.
    What is held in it is known from then on.
    Without `now` the database's clock decides.
    """
    connection = session.connection()
    cycle, department = _cycle_and_department(session, cycle_id, department_id)
    if not actor.holds(Role.FILLER, department_id):
        raise NotAllowed("needs_role", role=Role.FILLER.value)
    if cycle.closed_at is not None:
        raise NotPossibleNow("cycle_closed")
    if not department.active:
        raise NotPossibleNow("department_inactive")
    now = now or connection.execute(_NOW).scalar_one()
    values = {
        "created_at": now,
        "department_id": department_id,
        "cycle_id": cycle_id,
        "fiscal_year": cycle.fiscal_year,
        "form": cycle.form,
        "target_route_id": cycle.target_route_id,
        "evaluation_route_id": cycle.evaluation_route_id,
        "profile_id": cycle.profile_id,
    }
    due_at = close_of(cycle.filing_due_on)
    recorded = begin(connection, values, actor=actor, now=now, due_at=due_at, facts={"cycle_id": cycle_id})
    _write_sections(connection, actor, submission_id=recorded.id, cycle=cycle, department=department, document=document)
    return recorded


def _cycle_and_department(session: Session, cycle_id: int, department_id: int) -> tuple[Cycle, Department]:
    found = session.execute(
        select(Cycle, Department)
        .join(CycleDepartment, CycleDepartment.cycle_id == Cycle.id)
        .join(Department, Department.id == CycleDepartment.department_id)
        .where(Cycle.id == cycle_id, Department.id == department_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _write_sections(
    connection: Connection,
    actor: Actor,
    *,
    submission_id: int,
    cycle: Cycle,
    department: Department,
    document: Document | None,
) -> None:
    form = form_type(cycle.form)
    filled = empty_document(
        form,
        region=cycle.region,
        fiscal_year=cycle.fiscal_year,
        department=department.name,
        supervising_department=None,
    ) | (document or {})
    head: dict[str, Any] = {"supervising_department": filled.get("supervising_department") or department.short_name}
    if filled.get("money_source_unit"):
        head["money_source_unit"] = filled["money_source_unit"]
    rows = {s.name: with_row_ids(s, filled[s.name]) for s in target_sections(form)}
    values = {HEAD: head} | {s.name: with_task_ids(s, rows[s.name], rows) for s in target_sections(form)}
    for name, value in values.items():
        put_section(connection, actor, submission_id=submission_id, section=name, value=value, version=1)
    remember(connection, submission_id, held_in(form, values))
    if document is not None:
        add_editor(connection, actor, submission_id=submission_id, kind=RouteKind.TARGET)
