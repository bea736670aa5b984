"""Taking over cells of last year's approved form into a draft, each with its 上年 tag until somebody touches it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.models.copied import Copied, tag
from service.models.draft_rows import add_editor, put_section
from service.models.held import remember
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.held import held_traces
from service.queries.revisions import last_year_document
from service.queries.seen import locked
from workflows.copying import Choice, copied
from workflows.engine import step
from workflows.errors import NotPossibleNow
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.held_words import with_holds
from workflows.lifecycle import Action
from workflows.named_sections import refuse_locked


@dataclass(frozen=True, slots=True)
class Copying:
    """How much was taken over: cells in all, and the rows among them."""

    cells: int
    rows: int


def copy_last_year(session: Session, actor: Actor, *, submission_id: int, choice: Choice) -> Copying:
    """Copy what was chosen out of the unit's own form of the year before. What is filled in already stays.

    Raises NotFound, NotPossibleNow (also where there is no such form), NotAllowed, InvalidRequest (a table would be too long).
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    step(actor, facts_of(connection, case), Request(Action.EDIT))
    last = last_year_document(connection, case)
    if last is None:
        raise NotPossibleNow("no_last_year")
    sections = draft(connection, case).sections
    taken = copied(form_type(case.form), last, {name: one.value for name, one in sections.items()}, choice)
    refuse_locked(case.locked.unlocked_sections, (one.section for one in taken))
    values, traces = with_holds(
        form_type(case.form),
        {one.section: one.value for one in taken},
        {name: one.value for name, one in sections.items()},
        held_traces(connection, submission_id),
    )
    for one in taken:
        name = one.section
        version = (sections[name].version if name in sections else 0) + 1
        put_section(connection, actor, submission_id=submission_id, section=name, value=values[name], version=version)
        cells = [Copied(cell.row_id, cell.field, cell.value) for cell in one.cells]
        tag(connection, submission_id, section=one.section, cells=cells)
    remember(connection, submission_id, traces if taken else {})
    if taken:
        add_editor(connection, actor, submission_id=submission_id, kind=case.kind)
    return Copying(sum(len(one.cells) for one in taken), sum(one.rows for one in taken))
