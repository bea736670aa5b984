"""`official_form`: the official print of a submission's newest or approved revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from service.queries.reports.printable import Printable
from service.queries.visible import VISIBLE
from workflows.errors import InvalidRequest, NotFound, NotPossibleNow

CODE = "official_form"
FORMATS = ("xlsx", "docx", "pdf")
REVISIONS = ("head", "approved")
_LARGEST_ID = 2**63 - 1

# The official form is the target table: of a form whose evaluation was handed in later, its newest is the approved one.
_READ = text(f"""
select r.document, r.number, r.sha256
from submission s
    join department d on d.id = s.department_id
    join department b on b.kind = 'finance_bureau'
    left join revision r on r.id = case
        when :revision = 'head' and s.approved_revision_id is null then s.head_revision_id else s.approved_revision_id end
where s.id = :submission_id and {VISIBLE}
""")  # noqa: S608 - constant text, no value of a request is in it


def checked(params: Mapping[str, Any]) -> dict[str, Any]:
    """`{"submission_id": 1, "revision": "head" | "approved", "format": "xlsx" | "docx" | "pdf"}`. Raises InvalidRequest."""
    unknown = sorted(set(params) - {"submission_id", "revision", "format"})
    if unknown:
        raise InvalidRequest("no_such_param", field=f"params.{unknown[0][:40]}")
    submission_id = params.get("submission_id")
    if not isinstance(submission_id, int) or isinstance(submission_id, bool) or not 0 < submission_id <= _LARGEST_ID:
        raise InvalidRequest("param_not_an_id", field="params.submission_id")
    return {
        "submission_id": submission_id,
        "revision": _one_of(params, "revision", REVISIONS),
        "format": _one_of(params, "format", FORMATS),
    }


def read(connection: Connection, person_id: int, params: Mapping[str, Any]) -> Printable:
    """The revision, if the person may see the form now. Raises NotFound, NotPossibleNow where it has none yet."""
    values = {"submission_id": params["submission_id"], "revision": params["revision"], "person_id": person_id}
    row = connection.execute(_READ, values).one_or_none()
    if row is None:
        raise NotFound
    if row.document is None:
        raise NotPossibleNow("no_revision_yet")
    return Printable(row.document, row.number, row.sha256)


def _one_of(params: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = params.get(name, allowed[0])
    if value not in allowed:
        raise InvalidRequest("param_not_one_of", field=f"params.{name}", allowed=", ".join(allowed))
    return str(value)
