"""The deadline scan as a whole: reminders, and the evaluations whose date has come.

One entry for the tick of the workers, the button of the page, the API and `jixiao deadlines scan`. Safe to run at any
time, late, twice and by several at once.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.slots import take_slot
from service.queries.due import due_evaluations
from service.usecases.decide import decide
from service.usecases.scan_deadlines import moment, scan
from workflows.deadlines import beijing_date
from workflows.errors import DomainError
from workflows.facts import SYSTEM, Request
from workflows.lifecycle import Action

SLOT = "deadlines"
SLOT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan has newly done."""

    reminders: int
    evaluations_opened: int


def run_deadline_scan(factory: sessionmaker[Session], *, now: datetime | None = None) -> Scanned:
    """Scan now. Without `now` the database's clock decides."""
    with unit_of_work(factory) as session:
        reminders = scan(session, now=now)
    return Scanned(reminders, _open_evaluations(factory, now))


def tick_deadline_scan(factory: sessionmaker[Session]) -> Scanned | None:
    """Scan once a minute, whoever ticks; None if this minute was taken. The slot commits with the reminders."""
    with unit_of_work(factory) as session:
        if not take_slot(session.connection(), SLOT, seconds=SLOT_SECONDS):
            return None
        reminders = scan(session)
    return Scanned(reminders, _open_evaluations(factory, None))


def _open_evaluations(factory: sessionmaker[Session], now: datetime | None) -> int:
    """Each form in a transaction of its own, so that one which cannot be opened keeps back no other."""
    with unit_of_work(factory) as session:
        connection = session.connection()
        ids = due_evaluations(connection, today=beijing_date(now or moment(connection)))
    return sum(_open_evaluation(factory, submission_id) for submission_id in ids)


def _open_evaluation(factory: sessionmaker[Session], submission_id: int) -> bool:
    # A refusal means that somebody was faster, or that the window of the cycle is not open yet after all.
    with suppress(DomainError), unit_of_work(factory) as session:
        request = Request(Action.OPEN_EVALUATION)
        decide(session.connection(), SYSTEM, submission_id=submission_id, request=request, version=None)
        return True
    return False
