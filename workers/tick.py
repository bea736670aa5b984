"""Keeping time without trusting anybody: a thread in the main process of each worker.

It listens for `jixiao_outbox` and wakes by itself every few seconds. What is due by the clock is taken as a unique slot,
so that any number of tickers does it once. For what is due in the tables it gives the pool a hint; if the broker takes
none, or rows have waited for too long in spite of hints, it does the work itself.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.deadline_scan import tick_deadline_scan
from service.logs import logger
from service.settings import Settings
from workers import heads, library, purge, sweep
from workers.broker import Broker
from workers.bulk_import import run_files
from workers.drain import drain
from workers.reports import build_next
from workers.scan import scan_next

log = logger(__name__)

CHANNEL: Final = "jixiao_outbox"
GATHER_SECONDS: Final = 0.05  # commits that come together make one hint
FIRST_SECONDS: Final = 1.0  # the pool forks its processes first, while nothing here is open or locked
AWAY_SECONDS: Final = 2.0  # until the database is asked again when it was not there
WAITED_TICKS: Final = 3  # hints that led nowhere

_DUE = text("""
select
    (select min(due_at) from outbox where sent_at is null and dead_at is null and due_at <= now()) as outbox,
    (select min(due_at) from delivery where state = 'due' and due_at <= now()) as delivery,
    exists (select 1 from report_run where state = 'due')
        or exists (select 1 from attachment where scan = 'pending' and scan_due_at <= now()) as report,
    exists (select 1 from bulk_import_file where state = 'due') as file,
    now() - make_interval(secs => :patience) as patience
""")


@dataclass(frozen=True, slots=True)
class Due:
    """What waits in the tables. `neglected`: for longer than hints should take. `reports`: attachments to scan too."""

    messages: bool
    neglected: bool
    reports: bool
    files: bool


def tick(factory: sessionmaker[Session], settings: Settings) -> None:
    """Whatever the clock asks for. Each duty fails alone and is done by the next tick."""
    duties: tuple[Callable[[], object], ...] = (
        lambda: tick_deadline_scan(factory),
        lambda: sweep.sweep(factory, seconds=settings.sweep_seconds),
        lambda: purge.purge(factory, home=settings.home),
        lambda: library.count_uses(factory),
        lambda: heads.sign_head(factory, settings),
    )
    for duty in duties:
        try:
            duty()
        except (SQLAlchemyError, OSError):
            log.exception("duty_failed")


def due(factory: sessionmaker[Session], *, patience_seconds: int) -> Due:
    """What waits, by the database's clock."""
    with unit_of_work(factory) as session:
        row = session.execute(_DUE, {"patience": patience_seconds}).one()
    waiting = [moment for moment in (row.outbox, row.delivery) if moment is not None]
    return Due(bool(waiting), any(moment < row.patience for moment in waiting), row.report, row.file)


class Ticker(threading.Thread):
    """The thread. `tasks` are the hints (drain, build, import); `builds` says that this worker may build and import itself."""

    def __init__(
        self,
        settings: Settings,
        factory: Callable[[str], sessionmaker[Session]],
        *,
        broker: Broker,
        tasks: tuple[str, str, str],
        builds: bool,
    ) -> None:
        super().__init__(name="ticker", daemon=True)
        self._settings = settings
        self._factory = factory
        self._broker = broker
        self._drain, self._build, self._import = tasks
        self._builds = builds
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end at its next waking; nobody waits for it."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped. Nothing may end this thread: a city without its ticker gets no reminders and nobody notices."""
        self._stopping.wait(FIRST_SECONDS)
        policy = self._broker.evicts()
        if policy is not None:
            # An evicted key is a lost queue binding (InconsistencyError); the hints work on through the tables.
            log.error("broker_evicts_keys", policy=policy, needed="noeviction")
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                log.warning("database_away", error=type(error).__name__)
                self._stopping.wait(AWAY_SECONDS)
            except Exception:
                log.exception("ticker_failed")
                self._stopping.wait(AWAY_SECONDS)

    def _listen(self) -> None:
        assert self._settings.database_url is not None
        url = self._settings.database_url.get_secret_value()
        seconds = min(self._settings.tick_seconds, self._settings.sweep_seconds)
        with psycopg.connect(
            url, autocommit=True, connect_timeout=3, tcp_user_timeout=5000, application_name="jixiao-ticker"
        ) as connection:
            connection.execute(f"listen {CHANNEL}")
            ticked = 0.0
            while not self._stopping.is_set():
                if time.monotonic() - ticked >= seconds:
                    tick(self._factory("worker"), self._settings)
                    ticked = time.monotonic()
                self._look()
                if any(True for _ in connection.notifies(timeout=seconds, stop_after=1)):
                    self._stopping.wait(GATHER_SECONDS)
                    for _ in connection.notifies(timeout=0):
                        pass

    def _look(self) -> None:
        """Hint at what is due, or do it here."""
        found = due(self._factory("worker"), patience_seconds=WAITED_TICKS * self._settings.tick_seconds)
        if found.messages and (not self._broker.hint(self._drain) or found.neglected):
            drain(self._factory("worker"), self._settings, budget_seconds=self._settings.lease_seconds)
        if found.reports and not self._broker.hint(self._build) and self._builds:
            build_next(self._factory("report"), self._settings)
            scan_next(self._factory("report"), self._settings)
        if found.files and not self._broker.hint(self._import) and self._builds:
            run_files(self._factory("report"), self._settings, budget_seconds=self._settings.tick_seconds)
