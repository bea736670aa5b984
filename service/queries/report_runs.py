"""Report runs of a person: the list of the page, one run with its progress, and the file when it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from service.queries.reports import report
from workflows.errors import NotFound


@dataclass(frozen=True, slots=True)
class RunFile:
    """The finished file: its bytes lie under `sha256`."""

    name: str
    media_type: str
    size: int
    sha256: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `state`: due, claimed, done or dead; `done` of `total` is progress; `error` says why it is dead."""

    id: int
    code: str
    params: dict[str, Any]
    language: str
    state: str
    done: int
    total: int
    created_at: datetime
    finished_at: datetime | None
    error: str | None
    file: RunFile | None

    @property
    def ended(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in ("done", "dead")


_SELECT = """
select q.id, q.code, q.params, q.language, q.state, q.done, q.total, q.created_at, q.finished_at,
    case when q.state = 'dead' then q.last_error end as error,
    f.name, f.media_type, f.size, f.sha256, f.expires_at
from report_run q left join file f on f.id = q.file_id and (f.expires_at is null or f.expires_at > now())
where q.requested_by = :person_id
"""
_ONE = text(f"{_SELECT} and q.id = :id")
_PAGE = text(f"{_SELECT} and (cast(:before as bigint) is null or q.id < :before) order by q.id desc limit :limit")


def run_of(connection: Connection, person_id: int, *, run_id: int) -> Run:
    """One run of this person. Raises NotFound also for the run of another."""
    row = connection.execute(_ONE, {"person_id": person_id, "id": run_id}).one_or_none()
    if row is None:
        raise NotFound
    return _run(row._mapping)


def fetchable(connection: Connection, person_id: int, *, run_id: int) -> Run:
    """The same before its file is handed out: what the person may no longer see is not there. Raises NotFound."""
    run = run_of(connection, person_id, run_id=run_id)
    report(run.code).read(connection, person_id, run.params)
    return run


def runs_of(connection: Connection, person_id: int, *, before: int | None = None, limit: int = 20) -> list[Run]:
    """The person's runs, the newest first, below the id `before`."""
    values = {"person_id": person_id, "before": before, "limit": limit}
    return [_run(row._mapping) for row in connection.execute(_PAGE, values)]


def _run(row: Any) -> Run:  # noqa: ANN401 - a row mapping of the statements above
    file = None
    if row["sha256"] is not None:
        file = RunFile(row["name"], row["media_type"], row["size"], row["sha256"], row["expires_at"])
    plain = ("id", "code", "params", "language", "state", "done", "total", "created_at", "finished_at", "error")
    return Run(file=file, **{name: row[name] for name in plain})
