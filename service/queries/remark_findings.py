"""Remarks that stand in the way of handing in again: those of the reviewers who sent a form back, without an answer yet."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from service.queries.remarks import Remark, remarks, returned
from service.queries.revisions import revision
from service.queries.submissions import Case
from workflows.answers import ACCEPTED, unanswered_finding
from workflows.canonical import digest
from workflows.comparison import compare
from workflows.findings import Finding
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind

_OPEN: Final = (None, ACCEPTED)  # what was agreed to has to be worked in now


def remark_findings(connection: Connection, case: Case, document: Document) -> list[Finding]:
    """A finding for each open remark, at the place where its row stands in the document now.

    None where nobody sent the form back. A suggestion that was taken is open until the unit says that it is worked in.
    """
    if case.round == 0 or case.locked.level is not None or case.locked.head_revision_id is None:
        return []
    if returned(connection, case.locked.id) is None:
        return []
    open_ = [one for one in remarks(connection, case.locked.id) if one.answer in _OPEN]
    if not open_:
        return []
    if case.kind is RouteKind.EVALUATION:  # its rows are those of the approved form, in their order
        return [unanswered_finding(one.path, one.body, taken=one.answer == ACCEPTED) for one in open_]
    since = compare(revision(connection, case.locked.head_revision_id).document, document)
    return [
        unanswered_finding(
            _now(since.now_at(one.path) if one.path else None, one), one.body, taken=one.answer == ACCEPTED
        )
        for one in open_
    ]


def answers_of_return(connection: Connection, case: Case) -> dict[str, Any]:
    """What proves the answers in the event of the submission that they came with; nothing where there are none."""
    said = [
        [one.id, one.answer, one.answer_words] for one in remarks(connection, case.locked.id) if one.answer is not None
    ]
    return {"answers_sha256": digest({"answers": said})} if said else {}


def _now(path: str | None, remark: Remark) -> str:
    """Where the place is; of a row that is gone its section."""
    return path or (remark.path or "").partition("[")[0]
