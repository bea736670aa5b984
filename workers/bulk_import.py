"""Bulk imports in a worker: file after file for a while, and a report that somebody waits for goes between two files."""

import time
from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from service.bulk_run import run_next
from service.settings import Settings
from workers.reports import build_next

# A worker that is told to stop waits for its task; what is left is taken up by the next hint.
BUDGET_SECONDS: Final = 15


def run_files(factory: sessionmaker[Session], settings: Settings, *, budget_seconds: float = BUDGET_SECONDS) -> bool:
    """Work until no file is due or the budget is spent; whether files may be left."""
    until = time.monotonic() + budget_seconds
    while time.monotonic() < until:
        if not run_next(factory, home=settings.home, lease_seconds=settings.lease_seconds):
            return False
        build_next(factory, settings)
    return True
