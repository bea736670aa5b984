"""What may stand behind the question mark: queries of lists and of pages of them, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from service.api.schemas import Cursor, Id, Level, Limit, Money, Strict, Version, Word, Year
from workflows.lifecycle import Role, State


class WaiverQuery(Strict):
    """Which finding: its rule, its path, and where one rule found two things there the `meaning` as it was read."""

    rule: Annotated[str, StringConstraints(min_length=1, max_length=10)]
    path: Annotated[str, StringConstraints(max_length=120)]
    meaning: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class ListQuery(Strict):
    """What a list is narrowed to. `state` may come several times; `stage` is the role with whom the form lies; `warned`:
    with reminders. `after` is `next` of the page before.
    """

    year: Year | None = None
    department_id: Id | None = None
    state: list[State] | None = None
    level: Level | None = None
    stage: Role | None = None
    text: Word | None = None
    overdue: bool | None = None
    warned: bool | None = None
    project_expenditure_from: Money | None = None
    project_expenditure_to: Money | None = None
    after: Cursor | None = None
    limit: Limit = 50


class InboxQuery(ListQuery):
    """Which box, what it is narrowed to, and where in it."""

    tab: Literal["todo", "done", "mine", "cc", "ever"] = "todo"


class EventsQuery(Strict):
    """Events after a sequence number."""

    after: Version = 0
    limit: Limit = 200


class RunsQuery(Strict):
    """Runs below an id."""

    before: Id | None = None
    limit: Limit = 20


class NotificationsQuery(Strict):
    """Notifications below an id; `unread` leaves the others out."""

    before: Id | None = None
    unread: bool = False
    limit: Limit = 50


class ImportQuery(Strict):
    """Into which cycle and, where one fills in for several units, for which unit. `dry_run` writes nothing.

    `prefer` settles what an offline workbook and the draft disagree about: `file` or `system`. `seen` is `seen` of the
    dry run that somebody looked at; where the draft has changed since, nothing is written.
    """

    cycle_id: Id
    department_id: Id | None = None
    dry_run: bool = False
    prefer: Literal["file", "system"] | None = None
    seen: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[a-z0-9_.~]*$")] | None = None
    filename: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")] = "form"
