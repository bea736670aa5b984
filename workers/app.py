"""The Celery application: settings, queues, tasks, and the ticker that each worker carries.

Celery says "look now", never what to do: each task drains what is due by the database, may run twice and may get lost.
"""

import os
import sys
from functools import partial
from typing import Any, Final

from celery import Celery
from celery.signals import celeryd_after_setup, setup_logging, worker_process_init, worker_shutting_down
from kombu.entity import Queue

from service import logs
from service.embedded import running
from service.settings import Settings, SettingsError, load_settings
from workers import bulk_import, database, reports, scan
from workers.broker import Broker
from workers.drain import drain
from workers.tick import Ticker, tick

DEFAULT: Final = "default"
REPORTS: Final = "reports"
QUEUES: Final = (DEFAULT, REPORTS)
TICK_SECONDS: Final = 30.0
DRAIN, TICK, BUILD, IMPORT = "outbox.drain", "schedule.tick", "reports.build", "imports.run"


def make_app(settings: Settings) -> Celery:
    """Celery with every setting that the reliability guide, section 2, asks for; one test reads them all."""
    app = Celery("jixiao", set_as_current=False)
    app.conf.update(
        broker_url=_broker_url(settings),
        result_backend=None,
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        event_serializer="json",
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_ignore_result=True,
        task_time_limit=300,
        task_soft_time_limit=240,
        task_default_queue=DEFAULT,
        task_create_missing_queues=False,
        task_queues=[Queue(name) for name in QUEUES],  # type: ignore[no-untyped-call]
        task_routes={name: {"queue": REPORTS} for name in (BUILD, IMPORT)},
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=500,
        worker_max_memory_per_child=400_000,  # KiB
        worker_soft_shutdown_timeout=20,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 600,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "health_check_interval": 15,
            "global_keyprefix": "jixiao:",
        },
        timezone="UTC",
        enable_utc=True,
        beat_schedule={"tick": {"task": TICK, "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}}},
        beat_schedule_filename=str(settings.home / "beat-schedule"),
    )
    return app


def _broker_url(settings: Settings) -> str:
    """The broker that the settings name, else the one that runs for this home."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    found = running(settings.home)
    return str(found["JIXIAO_REDIS_URL"]) if found else "redis://127.0.0.1:6379/0"


def _boot() -> Settings:
    try:
        return load_settings(os.environ)  # noqa: TID251 - the edge of this process
    except SettingsError as error:
        sys.exit(str(error))


def _drain() -> None:
    drain(database.factory(settings), settings)


def _tick() -> None:
    tick(database.factory(settings), settings)
    _drain()


def _build() -> None:
    factory = database.factory(settings, "report")
    while reports.build_next(factory, settings) or scan.scan_next(factory, settings):
        pass


def _import() -> None:
    bulk_import.run_files(database.factory(settings, "report"), settings)


def _register(app: Celery) -> None:
    for name, work in ((DRAIN, _drain), (TICK, _tick), (BUILD, _build), (IMPORT, _import)):
        app.task(name=name)(work)


settings = _boot()
app = make_app(settings)
_register(app)
_tickers: list[Ticker] = []


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log(**_: Any) -> None:  # noqa: ANN401 - whatever the signal carries
    logs.set_up(settings)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _forked(**_: Any) -> None:  # noqa: ANN401 - whatever the signal carries
    database.forget_inherited()


# Before the connection to the broker: a worker that starts while the broker is away ticks and delivers all the same.
@celeryd_after_setup.connect  # type: ignore[untyped-decorator]
def _started(instance: Any, **_: Any) -> None:  # noqa: ANN401 - a worker of Celery
    ticker = Ticker(
        settings,
        partial(database.factory, settings),
        broker=Broker(app),
        tasks=(DRAIN, BUILD, IMPORT),
        builds=REPORTS in instance.app.amqp.queues.consume_from,
    )
    _tickers.append(ticker)
    ticker.start()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stopping(**_: Any) -> None:  # noqa: ANN401 - whatever the signal carries
    for ticker in _tickers:
        ticker.stop()
