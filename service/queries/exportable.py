"""A document of a form as an operator exports it: a frozen revision, or before the first submission the draft."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.queries.drafts import draft
from service.queries.revisions import revision
from service.queries.submissions import read
from workflows.errors import NotPossibleNow
from workflows.forms.base import Document


@dataclass(frozen=True, slots=True)
class Exportable:
    """A document with the number and hash of its revision; both None for a draft."""

    document: Document
    revision: int | None
    sha256: str | None


def exportable(connection: Connection, submission_id: int, *, which: str) -> Exportable:
    """`which`: head (the newest revision, else the draft), approved, or draft. Raises NotFound, NotPossibleNow."""
    case = read(connection, submission_id)
    chosen = {"head": case.locked.head_revision_id, "approved": case.locked.approved_revision_id, "draft": None}[which]
    if chosen is not None:
        frozen = revision(connection, chosen)
        return Exportable(frozen.document, frozen.number, frozen.sha256)
    if which == "approved":
        raise NotPossibleNow("no_revision_yet")
    return Exportable(draft(connection, case).document, None, None)
