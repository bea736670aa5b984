"""The reports, by code. A new one is a file beside `official_form.py` and a line in `REPORTS`.

A report is read as the person who asked for it, at the time when it is built: what they may no longer see by then is not
in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.queries.reports import official_form
from service.queries.reports.printable import Printable
from workflows.errors import InvalidRequest

__all__ = ["REPORTS", "Printable", "Report", "report"]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: `checked` makes its stored parameters of what was sent, `read` gives what is to be printed.

    Its title is `label.report.<code>` of the catalogue. `redaction` names what is left out: `as_seen` leaves out nothing
    of a form that the person may see.
    """

    code: str
    formats: tuple[str, ...]
    redaction: str
    checked: Callable[[Mapping[str, Any]], dict[str, Any]]
    read: Callable[[Connection, int, Mapping[str, Any]], Printable]


REPORTS: dict[str, Report] = {
    official_form.CODE: Report(
        official_form.CODE,
        official_form.FORMATS,
        "as_seen",
        official_form.checked,
        official_form.read,
    )
}


def report(code: str) -> Report:
    """The report of this code. Raises InvalidRequest."""
    found = REPORTS.get(code)
    if found is None:
        raise InvalidRequest("no_such_report", field="code", code=str(code)[:40])
    return found
