"""What held rows of a draft are known by, so that a hold outlives its row (`workflows.held_words`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, ForeignKey, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class HeldTrace(Base):
    """`key` is the id of a row, or the hash of its words; `tag` is what a row with it gets. No words are kept."""

    __tablename__ = "held_trace"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str]


def remember(connection: Connection, submission_id: int, traces: Mapping[str, str]) -> None:
    """Keep traces of a form that the caller has locked; the tag that a row has now replaces the one that it had."""
    if not traces:
        return
    rows = [{"submission_id": submission_id, "key": key, "tag": tag} for key, tag in sorted(traces.items())]
    kept = insert(HeldTrace)
    connection.execute(
        kept.on_conflict_do_update(index_elements=["submission_id", "key"], set_={"tag": kept.excluded.tag}), rows
    )


def forget(connection: Connection, submission_id: int, keys: Collection[str]) -> None:
    """Somebody declared that these words are no secret."""
    connection.execute(delete(HeldTrace).where(HeldTrace.submission_id == submission_id, HeldTrace.key.in_(keys)))
