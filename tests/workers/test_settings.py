"""Every setting of Celery that keeps its failures harmless (reliability guide, section 2), in one place."""

import os
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pytest
from sqlalchemy import text

from service.settings import Settings
from workers import app as celery_app
from workers import database
from workers.broker import PUBLISHER
from workers.channels.email import TIMEOUT_SECONDS


def test_settings_of_celery(settings: Settings) -> None:
    app = celery_app.make_app(settings)
    expected = {
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,
        "task_ignore_result": True,
        "result_backend": None,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "worker_prefetch_multiplier": 1,
        "task_time_limit": 300,
        "task_soft_time_limit": 240,
        "worker_max_tasks_per_child": 500,
        "worker_max_memory_per_child": 400_000,
        "worker_soft_shutdown_timeout": 20,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "timezone": "UTC",
        "enable_utc": True,
        "task_default_queue": "default",
        "task_create_missing_queues": False,
    }
    assert {name: app.conf[name] for name in expected} == expected
    assert app.conf.broker_transport_options == {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "health_check_interval": 15,
        "global_keyprefix": "jixiao:",
    }
    assert (PUBLISHER["socket_timeout"], PUBLISHER["socket_connect_timeout"]) == (1, 1)
    assert {queue.name for queue in app.conf.task_queues} == {"default", "reports"}
    assert app.conf.task_routes == {name: {"queue": "reports"} for name in ("reports.build", "imports.run")}
    assert app.conf.beat_scheduler == "celery.beat:PersistentScheduler"
    assert app.conf.beat_schedule == {"tick": {"task": "schedule.tick", "schedule": 30.0, "options": {"expires": 30.0}}}
    assert Path(app.conf.beat_schedule_filename).parent == settings.home
    assert TIMEOUT_SECONDS == 10


def test_every_task_has_a_name_and_a_queue_that_is_consumed() -> None:
    ours = {name for name in celery_app.app.tasks if not name.startswith("celery.")}
    assert ours == {celery_app.DRAIN, celery_app.TICK, celery_app.BUILD, celery_app.IMPORT}
    for name in ours:
        route = celery_app.app.amqp.router.route({}, name)
        assert route["queue"].name in celery_app.QUEUES


def test_no_task_waits_in_the_broker_and_none_is_waited_for() -> None:
    """No `eta`, no `countdown`, no `.get()` of a result: due times are columns, states are rows."""
    for path in Path(celery_app.__file__).parent.rglob("*.py"):
        source = path.read_text("utf-8")
        for word in ("countdown=", "eta=", "AsyncResult", "apply_async", ".delay("):
            assert word not in source, f"{path.name}: {word}"


def test_bad_settings_stop_the_worker_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIXIAO_TICK_SECOND", "5")
    with pytest.raises(SystemExit, match="JIXIAO_TICK_SECOND: no such setting"):
        celery_app._boot()


def test_a_forked_child_has_a_connection_of_its_own(settings: Settings) -> None:
    mine = _backend(settings)
    context = get_context("fork")
    answers: SimpleQueue[tuple[int, int]] = context.SimpleQueue()
    child = context.Process(target=_child, args=(settings, answers))
    child.start()
    child.join(20)
    pid, theirs = answers.get()
    assert pid != os.getpid()
    assert theirs != mine
    assert _backend(settings) == mine, "the child closed the connection of its parent"
    database.engine(settings).dispose()
    database._engines.clear()


def _child(settings: Settings, answers: "SimpleQueue[tuple[int, int]]") -> None:
    database.forget_inherited()
    answers.put((os.getpid(), _backend(settings)))


def _backend(settings: Settings) -> int:
    with database.engine(settings).connect() as connection:
        return int(connection.execute(text("select pg_backend_pid()")).scalar_one())
