"""Attachments of a form: which of them a person may see, the bytes behind one, and how much room is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from service.models.attachment import Scan
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.revisions import revision
from service.queries.submissions import Case
from workflows.engine import allowed, step
from workflows.errors import NotFound, NotPossibleNow
from workflows.facts import Actor, Request
from workflows.lifecycle import Action, RouteKind, State
from workflows.policy import may_see_draft

UNDO_MINUTES: Final = 30  # how long a removal can be taken back
MOST_FILES: Final = 300  # of one form
_ACTIONS: Final = {RouteKind.TARGET: Action.EDIT, RouteKind.EVALUATION: Action.SAVE_ACTUALS}


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """One attachment as screens show it: size in bytes, `by` the name of whoever added it.

    `frozen`: some revision keeps it. `removed_at`: taken out of the draft since.
    """

    id: int
    stage: RouteKind
    section: str | None
    row_id: str | None
    name: str
    size: int
    sha256: str
    media_type: str
    scan: Scan
    by: str
    created_at: datetime
    removed_at: datetime | None
    frozen: bool

    @property
    def fetchable(self) -> bool:
        """Whether the bytes may be handed out: a scanner said so, or there is none."""
        return self.scan in (Scan.CLEAN, Scan.SKIPPED)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the form that a file can belong to. `name` is the words in it."""

    section: str
    id: str
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are taken: by this form, by all forms of its unit; and the number of files of this form."""

    form: int
    unit: int
    files: int


_SELECT = """
select a.id, a.stage, a.section, a.row_id, f.name, f.size, f.sha256, f.media_type, a.scan, p.name as by, a.created_at,
    a.removed_at, exists (select 1 from revision_attachment r where r.attachment_id = a.id) as frozen
from attachment a join file f on f.id = a.file_id join person p on p.id = a.created_by
where a.submission_id = :submission_id
"""
_LIVE = text(f"{_SELECT} and a.removed_at is null order by a.stage desc, a.id")
_OF_REVISIONS = text(f"""{_SELECT} and exists (select 1 from revision_attachment r
    where r.attachment_id = a.id and r.revision_id in (:head, :approved)) order by a.stage desc, a.id""")  # noqa: S608 - constant text, no value of a request is in it
_ONE = text(f"{_SELECT} and a.id = :id")
_KEPT = "a.removed_at is null or exists (select 1 from revision_attachment r where r.attachment_id = a.id)"
_ROOM = text(f"""
select coalesce(sum(f.size) filter (where s.id = :submission_id), 0)::bigint as form, coalesce(sum(f.size), 0)::bigint as unit,
    count(*) filter (where s.id = :submission_id) as files
