"""What reviewers said of a form: the reason of a return, and remarks pinned to cells, with the answers of its unit.

A remark is its author's alone until they decide on the revision that it is about. That follows from the events, so
deciding writes nothing more, through whichever door it comes; a pass that its author takes back takes the remarks back too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

KINDS: Final = ("remark", "suggestion")


@dataclass(frozen=True, slots=True)
class Returned:
    """The last return or rejection of the round before this one. `unit` is the short name of the reviewer's department."""

    action: str
    comment: str
    role: str | None
    unit: str | None
    unit_en: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on a cell, a row, or (path None) the whole form, as it stands on the revision `revision_id`.

    `role` is the one in which its author decided, None while it is pending; `proposed` is the value that a suggestion has
    for `field` of the row, or for the cell itself. `answer` and the rest are the unit's.
    """

    id: int
    path: str | None
    body: str
    role: str | None
    at: datetime
    kind: str = "remark"
    field: str | None = None
    proposed: str | None = None
    revision_id: int = 0
    author_id: int = 0
    decided: str | None = None
    answer: str | None = None
    answer_words: str | None = None
    answered_at: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether only its author sees it yet."""
        return self.decided is None

    @property
    def cell(self) -> str | None:
        """The cell that a suggestion is about."""
        return f"{self.path}.{self.field}" if self.path and self.field else self.path


# The last act of the chain says whether the form lies with its unit because somebody sent it back.
_RETURNED = text("""
select e.action, o.comment, e.actor_role as role, d.short_name as unit, d.name_en as unit_en, e.at
from event e join opinion o on o.submission_id = e.subject_id and o.event_id = e.id
    left join department d on d.id = e.actor_department_id
where e.subject_kind = 'submission' and e.subject_id = :id and e.action in ('return_for_revision', 'reject', 'reopen')
    and not exists (select 1 from event later where later.subject_kind = 'submission' and later.subject_id = :id
        and later.seq > e.seq and later.action in ('submit', 'submit_evaluation', 'open_evaluation'))
order by e.seq desc limit 1
""")
_LAST_ACT = text("""
select e.action from event e where e.subject_kind = 'submission' and e.subject_id = :id
    and e.action not in ('replace_with_placeholder', 'clear_mark') order by e.seq desc limit 1
""")
# The decision that published a remark: the first of its author on the revision that it is about. A re-score freezes another
# revision and decides nothing yet.
_PUBLISHED = """
from comment c
left join lateral (
    select e.action, e.actor_role from event e
        join opinion o on o.event_id = e.id and o.submission_id = e.subject_id and o.revision_id = c.revision_id
        left join event undoing on undoing.id = o.voided_by_event_id
    where e.subject_kind = 'submission' and e.subject_id = c.submission_id and e.actor_id = c.author_id
        and e.seq > c.at_version and e.action in ('pass', 'return_for_revision', 'reject', 'issue_reply', 'confirm')
        and coalesce(undoing.action, '') <> 'undo_pass'
    order by e.seq limit 1
) d on true
"""
_ALL = text(f"""
select c.id, c.path, c.body, d.actor_role as role, c.created_at as at, c.kind, c.field, c.proposed, c.revision_id,
    c.author_id, d.action as decided, c.answer, c.answer_words, c.answered_at
{_PUBLISHED}
where c.submission_id = :id and c.kind <> 'words' and (d.action is not null or c.author_id = :reader)
order by c.id
""")
_WORDS = text(f"""
select c.body {_PUBLISHED}
where c.submission_id = :id and c.kind = 'words' and c.author_id = :reader and d.action is null
order by c.id desc limit 1
""")
_HEAD = text("select head_revision_id from submission where id = :id")


def returned(connection: Connection, submission_id: int) -> Returned | None:
    """Why the form came back to its unit, None where it did not."""
    row = connection.execute(_RETURNED, {"id": submission_id}).one_or_none()
    return Returned(**row._mapping) if row else None


def all_remarks(connection: Connection, submission_id: int, *, reader: int | None) -> list[Remark]:
    """Every remark on any revision that was published, and those that the reader still keeps back; the oldest first."""
    rows = connection.execute(_ALL, {"id": submission_id, "reader": reader})
    return [Remark(**row._mapping) for row in rows]


def remarks(connection: Connection, submission_id: int) -> list[Remark]:
    """The published remarks on the revision that was last handed in, the oldest first."""
    head = connection.scalar(_HEAD, {"id": submission_id})
    return [one for one in all_remarks(connection, submission_id, reader=None) if one.revision_id == head]


def unanswered(connection: Connection, submission_id: int) -> list[Remark]:
    """The published remarks on the revision that was last handed in, to which its unit has not said a word."""
    return [one for one in remarks(connection, submission_id) if one.answer is None]


def pending_words(connection: Connection, submission_id: int, *, reader: int | None) -> str:
    """The words of a decision that the reader has begun and not taken yet."""
    return str(connection.scalar(_WORDS, {"id": submission_id, "reader": reader}) or "")


def pending_by_path(found: Iterable[Remark]) -> dict[str, Remark]:
    """What the reader keeps back, by the path of its place."""
    return {one.path or "": one for one in found if one.pending}


def last_act(connection: Connection, submission_id: int) -> str | None:
    """What happened to the form last, which its chip says; settling a mark of secrecy moves nothing."""
    found: str | None = connection.scalar(_LAST_ACT, {"id": submission_id})
    return found
