"""The three that approve in turn: the service, PostgreSQL alone with the service's SQL, Django with Viewflow."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import psycopg

from service.settings import Settings
from tests.bench import machine
from tests.bench.in_process import action_body, action_headers, action_path
from tests.bench.load import Clients, RefusedError, Window, ask, post
from tests.bench.servers import BenchError, program
from tests.bench.stock import CLIENTS, FORM, Stock

_PROCESSED: Final = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED: Final = re.compile(r"number of failed transactions: (\d+)")
_WARM_SECONDS: Final = 1

# What one approve writes, as sums over whole tables.
_ROWS: Final = """
select (select count(*) from event), (select count(*) from opinion), (select count(*) from outbox),
    (select count(*) from idempotency_reply), (select count(*) from work_item),
    (select count(*) from work_item where closed_at is not null), (select sum(version) from submission)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A window, the CPU that was used in it, and how many passes were written in all, warm-up included."""

    window: Window
    usage: machine.Usage
    passes: int


def _measured(clients: Clients, seconds: float, roots: dict[str, int]) -> Measured:
    before = machine.look(roots)
    window = clients.run(seconds)
    return Measured(window, machine.look(roots).since(before), window.count)


@dataclass(slots=True)
class Service:
    """Eight people who pass one fresh form after the other over keep-alive connections."""

    settings: Settings
    stock: Stock
    name: str = "service"
    _clients: Clients = field(init=False)

    def __post_init__(self) -> None:
        self._clients = Clients(self.settings.port, count=CLIENTS, next_request=self._request)

    def window(self, seconds: float, roots: dict[str, int]) -> Measured:
        """Raises RefusedError for the first answer that is no 2xx."""
        return _measured(self._clients, seconds, roots)

    def _request(self, client: int) -> bytes:
        form = self.stock.take(1)
        headers = action_headers(self.settings, self.stock.reviewers[client], f"load-{form}")
        return post(action_path(form), headers=headers, body=action_body(self.stock.version))


@dataclass(slots=True)
class OwnSql:
    """pgbench over the same transport, as the same eight people.

    Each run opens its connections and plans its statements anew, which the service did long ago: the first second is
    left out of the figures.
    """

    database_url: str
    stock: Stock
    script: str
    name: str = "own SQL"

    def window(self, seconds: float, roots: dict[str, int]) -> Measured:
        """Raises RefusedError when a transaction fails."""
        with tempfile.TemporaryDirectory() as folder:
            measured = self._run(Path(folder), round(seconds), roots)
        with psycopg.connect(self.database_url) as connection:
            last = connection.execute(
                "select max(id) from submission where id >= %s and version > %s", [FORM, self.stock.version]
            ).fetchone()
        assert last is not None, "an aggregate has a row"
        self.stock.used = max(self.stock.used, last[0] - FORM + 1)
        return measured

    def _run(self, folder: Path, seconds: int, roots: dict[str, int]) -> Measured:
        script = folder / "approve.sql"
        script.write_text(self.script, "utf-8")
        command = [
            *(program("pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2"),
            *(f"--time={_WARM_SECONDS + seconds}", "--log", f"--log-prefix={folder / 'log'}", f"--file={script}"),
            *("--define=n=0", f"--define=first={FORM + self.stock.used}", self.database_url),
        ]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(_WARM_SECONDS)
        began, before = time.time(), machine.look(roots)
        time.sleep(seconds - 0.05)  # to be there before it ends
        ended, usage = time.time(), machine.look(roots).since(before)
        out, errors = run.communicate()
        processed, failed = _PROCESSED.search(out), _FAILED.search(out)
        if run.returncode != 0 or not (processed and failed) or int(failed[1]):
            raise RefusedError(f"pgbench: {out}\n{errors}")
        return Measured(_logged(folder, began=began, ended=ended), usage, int(processed[1]))


def _logged(folder: Path, *, began: float, ended: float) -> Window:
    """What ended within the span: pgbench logs latency (µs) as the third word and the end as the fifth and sixth."""
    window = Window(seconds=ended - began)
    for log in folder.glob("log.*"):
        for line in log.read_text("ascii").splitlines():
            words = line.split()
            if began <= int(words[4]) + int(words[5]) / 1e6 < ended:
                window.latencies.append(int(words[2]) / 1e6)
    window.count = len(window.latencies)
    return window


@dataclass(slots=True)
class Peer:
    """Django and Viewflow: the same number of clients sign off the open task of one process after the other."""

    port: int
    processes: int
    name: str = "Viewflow"
    _clients: Clients = field(init=False)

    def __post_init__(self) -> None:
        cookie = re.search(rb"sessionid=([^;]+)", ask(self.port, post("/login", headers={})))
        if cookie is None:
            raise BenchError("the peer gave no session")
        headers, numbers = {"Cookie": f"sessionid={cookie[1].decode()}"}, count()
        self._clients = Clients(
            self.port,
            count=CLIENTS,
            next_request=lambda _: post(f"/approve?n={next(numbers) % self.processes}", headers=headers),
        )

    def window(self, seconds: float, roots: dict[str, int]) -> Measured:
        """Raises RefusedError for the first answer that is no 2xx."""
        return _measured(self._clients, seconds, roots)


Contender = Service | OwnSql | Peer


def rows_written(database_url: str) -> tuple[int, ...]:
    """The state of every table that an approve writes, for counting what a window wrote."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(_ROWS).fetchone()
    assert row is not None, "aggregates have a row"
    return tuple(int(value) for value in row)
