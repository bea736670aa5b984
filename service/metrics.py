"""Counters of one process, summed over all web workers when `/metrics` is read.

prometheus_client shares figures between processes through files, and only where an environment variable names their
folder before it is imported. So it is imported here, late, after the folder was made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """What the web counts. Labels are routes, codes and actions: never ids, so their number stays small."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        self.requests = Counter(
            "jixiao_requests_total", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "jixiao_request_seconds", "Time to answer.", ["route"], registry=self.registry, buckets=_BUCKETS
        )
        self.refusals = Counter(
            "jixiao_refusals_total", "Requests refused, by code of the error.", ["code"], registry=self.registry
        )
        self.sign_ins = Counter(
            "jixiao_sign_ins_total", "Sign-ins, by how they ended.", ["outcome"], registry=self.registry
        )

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(route).observe(seconds)

    def rendered(self, figures: dict[str, float]) -> bytes:
        """The text that Prometheus reads: the counters of all workers, and `figures` taken from the database now."""
        from prometheus_client import generate_latest

        # Written by hand: a Gauge would be shared between the workers, and these are figures of this moment.
        lines = [f"# TYPE jixiao_{name} gauge\njixiao_{name} {value}\n" for name, value in figures.items()]
        return generate_latest(self._all_workers()) + "".join(lines).encode()

    def _all_workers(self) -> CollectorRegistry:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        folder = os.environ.get(FOLDER_VARIABLE)  # noqa: TID251 - the one switch that prometheus_client has
        if folder is None:
            return self.registry
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return registry


def share(home: Path) -> None:
    """Let the web workers of this home count together. Called once in each, before `Metrics` is built.

    Files of processes that no longer live are removed: the counts begin anew with each start of the server.
    """
    folder = home / "metrics"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            with suppress(FileNotFoundError):
                file.unlink()
    os.environ[FOLDER_VARIABLE] = str(folder)  # noqa: TID251 - the one switch that prometheus_client has