from submission s join attachment a on a.submission_id = s.id join file f on f.id = a.file_id
where s.department_id = :department_id and ({_KEPT})
""")  # noqa: S608 - constant text, no value of a request is in it
_INFECTED = text("""
select f.name from attachment a join file f on f.id = a.file_id
where a.submission_id = :submission_id and a.stage = :stage and a.removed_at is null and a.scan = 'infected'
order by a.id limit 1
""")
_COUNTS = text("""
select row_id, count(*) as files from attachment
where submission_id = :submission_id and stage = :stage and removed_at is null and row_id is not null group by row_id
""")


def attachments_of(connection: Connection, actor: Actor, case: Case) -> list[AttachedFile]:
    """What this person finds with a form: its live list inside the unit and under review, else what was handed in."""
    if sees_live(actor, case):
        return _files(connection, _LIVE, submission_id=case.locked.id)
    revisions = {"head": case.locked.head_revision_id, "approved": case.locked.approved_revision_id}
    return _files(connection, _OF_REVISIONS, submission_id=case.locked.id, **revisions)


def attachment_of(connection: Connection, actor: Actor, case: Case, *, attachment_id: int) -> AttachedFile:
    """One attachment that this person may see. Raises NotFound: also for what was never handed in, outside of the unit."""
    found = next(iter(_files(connection, _ONE, submission_id=case.locked.id, id=attachment_id)), None)
    if found is None or not (found.frozen or (found.removed_at is None and sees_live(actor, case))):
        raise NotFound
    return found


def fetched(connection: Connection, actor: Actor, case: Case, *, attachment_id: int) -> AttachedFile:
    """The same before its bytes are handed out. Raises NotFound, and NotPossibleNow unless a scanner let it pass."""
    found = attachment_of(connection, actor, case, attachment_id=attachment_id)
    if not found.fetchable:
        raise NotPossibleNow(f"attachment.{found.scan}")
    return found


def name_of(connection: Connection, actor: Actor, case: Case, *, attachment_id: int) -> str | None:
    """The name of a file of this form, removed or not, for those who see its live list."""
    found = next(iter(_files(connection, _ONE, submission_id=case.locked.id, id=attachment_id)), None)
    return found.name if found and sees_live(actor, case) else None


def sees_live(actor: Actor, case: Case) -> bool:
    """Whether the list as it stands is there for this person: what is being filled in belongs to the unit alone."""
    being_filled = case.locked.state in (State.DRAFT, State.YEAR_END_EVALUATION) and case.locked.level is None
    return may_see_draft(actor, case.place) or not being_filled


def may_change(connection: Connection, actor: Actor, case: Case) -> bool:
    """Whether this person may add and remove files now: as the engine lets them edit the draft or the actuals."""
    buttons = allowed(actor, facts_of(connection, case))
    return any(one.action is _ACTIONS[case.kind] and one.reason is None for one in buttons)


def check_change(connection: Connection, actor: Actor, case: Case) -> None:
    """Raises what the engine raises for an edit of the draft or the actuals: NotPossibleNow, NotAllowed."""
    step(actor, facts_of(connection, case), Request(_ACTIONS[case.kind]))


def refuse_infected(connection: Connection, case: Case) -> None:
    """Raises NotPossibleNow where a file with a virus would be handed in; its place is with nobody."""
    found = connection.execute(_INFECTED, {"submission_id": case.locked.id, "stage": case.kind}).scalar()
    if found is not None:
        raise NotPossibleNow("attachment.hands_in_infected", field="attachments", name=str(found))


def room(connection: Connection, case: Case) -> Room:
    """How much is taken. What a revision keeps counts, removed or not, for it lies on the disk."""
    values = {"submission_id": case.locked.id, "department_id": case.locked.department_id}
    return Room(**connection.execute(_ROOM, values).one()._mapping)


def counts(connection: Connection, submission_id: int, *, stage: RouteKind) -> dict[str, int]:
    """Live files by the id of their row."""
    return {
        row.row_id: row.files for row in connection.execute(_COUNTS, {"submission_id": submission_id, "stage": stage})
    }


def rows_of(connection: Connection, case: Case) -> list[Row]:
    """The rows that a file can belong to: those of the draft, or the approved ones that the actuals are entered for."""
    if case.locked.state is State.DRAFT:
        document: Mapping[str, Any] = draft(connection, case).document
    elif case.locked.head_revision_id is not None:
        document = revision(connection, case.locked.approved_revision_id or case.locked.head_revision_id).document
    else:
        return []
    sections = [(name, value) for name, value in document.items() if isinstance(value, list)]
    return [row for name, value in sections for row in _rows(name, value, evaluates=case.kind is RouteKind.EVALUATION)]


def _rows(section: str, value: Sequence[Any], *, evaluates: bool) -> list[Row]:
    """Rows with an id; at the year's end the approved ones keep theirs, and only those that are measured count."""
    found = [(number, row) for number, row in enumerate(value, start=1) if isinstance(row, dict) and row.get("id")]
    if evaluates and not any("comparator" in row for _number, row in found):
        return []
    return [Row(section, str(row["id"]), number, _named(row)) for number, row in found]


def _named(row: Mapping[str, Any]) -> str:
    return str(row.get("level3") or row.get("name") or next((row[k] for k in row if k != "id" and row[k]), ""))[:60]


def _files(connection: Connection, statement: Any, **values: object) -> list[AttachedFile]:  # noqa: ANN401 - a TextClause
    return [_file(row._mapping) for row in connection.execute(statement, values)]


def _file(row: Mapping[Any, Any]) -> AttachedFile:
    return AttachedFile(**{**row, "stage": RouteKind(row["stage"]), "scan": Scan(row["scan"])})
