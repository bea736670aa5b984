"""Writing the rows of a draft: a section with its next version, and who typed."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from service.db import as_jsonb, rows_of
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


_TYPED = """
with typist as (
    insert into draft_editor (submission_id, person_id, kind) values (%(id)s, %(person)s, %(kind)s) on conflict do nothing
)
insert into draft_section (submission_id, section, version, body, updated_by)
values (%(id)s, %(section)s, %(version)s, %(body)s, %(person)s)
on conflict (submission_id, section) do update
    set version = excluded.version, body = excluded.body, updated_by = excluded.updated_by, updated_at = clock_timestamp()
returning version
"""


def put_typed_section(
    connection: Connection,
    actor: Actor,
    *,
    submission_id: int,
    section: str,
    value: object,
    version: int,
    kind: RouteKind,
) -> None:
    """Both of the above in one trip, which is what an autosave does."""
    binds = {"id": submission_id, "person": actor.id, "kind": kind.value, "section": section, "version": version}
    rows_of(connection, _TYPED, {**binds, "body": as_jsonb({"value": value})})
