"""Saving one section of a draft: cells as typed, compared with the version that the editor started from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.models.submission import DraftEditor, DraftSection
from service.queries.facts import facts_of
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.document import Problem, section_problems
from workflows.draft import ACTUALS, EXECUTION, HEAD, actuals_problems, head_problems, with_row_ids
from workflows.engine import step
from workflows.errors import InvalidRequest, StaleVersion
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.lifecycle import Action

EVALUATION_SECTIONS = frozenset({ACTUALS, EXECUTION})


@dataclass(frozen=True, slots=True)
class SavedSection:
    """The section after saving. `changed` is False where the value was already there: no new version then."""

    section: str
    version: int
    value: Any
    changed: bool


def save_section(
    session: Session, actor: Actor, *, submission_id: int, section: str, value: Any, base_version: int
) -> SavedSection:  # noqa: ANN401 - a section is whatever its shape says
    """Keep a section as typed. Rows without an id get one.

    Raises NotFound, NotPossibleNow, NotAllowed, InvalidRequest (no such section, impossible shape) and, where somebody
    saved the section meanwhile, StaleVersion with field `base_version`; the caller then shows both.
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    evaluates = section in EVALUATION_SECTIONS
    action = Action.SAVE_ACTUALS if evaluates else Action.EDIT
    step(actor, facts_of(connection, case), Request(action))
    value = _checked(case, section, value)
    stored = _stored(connection, submission_id, section)
    if stored is not None and stored.body["value"] == value:
        return SavedSection(section, stored.version, value, changed=False)
    if base_version != (stored.version if stored else 0):
        raise StaleVersion(field="base_version")
    _write(connection, actor, case, section=section, value=value, version=base_version + 1)
    return SavedSection(section, base_version + 1, value, changed=True)


def _checked(case: Case, section: str, value: Any) -> Any:  # noqa: ANN401
    form = form_type(case.form)
    if section == HEAD:
        problems: list[Problem] = head_problems(form, value)
    elif section == ACTUALS:
        problems = actuals_problems(form, value)
    else:
        sections = {one.name: one for one in form.sections}
        if section not in sections:
            raise InvalidRequest("no_such_section", field="section")
        problems = section_problems(sections[section], value)
        value = value if problems else with_row_ids(sections[section], value)
    if problems:
        first = problems[0]
        raise InvalidRequest(f"shape.{first.case}", field=first.path, **dict(first.params))
    return value


def _stored(connection: Connection, submission_id: int, section: str) -> Any:  # noqa: ANN401
    return connection.execute(
        select(DraftSection.version, DraftSection.body).where(
            DraftSection.submission_id == submission_id, DraftSection.section == section
        )
    ).one_or_none()


def _write(connection: Connection, actor: Actor, case: Case, *, section: str, value: Any, version: int) -> None:  # noqa: ANN401
    fields = {"version": version, "body": {"value": value}, "updated_by": actor.id}
    connection.execute(
        insert(DraftSection)
        .values(submission_id=case.locked.id, section=section, **fields)
        .on_conflict_do_update(
            index_elements=["submission_id", "section"], set_={**fields, "updated_at": text("now()")}
        )
    )
    editor = {"submission_id": case.locked.id, "person_id": actor.id, "kind": case.kind}
    connection.execute(insert(DraftEditor).values(editor).on_conflict_do_nothing())
