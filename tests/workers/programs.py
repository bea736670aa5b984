"""Real workers and a broker that can be killed, as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.embedded.valkey import command, find_program
from service.settings import Settings

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(true: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Look twenty times a second. Raises AssertionError when it takes too long."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class MortalBroker:
    """A Valkey that keeps nothing: killed and started again it is empty, at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._child = subprocess.Popen(
            [str(find_program()), *options, "--maxmemory-policy", "noeviction", "--daemonize", "no"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, seconds=10, what="the broker answers")

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)
            self._child = None

    def hang(self) -> None:
        """It takes connections and answers nothing."""
        assert self._child is not None
        self._child.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self._child is not None
        self._child.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        command(self.url, "FLUSHALL")

    def _answers(self) -> bool:
        with suppress(OSError):
            return command(self.url, "PING") == ["PONG"]
        return False


@contextmanager
def mortal_broker(folder: Path) -> Iterator[MortalBroker]:
    broker = MortalBroker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


class Worker:
    """One `celery worker` with its children, in a process group that can be killed whole."""

    def __init__(self, settings: Settings, broker_url: str, *, queue: str = "default") -> None:
        self.log = settings.home / f"{queue}.log"
        settings.home.mkdir(parents=True, exist_ok=True)
        pool = ("-P", "prefork") if queue == "default" else ("-P", "threads")
        self._argv = [
            *(sys.executable, "-P", "-m", "celery", "-A", "workers.app", "--quiet", "worker", "--loglevel", "WARNING"),
            *(*pool, "-c", "2", "-Q", queue, "-n", f"{queue}-{os.getpid()}@%h", "--without-gossip", "--without-mingle"),
        ]
        self._environ = {**_environ(settings, broker_url), "PYTHONPATH": str(ROOT)}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self._argv,
                env=self._environ,
                cwd=self.log.parent,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL for the worker and all its children at once."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(10)
            self._child = None

    def stop(self) -> int:
        """SIGTERM, as at a deployment; the exit code."""
        assert self._child is not None
        self._child.terminate()
        code = self._child.wait(30)
        self._child = None
        return code


@contextmanager
def worker(settings: Settings, broker_url: str, *, queue: str = "default") -> Iterator[Worker]:
    started = Worker(settings, broker_url, queue=queue)
    started.start()
    try:
        yield started
    finally:
        started.kill()


def _environ(settings: Settings, broker_url: str) -> dict[str, str]:
    """The settings as variables, what is unset left out."""
    values = {
        "JIXIAO_HOME": str(settings.home),
        "JIXIAO_DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        "JIXIAO_REDIS_URL": broker_url,
        "JIXIAO_SMTP_HOST": settings.smtp_host or "",
        "JIXIAO_SMTP_PORT": str(settings.smtp_port),
        "JIXIAO_SMTP_STARTTLS": "true" if settings.smtp_starttls else "false",
        "JIXIAO_SMTP_FROM": settings.smtp_from or "",
        "JIXIAO_TICK_SECONDS": str(settings.tick_seconds),
        "JIXIAO_LEASE_SECONDS": str(settings.lease_seconds),
        "JIXIAO_SWEEP_SECONDS": str(settings.sweep_seconds),
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
    }
    return {name: value for name, value in values.items() if value}
