"""Writing the rows of a draft: a section with its next version, and who typed."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from service.models.submission import DraftEditor, DraftSection
from workflows.facts import Actor
from workflows.lifecycle import RouteKind


def put_section(
    connection: Connection,
    actor: Actor,
    *,
    submission_id: int,
    section: str,
    value: object,
    version: int,
) -> None:
    """Insert or replace a section. The caller holds the lock of the submission and has compared versions."""
    fields = {"version": version, "body": {"value": value}, "updated_by": actor.id}
    connection.execute(
        insert(DraftSection)
        .values(submission_id=submission_id, section=section, **fields)
        .on_conflict_do_update(
            index_elements=["submission_id", "section"], set_={**fields, "updated_at": text("clock_timestamp()")}
        )
    )


def add_editor(connection: Connection, actor: Actor, *, submission_id: int, kind: RouteKind) -> None:
    """Note that a person typed into the form: they never review it."""
    editor = {"submission_id": submission_id, "person_id": actor.id, "kind": kind}
    connection.execute(insert(DraftEditor).values(editor).on_conflict_do_nothing())
