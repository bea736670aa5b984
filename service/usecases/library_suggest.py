"""推荐入库: a unit proposes indicators of its own form; the performance office adopts, merges or declines them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from service.models.library import LibraryEntry, keep, next_code, put_content
from service.models.outbox import tell
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.library import known_names
from service.queries.seen import locked
from workflows.document import INDICATORS
from workflows.engine import step
from workflows.errors import InvalidRequest
from workflows.facts import Actor, Request
from workflows.forms import form_type
from workflows.library import CELLS, Content, Scope, Status, checked, proposable
from workflows.lifecycle import Action
from workflows.notices import SUGGESTED
from workflows.tidying import tidied


def suggest_entries(
    session: Session, actor: Actor, *, submission_id: int, row_ids: Collection[str], source: str
) -> int:
    """Propose the indicators of a draft with these row ids, for the unit's own department. Returns how many are new.

    What the library knows already, what is withheld or marked, and what is not complete is passed over. `source` says where
    they come from. The library's keepers are told. Raises NotFound, NotPossibleNow, NotAllowed.
    """
    connection = session.connection()
    case = locked(connection, actor, submission_id=submission_id)
    step(actor, facts_of(connection, case), Request(Action.EDIT))
    document, _ = tidied(draft(connection, case).document, form_type(case.form))
    rows = [row for row in document[INDICATORS] if row.get("id") in row_ids and proposable(row)]
    names = {row["level3"] for row in rows}
    known = known_names(connection, names, departments=case.place.path)
    made: list[int] = []
    for row in rows:
        if row["level3"] in known:
            continue
        known.add(row["level3"])
        made += _suggest(session, actor, row, department_id=case.locked.department_id, source=source)
    if made:
        # One notice for all of them, whatever their number: the keepers look at them together.
        payload = {"entry_id": made[0], "version": 1, "count": len(made)}
        tell(connection, SUGGESTED, dedupe_key=f"library:{made[0]}:1", payload=payload)
    return len(made)


def _suggest(session: Session, actor: Actor, row: Mapping[str, str], *, department_id: int, source: str) -> list[int]:
    try:
        content = checked(
            Content(
                **{name: row.get(name) or "" for name in CELLS}, source=source, scope=Scope.DEPARTMENT,
                department_id=department_id,
            )
        )  # fmt: skip
    except InvalidRequest:
        return []
    entry = LibraryEntry(
        code=next_code(session, Scope.DEPARTMENT.value), status=Status.SUGGESTED.value, version=1, aliases=[],
        suggested_by=actor.id,
    )  # fmt: skip
    put_content(entry, content)
    keep(session, entry, action="suggest", actor=actor)
    return [entry.id]
