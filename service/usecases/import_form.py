"""A form file becomes a draft, or brings one up to date: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from service.importers import ReadResult, read_form
from service.models.cycle import Cycle
from service.models.draft_rows import add_editor, put_section
from service.models.submission import Submission
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.check import check
from workflows.draft import HEAD, HEAD_FIELDS, target_sections, with_kept_tags, with_row_ids
from workflows.engine import step
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor, Request
from workflows.findings import Finding
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.tidying import Change

LARGEST = 2 * 1024 * 1024  # bytes; the seed has 6 kB


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds and what became of it. `submission_id` is None after a dry run that would create a draft.

    `department_id` is the unit that the form belongs to, `created` says whether a new draft was (or would be) opened.
    """

    submission_id: int | None
    department_id: int
    cycle_id: int
    created: bool
    document: Document
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    source: dict[str, str]


def import_form(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    department_id: int | None,
    data: bytes,
    filename: str,
    dry_run: bool,
    read: ReadResult | None = None,
) -> Imported:
    """Read a file into the draft of a unit that the actor fills in. The caller opens a new draft where none exists.

    `read`: what the caller has read of it already, before its transaction began: a slow file must hold no lock.

    Raises UnreadableForm, InvalidRequest (too large, another form, no unit of that name), NotFound (cycle),
    NotAllowed, NotPossibleNow (the form is past its draft). With `dry_run` nothing is written.
    """
    if len(data) > LARGEST:
        raise InvalidRequest("file_too_large", field="file", limit=str(LARGEST // 1024))
    result = read or read_form(data, filename)
    connection = session.connection()
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound
    if result.document["form"] != cycle.form:
        raise InvalidRequest("another_form", field="file", form=str(result.document["form"])[:60], wanted=cycle.form)
    unit = department_id or _department(connection, actor, str(result.document["department"]))
    found = _imported(cycle, unit, result)
    existing = _existing(connection, cycle, unit)
    if existing is None:
        if not actor.holds(Role.FILLER, unit):
            raise NotAllowed("needs_role", role=Role.FILLER.value)
        return found
    case = _editable(connection, actor, submission_id=existing)
    if not dry_run:
        _update(connection, actor, case=case, result=result)
    return replace(found, submission_id=existing, created=False)


def _imported(cycle: Cycle, unit: int, result: ReadResult) -> Imported:
    findings = tuple(check(result.document, CheckContext(form_type(cycle.form))))
    return Imported(None, unit, cycle.id, True, result.document, result.changes, findings, result.source)


_BY_NAME = text("""
select d.id from department d join role_assignment g on g.department_id = d.id
where g.person_id = :person_id and g.role = 'filler' and d.active and (d.name = :name or d.short_name = :name)
""")


def _department(connection: Connection, actor: Actor, name: str) -> int:
    """The unit of this name among those that the actor fills in for; the only one where there is but one."""
    own = [grant.department_id for grant in actor.grants if grant.role is Role.FILLER]
    named = connection.execute(_BY_NAME, {"person_id": actor.id, "name": name}).scalar()
    if named is None and len(own) != 1:
        raise InvalidRequest("no_unit_of_this_name", field="department", name=name[:60])
    return int(named or own[0])


def _existing(connection: Connection, cycle: Cycle, department_id: int) -> int | None:
    return connection.execute(
        select(Submission.id).where(
            Submission.department_id == department_id,
            Submission.fiscal_year == cycle.fiscal_year,
            Submission.form == cycle.form,
            Submission.kind == "target",
            Submission.state != State.CLOSED,
        )
    ).scalar_one_or_none()


def _editable(connection: Connection, actor: Actor, *, submission_id: int) -> Case:
    """A dry run is refused what the writing would be: it tells nobody of forms that are none of their business."""
    case = locked(connection, actor, submission_id=submission_id)
    if case.kind is not RouteKind.TARGET:
        raise NotPossibleNow("not_in_this_state", state=case.locked.state.value, action=Action.EDIT.value)
    step(actor, facts_of(connection, case), Request(Action.EDIT))
    return case


def _update(connection: Connection, actor: Actor, *, case: Case, result: ReadResult) -> None:
    submission_id = case.locked.id
    current = draft(connection, case).sections
    head = {name: result.document[name] for name in HEAD_FIELDS if result.document.get(name)}
    values: dict[str, Any] = {HEAD: {"supervising_department": None} | head}
    for section in target_sections(form_type(case.form)):
        kept = current[section.name].value if section.name in current else None
        rows = with_row_ids(section, _with_known_ids(result.document[section.name], kept))
        values[section.name] = with_kept_tags(rows, kept)
    for name, value in values.items():
        known = current.get(name)
        if known is None or known.value != value:
            version = known.version + 1 if known else 1
            put_section(connection, actor, submission_id=submission_id, section=name, value=value, version=version)
    add_editor(connection, actor, submission_id=submission_id, kind=RouteKind.TARGET)


def _with_known_ids(rows: Any, kept: Any) -> Any:  # noqa: ANN401 - a section is whatever its shape says
    """Rows of the same name keep the id that they have in the draft, so that remarks stay with them."""
    if not isinstance(rows, list) or not isinstance(kept, list):
        return rows
    ids = {row.get("level3") or row.get("name"): row["id"] for row in kept if row.get("id")}
    return [{"id": ids.get(row.get("level3") or row.get("name")), **row} for row in rows]
