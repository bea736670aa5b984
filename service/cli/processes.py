"""The processes of a running Jixiao and their commands, the same under `jixiao up` and in docker-compose.yml."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.settings import Settings

DRAIN_SECONDS: Final = 20
HEADER_TIMEOUT_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run: its name, and its command behind the interpreter's `-m`.

    `deaf_at_first`: its own children miss a request to stop while they load, so it is repeated to all of them.
    """

    name: str
    command: list[str]
    deaf_at_first: bool = False

    @property
    def argv(self) -> list[str]:
        """The command with this very interpreter, whatever PATH says and whatever lies in the working directory."""
        return [sys.executable, "-P", "-m", *self.command]


def programs(settings: Settings) -> list[Program]:
    """Web, worker, reports worker and beat."""
    return [web(settings), worker(), reports(), beat(settings.home)]


def web(settings: Settings) -> Program:
    """The web server. Two workers of two threads are best on two cores; half-open requests cost no thread."""
    return Program(
        "web",
        [
            "granian",
            *("--interface", "wsgi", "--http", "1", "--no-ws", "--factory"),
            *("--host", settings.host, "--port", str(settings.port)),
            *("--workers", str(settings.web_workers), "--blocking-threads", str(settings.web_threads)),
            # Without a limit, one browser that keeps its connection open would hold the shutdown for ever.
            *("--workers-kill-timeout", str(DRAIN_SECONDS)),
            *("--http1-header-read-timeout", str(HEADER_TIMEOUT_MS)),
            *("--respawn-failed-workers", "--no-access-log"),
            "service.app:wsgi",
        ],
        deaf_at_first=True,
    )


def worker() -> Program:
    """Delivers what the outbox holds."""
    return Program("worker", _celery("worker", "-P", "prefork", "-c", "2", "-Q", "default", "-n", "worker@%h"))


def reports() -> Program:
    """Builds files. Threads, because typst hangs in a child that was forked after it was used."""
    return Program("reports", _celery("worker", "-P", "threads", "-c", "2", "-Q", "reports", "-n", "reports@%h"))


def beat(home: Path) -> Program:
    """Ticks. Its file is no truth: ticks are unique rows, so a lost file costs nothing."""
    return Program("beat", _celery("beat", "--schedule", str(home / "beat-schedule"), "--pidfile", ""))


def _celery(verb: str, *options: str) -> list[str]:
    # Gossip and mingle are talk between workers that nothing here listens to.
    quiet = ["--without-gossip", "--without-mingle"] if verb == "worker" else []
    return ["celery", "-A", "workers.app", "--quiet", verb, "--loglevel", "INFO", *options, *quiet]
