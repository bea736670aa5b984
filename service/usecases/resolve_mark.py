"""Resolving a secrecy hold on a draft: the placeholder by its filler, or the mark cleared by a secrecy reviewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from service.models.draft_rows import add_editor, put_section
from service.models.held import forget, remember
from service.models.record import Change, Recorded, Reply, record
from service.queries.drafts import Draft, draft
from service.queries.facts import due_of, facts_of
from service.queries.seen import locked_as_seen
from service.queries.submissions import Case
from workflows.draft import HEAD
from workflows.engine import step
from workflows.errors import InvalidRequest, StaleVersion
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.held_words import traces_of
from workflows.holds import resolved
from workflows.lifecycle import Action
from workflows.task_links import with_task_ids
from workflows.ulid import is_ulid

RESOLVING = frozenset({Action.REPLACE_WITH_PLACEHOLDER, Action.CLEAR_MARK})


def resolve_mark(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    version: int | None,
    request: Request,
    path: str,
    base_version: int | None = None,
    reply: Callable[[list[Recorded]], Reply | None] | None = None,
) -> Recorded:
    """Resolve the hold at `path`, a row such as `key_tasks[1]` or a cell. The reason is the request's comment.

    `base_version` is the section's as the person read it: nobody clears what was typed since. Raises NotFound,
    StaleVersion, what the engine raises, InvalidRequest (path), NotPossibleNow (no mark there).
    The event carries the path and no text; the marked wording is gone from the draft.
    """
    if request.action not in RESOLVING:
        raise InvalidRequest("no_such_action", field="action")
    connection = session.connection()
    case = locked_as_seen(connection, actor, submission_id=submission_id, version=version)
    facts = facts_of(connection, case)
    outcome = step(actor, facts, request)
    current = draft(connection, case)
    if base_version is not None and base_version != section_version(current, path):
        raise StaleVersion(field="base_version")
    changed = resolved(current.document, path=path, action=request.action)
    _remember(connection, case, current, path=path, action=request.action, changed=changed)
    changed = _linked(case, current, changed)
    _write(connection, actor, submission_id=submission_id, current=current, changed=changed)
    if request.action is Action.REPLACE_WITH_PLACEHOLDER:  # new words; to clear a mark writes none
        add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
    change = Change(case.locked, outcome, actor, case.now, due_of(case), facts={"path": path.partition(".")[0]})
    return record(connection, [change], reply=reply)[0]


def _remember(
    connection: Connection, case: Case, current: Draft, *, path: str, action: Action, changed: Mapping[str, Any]
) -> None:
    """Words that a placeholder replaced are held wherever they come again; words that are no secret no longer are."""
    name, _, at = path.partition("[")
    sections = {one.name: one for one in form_type(case.form).sections if one.name in changed}
    if name not in sections or not at:
        return
    submission_id, row = case.locked.id, current.document[name][int(at.partition("]")[0])]
    before = traces_of(sections[name], [row])
    if action is Action.REPLACE_WITH_PLACEHOLDER:
        remember(connection, submission_id, before)
    else:
        forget(connection, submission_id, before)
    for one, section in sections.items():
        remember(connection, submission_id, {k: t for k, t in traces_of(section, changed[one]).items() if is_ulid(k)})


def _linked(case: Case, current: Draft, changed: Mapping[str, Any]) -> dict[str, Any]:
    """What was read as a document, as a draft keeps it."""
    sections = {one.name: one for one in form_type(case.form).sections}
    drafted = {name: one.value for name, one in current.sections.items()}
    return {
        name: with_task_ids(sections[name], value, drafted) if name in sections else value
        for name, value in changed.items()
    }


def section_version(current: Draft, path: str) -> int:
    """The version of the section that a path lies in; a cell of the head counts as the head."""
    name = path.partition(".")[0].partition("[")[0]
    section = current.sections.get(name) or current.sections.get(HEAD)
    return section.version if section else 0


def _write(
    connection: Connection, actor: Actor, *, submission_id: int, current: Draft, changed: Mapping[str, Any]
) -> None:
    for name, value in changed.items():
        section, body = name, value
        if name not in current.sections:  # a cell of the head, which the draft keeps as one section
            section, body = HEAD, {**current.sections[HEAD].value, name: value}
        version = current.sections[section].version + 1 if section in current.sections else 1
        put_section(connection, actor, submission_id=submission_id, section=section, value=body, version=version)
