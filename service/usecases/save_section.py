"""Saving one section of a draft: cells as typed, compared with the version that the editor started from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from service.db import rows_of
from service.models.draft_rows import put_typed_section
from service.models.held import remember
from service.queries.facts import facts_of
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.document import Problem, section_problems
from workflows.draft import ACTUALS, EXECUTION, HEAD, actuals_problems, head_problems, with_row_ids
from workflows.engine import step
from workflows.errors import InvalidRequest, StaleVersion
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.forms.base import FormType, Section, Shape
from workflows.held_words import Traces, traces_of, with_known_tags
from workflows.lifecycle import Action
from workflows.task_links import tasks_named_by_path, with_task_ids
from workflows.tidying import spelled_section


class _Stored(NamedTuple):
    version: int
    body: dict[str, Any] | None
    traces: dict[str, str]


EVALUATION_SECTIONS = frozenset({ACTUALS, EXECUTION})


@dataclass(frozen=True, slots=True)
class SavedSection:
    """The section after saving. `changed` is False where the value was already there: no new version then."""

    section: str
    version: int
    value: Any
    changed: bool


@dataclass(frozen=True, slots=True)
class OpenedSection:
    """A section under the lock of its form: `version` 0 and `value` None where nobody has saved it yet.

    `traces` are what held rows of the form are known by.
    """

    case: Case
    section: str
    version: int
    value: Any
    traces: Mapping[str, str]


def save_section(
    session: Session, actor: Actor, *, submission_id: int, section: str, value: object, base_version: int
) -> SavedSection:
    """Keep a section as typed, numbers and signs in their one spelling. Rows without an id get one.

    Raises NotFound, NotPossibleNow, NotAllowed, InvalidRequest (no such section, impossible shape) and, where somebody
    saved the section meanwhile, StaleVersion with field `base_version`; the caller then shows both.
    """
    opened = open_section(session, actor, submission_id=submission_id, section=section)
    spelled = _spelled(form_type(opened.case.form), section, value)
    return keep_section(session, actor, opened, value=spelled, base_version=base_version)


def open_section(session: Session, actor: Actor, *, submission_id: int, section: str) -> OpenedSection:
    """Lock the form and read one of its sections, so that what was typed can be joined with it before it is kept.

    Raises NotFound, NotPossibleNow, NotAllowed.
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    action = Action.SAVE_ACTUALS if section in EVALUATION_SECTIONS else Action.EDIT
    step(actor, facts_of(connection, case), Request(action, sections=(section,)))
    stored = _stored(connection, submission_id, section)
    return OpenedSection(case, section, stored.version, stored.body["value"] if stored.body else None, stored.traces)


def keep_section(
    session: Session,
    actor: Actor,
    opened: OpenedSection,
    *,
    value: object,
    base_version: int,
    moved_from: OpenedSection | None = None,
) -> SavedSection:
    """Write an opened section, if it differs from what is there. Raises InvalidRequest, StaleVersion.

    Tags are what the server knows of the rows, never what came with them; a row of `moved_from` keeps its own.
    """
    connection, section = session.connection(), opened.section
    value, traces = _tagged(opened, _checked(opened.case, section, value), moved_from)
    value = _linked(connection, opened.case, section, value)
    if opened.version and opened.value == value:
        return SavedSection(section, opened.version, value, changed=False)
    if base_version != opened.version:
        raise StaleVersion(field="base_version")
    version = base_version + 1
    put_typed_section(
        connection, actor, submission_id=opened.case.locked.id, section=section, value=value, version=version,
        kind=opened.case.kind,
    )  # fmt: skip
    remember(connection, opened.case.locked.id, traces)
    return SavedSection(section, version, value, changed=True)


def _spelled(form: FormType, section: str, value: object) -> object:
    if section == HEAD:
        kind: Section | None = Section(HEAD, Shape.FIELDS, form.header)
    elif section == ACTUALS:
        kind = Section(ACTUALS, Shape.ROWS, form.section("indicators").fields)
    else:
        kind = next((one for one in form.sections if one.name == section), None)
    return value if kind is None else spelled_section(kind, value)


def _tagged(opened: OpenedSection, value: Any, moved_from: OpenedSection | None) -> tuple[Any, Traces]:  # noqa: ANN401
    """The value with its tags, and what held rows are known by that was not noted yet."""
    sections = {one.name: one for one in form_type(opened.case.form).sections}
    if opened.section not in sections:
        return value, {}
    section, known = sections[opened.section], dict(opened.traces)
    if moved_from is not None:
        known |= traces_of(sections[moved_from.section], moved_from.value)
    value = with_known_tags(section, value, opened.value, known)
    now = {**traces_of(section, opened.value), **traces_of(section, value)}
    return value, {key: tag for key, tag in now.items() if opened.traces.get(key) != tag}


def _linked(connection: Connection, case: Case, name: str, value: Any) -> Any:  # noqa: ANN401 - as above
    """The value with its links to tasks as ids. A page sends them so; a program may send a path, and pays for the look."""
    section = next((one for one in form_type(case.form).sections if one.name == name), None)
    named = tasks_named_by_path(section, value) if section else ()
    if section is None or not named:
        return value
    found = rows_of(connection, _NAMED, {"id": case.locked.id, "sections": list(named)})
    return with_task_ids(section, value, dict(found))


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


_NAMED = """
select section, body -> 'value' from draft_section where submission_id = %(id)s and section = any(%(sections)s)
"""

# The traces travel with the section, so that a save costs no trip more.
_STORED = """
select coalesce(d.version, 0), d.body, coalesce((select jsonb_object_agg(key, tag) from held_trace
    where submission_id = %(id)s), '{}') as traces
from (select 1) one left join draft_section d on d.submission_id = %(id)s and d.section = %(section)s
"""


def _stored(connection: Connection, submission_id: int, section: str) -> _Stored:
    return _Stored(*rows_of(connection, _STORED, {"id": submission_id, "section": section})[0])
