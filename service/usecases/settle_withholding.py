"""The other of two people: confirming or refusing that a body be emptied.

What is emptied stays provable: its hash is in the record. Copies of the text go with it where this system keeps any: the rows
for reports, the amounts of lists, and the draft that the form was handed in from. Backups, attachments and files that were
fetched are the operator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from service.db import as_jsonb
from service.models.chain_event import append_event
from service.models.record import forget_amounts
from workflows.attested import body_hash
from workflows.canonical import algorithm_of
from workflows.errors import NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor, Grant
from workflows.lifecycle import Role, State
from workflows.withheld import CONFIRMED, REFUSED, SUBJECT, WITHHELD, blank, emptied_revision

_LOCK = text(
    "select id, submission_id, opinion_id, revision_id, asked_by, outcome from withholding where id = :id for update"
)
_SETTLE = text("""
update withholding set outcome = :outcome, settled_by = :person, settled_at = clock_timestamp() where id = :id
""")
_OPINION = text("update opinion set comment = :words where id = :id")
_REVISION = text("""
select r.number, r.sha256, r.kind, r.document, r.findings, r.waivers, r.score, r.id = s.head_revision_id as head, s.state
from revision r join submission s on s.id = r.submission_id where r.id = :id
""")
_PROJECTIONS = tuple(
    text(f"delete from {table} where revision_id = :id")  # noqa: S608 - constant text
    for table in ("revision_task", "revision_indicator")
)
_DRAFT = text("select section, body from draft_section where submission_id = :form for update")


def confirm_withholding(session: Session, actor: Actor, *, withholding_id: int) -> int:
    """Empty the body; returns the form. Raises NotFound, NotAllowed (another role, or who asked), NotPossibleNow."""
    connection = session.connection()
    asked = _settled(connection, actor, withholding_id, outcome="confirmed")
    told: dict[str, Any] = {"request": asked.id}
    if asked.opinion_id is not None:
        connection.execute(_OPINION, {"words": WITHHELD, "id": asked.opinion_id})
        told["opinion_id"] = asked.opinion_id
    else:
        told |= _empty_revision(connection, asked.revision_id, form=asked.submission_id)
    append_event(connection, SUBJECT, asked.submission_id, action=CONFIRMED, actor=actor, body=told)
    return int(asked.submission_id)


def refuse_withholding(session: Session, actor: Actor, *, withholding_id: int) -> int:
    """Leave the body as it is; returns the form. Raises like `confirm_withholding`."""
    connection = session.connection()
    asked = _settled(connection, actor, withholding_id, outcome="refused")
    append_event(connection, SUBJECT, asked.submission_id, action=REFUSED, actor=actor, body={"request": asked.id})
    return int(asked.submission_id)


def _settled(connection: Connection, actor: Actor, withholding_id: int, *, outcome: str) -> Row[Any]:
    grant = next((one for one in actor.grants if one.role is Role.AUDIT_ADMIN), None)
    if grant is None:
        raise NotAllowed("needs_role", role=Role.AUDIT_ADMIN.value)
    asked = connection.execute(_LOCK, {"id": withholding_id}).one_or_none()
    if asked is None:
        raise NotFound
    if asked.outcome is not None:
        raise NotPossibleNow("withholding_settled")
    _needs_two(actor, grant, asked.asked_by)
    connection.execute(_SETTLE, {"outcome": outcome, "person": actor.id, "id": withholding_id})
    return asked


def _needs_two(actor: Actor, grant: Grant, asked_by: int) -> None:
    if asked_by in actor.eyes(grant):
        raise NotAllowed("withholding_takes_two")


def _empty_revision(connection: Connection, revision_id: int, *, form: int) -> dict[str, Any]:
    row = connection.execute(_REVISION, {"id": revision_id}).one()
    columns = {str(name): value for name, value in row._mapping.items()}
    kept = body_hash(columns, algorithm_of(row.sha256))
    emptied = emptied_revision(columns)
    connection.exec_driver_sql(
        "update revision set document = %(document)s, findings = '[]', waivers = '[]', score = null where id = %(id)s",
        {"document": as_jsonb(emptied["document"]), "id": revision_id},
    )
    for statement in _PROJECTIONS:
        connection.execute(statement, {"id": revision_id})
    if row.head:
        forget_amounts(connection, form)
        if row.state != State.DRAFT:
            _empty_draft(connection, form)
    return {"revision": row.number, "body_sha256": kept}


def _empty_draft(connection: Connection, form: int) -> None:
    """The draft that was handed in; one that is being filled in again is its unit's to mend."""
    for section, body in connection.execute(_DRAFT, {"form": form}).all():
        connection.exec_driver_sql(
            "update draft_section set body = %(body)s, version = version + 1, updated_at = clock_timestamp()"
            " where submission_id = %(form)s and section = %(section)s",
            {"body": as_jsonb(_blank_section(body)), "form": form, "section": section},
        )


def _blank_section(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "value": blank(body["value"])}
