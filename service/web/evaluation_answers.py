"""What an evaluation should still explain: its warnings, each with the reason that answers it, beside the score sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from service.queries.revisions import revision
from service.queries.submissions import Case
from service.queries.waivers import draft_answers, frozen_answers
from service.web.answers import Refused, answers_of, with_refused
from service.web.editor_notes import notes_of
from service.web.form_words import SECTION_WORDS
from workflows.facts import Actor
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind
from workflows.waivers import Answered


def anchor_of(path: str) -> str:
    """The id of the input that a path of the evaluation leads to."""
    head, _, field = path.partition(".")
    index = head.partition("[")[2].partition("]")[0]
    if not index:
        return f"e-{field or 'adjusted_budget'}" if head == "execution" else "sec-actuals"
    names = {"deviation_analysis": "why", "weight": "weight", "entered_score": "entered"}
    return f"a-{index}-{names.get(field, 'actual')}"


def answer_values(
    connection: Connection,
    actor: Actor,
    case: Case,
    *,
    entering: Document | None,
    refused: Refused,
    lang: str,
) -> dict[str, Any]:
    """Values of the card. `entering` is the draft for those who may read it; the others read what was handed in.

    Errors stand at their fields; here is what takes a reason.
    """
    found = [one for one in _found(connection, case, entering) if one.waivable]
    answers = with_refused(answers_of(connection, actor, case, found), refused)
    notes = [
        replace(note, anchor=anchor_of(note.finding.path))
        for note in notes_of(answers.shown, form_type(case.form), lang)
        if note.finding is not None
    ]
    return {"answers": answers, "to_answer": notes, "section_words": SECTION_WORDS}


def _found(connection: Connection, case: Case, entering: Document | None) -> tuple[Answered, ...]:
    if entering is not None:
        return draft_answers(connection, case, entering)
    # What lies with its unit is no more what was handed in.
    if case.locked.head_revision_id is None or (case.locked.level is None and case.locked.closed_at is None):
        return ()
    head = revision(connection, case.locked.head_revision_id)
    return frozen_answers(head) if head.kind is RouteKind.EVALUATION else ()
