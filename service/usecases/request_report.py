"""Ask for a report: a row that a worker builds, readable only by the person who asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.models.outbox import WAKE
from service.models.report import ReportRun
from service.queries.reports import report
from workflows.catalogue import languages
from workflows.errors import InvalidRequest, NotAllowed
from workflows.facts import Actor


def request_report(session: Session, actor: Actor, *, code: str, params: Mapping[str, Any], language: str) -> int:
    """Check, and queue a run; its id. The report is read once now, so that what cannot be had is refused at once.

    Raises InvalidRequest, NotFound, NotPossibleNow.
    """
    if actor.id is None:
        raise NotAllowed("system_only_timers")
    if language not in languages:
        raise InvalidRequest("param_not_one_of", field="language", allowed=", ".join(languages))
    kind = report(code)
    checked = kind.checked(params)
    kind.read(session.connection(), actor.id, checked)
    run = ReportRun(code=code, params=checked, language=language, requested_by=actor.id, total=1)
    session.add(run)
    session.flush()
    session.execute(WAKE)
    return run.id
