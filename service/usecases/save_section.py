"""Saving one section of a draft: cells as typed, compared with the version that the editor started from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from service.models.draft_rows import add_editor, put_section
from service.models.submission import DraftSection
from service.queries.facts import facts_of
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.document import Problem, section_problems
from workflows.draft import ACTUALS, EXECUTION, HEAD, actuals_problems, head_problems, with_kept_tags, with_row_ids
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
    session: Session, actor: Actor, *, submission_id: int, section: str, value: object, base_version: int
) -> SavedSection:
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
    value = with_kept_tags(value, stored.body["value"] if stored else None)
    if stored is not None and stored.body["value"] == value:
        return SavedSection(section, stored.version, value, changed=False)
    if base_version != (stored.version if stored else 0):
        raise StaleVersion(field="base_version")
    version = base_version + 1
    put_section(connection, actor, submission_id=submission_id, section=section, value=value, version=version)
    add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
    return SavedSection(section, version, value, changed=True)


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
