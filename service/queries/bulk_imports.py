"""Bulk imports of a person: the list, one job with its counts, and the results of its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text

from workflows.errors import NotFound


class Which(StrEnum):
    """What the list of files is narrowed to. Each file is in one of them beside ALL, by what stopped it first."""

    ALL = "all"
    WAITING = "waiting"
    FINE = "fine"
    NEEDS_PREVIEW = "needs_preview"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One bulk import. `counts` by Which, and `typed_over` beside: files that a rehearsal would let overwrite."""

    id: int
    name: str
    cycle_id: int
    cycle_code: str
    fiscal_year: int
    form: str
    writes: bool
    overwrite: bool
    created_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    expired: bool
    total: int
    counts: Mapping[str, int]
    results: Mapping[str, int]

    @property
    def ended(self) -> bool:
        """Nothing more will happen to it by itself."""
        return self.counts[Which.WAITING] == 0

    @property
    def done(self) -> int:
        """How many files have their result."""
        return self.total - self.counts[Which.WAITING]

    @property
    def can_confirm(self) -> bool:
        """A rehearsal at its end that found something to import."""
        able = sum(self.results.get(name, 0) for name in ("created", "updated", "needs_preview"))
        return self.ended and not self.writes and able > 0 and not self.expired

    @property
    def can_retry(self) -> bool:
        """At its end, with files that did not get through: in an import also those that want to be looked at first."""
        return self.ended and self.left > 0 and not self.expired

    @property
    def left(self) -> int:
        """How many files did not get through. Of a rehearsal, those to be looked at have: it is for looking."""
        return self.counts[Which.FAILED] + (self.counts[Which.NEEDS_PREVIEW] if self.writes else 0)


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file. `refusal` is its sentence by language; `findings` are counts by severity."""

    id: int
    name: str
    size: int
    state: str
    result: str | None
    department_id: int | None
    department: str | None
    department_en: str | None
    submission_id: int | None
    changes: int | None
    findings: dict[str, int] | None
    refusal: dict[str, str] | None
    finished_at: datetime | None


_WHERE = {
    Which.ALL: "true",
    Which.WAITING: "f.state in ('due', 'claimed')",
    Which.FINE: "(f.state = 'done' and f.result <> 'needs_preview')",
    Which.NEEDS_PREVIEW: "(f.state in ('done', 'failed') and f.result is not distinct from 'needs_preview')",
    Which.FAILED: "(f.state in ('failed', 'cancelled') and f.result is distinct from 'needs_preview')",
}
_COUNTS = ", ".join(f"'{which.value}', count(*) filter (where {where})" for which, where in _WHERE.items())
_SELECT = f"""
select j.id, z.name, j.cycle_id, c.code as cycle_code, c.fiscal_year, c.form, j.phase = 'import' as writes, j.overwrite,
    j.created_at, j.confirmed_at, j.cancelled_at, (z.expires_at is not null and z.expires_at < now()) as expired,
    n.total, n.counts, n.results
from bulk_import j join file z on z.id = j.file_id join cycle c on c.id = j.cycle_id
    cross join lateral (
        select count(*) as total, jsonb_build_object({_COUNTS}) as counts, jsonb_build_object(
            'created', count(*) filter (where f.state = 'done' and f.result = 'created'),
            'updated', count(*) filter (where f.state = 'done' and f.result = 'updated'),
            'unchanged', count(*) filter (where f.state = 'done' and f.result = 'unchanged'),
            'needs_preview', count(*) filter (where f.state in ('done', 'failed') and f.result = 'needs_preview'),
            'cancelled', count(*) filter (where f.state = 'cancelled')) as results
        from bulk_import_file f where f.bulk_import_id = j.id) n
where j.requested_by is not distinct from cast(:person_id as bigint)
"""  # noqa: S608 - constant text, no value of a request is in it
_ONE = text(f"{_SELECT} and j.id = :id")
_PAGE = text(f"{_SELECT} and (cast(:before as bigint) is null or j.id < :before) order by j.id desc limit :limit")
_FILES = {
    which: text(f"""
select f.id, f.name, f.size, f.state, f.result, f.department_id, d.short_name as department, d.name_en as department_en,
    f.submission_id, f.changes, f.findings, f.refusal, f.finished_at
from bulk_import_file f left join department d on d.id = f.department_id
where f.bulk_import_id = :job and {where} and f.id > :after order by f.id limit :limit
""")  # noqa: S608 - constant text, no value of a request is in it
    for which, where in _WHERE.items()
}


def job_of(connection: Connection, person_id: int | None, *, bulk_import_id: int) -> Job:
    """One job of this person, None for the command line. Raises NotFound also for the job of another."""
    row = connection.execute(_ONE, {"person_id": person_id, "id": bulk_import_id}).one_or_none()
    if row is None:
        raise NotFound
    return Job(**row._mapping)


def jobs_of(connection: Connection, person_id: int, *, before: int | None = None, limit: int = 20) -> list[Job]:
    """The person's jobs, the newest first, below the id `before`."""
    values = {"person_id": person_id, "before": before, "limit": limit}
    return [Job(**row._mapping) for row in connection.execute(_PAGE, values)]


def files_of(
    connection: Connection, bulk_import_id: int, *, which: Which = Which.ALL, after: int = 0, limit: int = 50
) -> list[FileResult]:
    """The files of a job in the order of the zip, after the id `after`. Whoever calls has read the job as its owner."""
    values: dict[str, Any] = {"job": bulk_import_id, "after": after, "limit": limit}
    return [FileResult(**row._mapping) for row in connection.execute(_FILES[which], values)]
