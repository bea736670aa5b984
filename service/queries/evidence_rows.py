"""Everything that proves what became of a form: its revisions, its events, the words that were said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from service.queries.evidence_heads import proofs
from workflows.chain import FIELDS, instant
from workflows.errors import NotFound
from workflows.withheld import SUBJECT

_SUBMISSION = text("""
select s.id, s.form, s.fiscal_year, s.kind, d.code as department_code, d.name as department, s.state, s.level, s.version,
    s.head_hash, s.grade, s.reply_number, s.reply_date::text as reply_date
from submission s join department d on d.id = s.department_id where s.id = :id
""")
_REVISIONS = text("""
select * from revision where submission_id = :id order by number
""")
_EVENTS = text(f"""
select {", ".join(FIELDS)}, hash from event where subject_kind = 'submission' and subject_id = :id order by seq
""")  # noqa: S608 - constant text, no value of a request is in it
_OPINIONS = text("""
select o.*, r.sha256 as revision_sha256
from opinion o join event e on e.id = o.event_id left join revision r on r.id = o.revision_id
where o.submission_id = :id order by e.seq, o.id
""")
_WITHHOLDINGS = text(f"""
select {", ".join(FIELDS)}, hash from event where subject_kind = '{SUBJECT}' and subject_id = :id order by seq
""")  # noqa: S608 - constant text, no value of a request is in it
_ATTACHMENTS = text("""
select r.number as revision, a.name, a.size, a.sha256, a.section, a.row_id
from revision r join revision_attachment a on a.revision_id = r.id
where r.submission_id = :id order by r.number, a.attachment_id
""")


def evidence_rows(connection: Connection, submission_id: int) -> dict[str, Any]:
    """`submission`, `revisions`, `events`, `opinions`, `attachments`, `withholdings` as plain values, moments as they are
    hashed, and the `proofs` that signed heads give. Raises NotFound.
    """
    form = connection.execute(_SUBMISSION, {"id": submission_id}).one_or_none()
    if form is None:
        raise NotFound
    tables = {
        "revisions": _REVISIONS,
        "events": _EVENTS,
        "opinions": _OPINIONS,
        "attachments": _ATTACHMENTS,
        "withholdings": _WITHHOLDINGS,
    }
    rows = {
        name: [_plain(row) for row in connection.execute(sql, {"id": submission_id})] for name, sql in tables.items()
    }
    return {"submission": _plain(form), **rows, "proofs": proofs(connection, submission_id)}


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in row._mapping.items()}
