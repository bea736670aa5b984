"""Approve over HTTP with everything it does, beside PostgreSQL alone with the same SQL and beside Django with Viewflow.

Gates: round trips, CPU beside the plain ORM form; a ratio only when it is below its floor twice in a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from service.db import make_engine
from service.embedded.postgres import Postgres
from tests.bench import cpu, machine, servers
from tests.bench.contenders import Contender, Measured, OwnSql, Peer, Service, rows_written
from tests.bench.figures import Line, Spread, percentile, show
from tests.bench.in_process import application, statements_of
from tests.bench.load import RefusedError, Window
from tests.bench.script import capture, pgbench_script
from tests.bench.stock import Stock, add, begin_stock, verify

CYCLES: Final = 10
SECONDS: Final = 2.0  # a window
MOST_TRIPS: Final = 5
MOST_CPU: Final = 0.25  # of the plain ORM form
FLOOR_OWN_SQL, GOAL_OWN_SQL = 0.15, 0.25
FLOOR_PEER, GOAL_PEER = 2.5, 4.0
PEER_PROCESSES: Final = 1000  # of 60 steps each
PEER_THREADS: Final = 4
_FIRST_STOCK: Final = 30_000  # for the warm-up, which says how many the windows need
_MARGIN: Final = 1.5
_FASTEST_YET: Final = 2.0  # a machine that others leave may double its speed from one window to the next
# Events, opinions, outbox rows, kept replies, work items, closed work items, versions: what one pass adds.
_ONE_PASS: Final = (1, 1, 1, 1, 1, 1, 1)


@dataclass(slots=True)
class Side:
    """Everything that one contender did in all its windows."""

    windows: list[Window] = field(default_factory=list)
    usage: machine.Usage | None = None

    def add(self, measured: Measured) -> None:
        """One more window."""
        self.windows.append(measured.window)
        self.usage = self.usage.plus(measured.usage) if self.usage else measured.usage

    @property
    def count(self) -> int:
        """Requests of all windows."""
        return sum(window.count for window in self.windows)

    @property
    def fastest(self) -> float:
        """Requests a second of the best window so far."""
        return max((window.rate for window in self.windows), default=0.0)

    @property
    def latencies(self) -> list[float]:
        """Of every request, in seconds."""
        return [latency for window in self.windows for latency in window.latencies]


def run(*, cycles: int = CYCLES, seconds: float = SECONDS) -> list[Line]:
    """Measure and print. Raises BenchError where it can't be measured, RefusedError when an answer was no 2xx."""
    servers.install_peer()
    with servers.postgres() as postgres:
        kept = servers.promises(postgres.url)
        print("durable:", ", ".join(f"{name} {value}" for name, value in kept.items()))
        engine = make_engine(postgres.url, pool_size=2, role="bench")
        stock = begin_stock(engine)
        add(stock, postgres.url, count=cpu.forms_needed(), with_rows=True)
        add(stock, postgres.url, count=_FIRST_STOCK)
        verify(stock, engine)
        engine.dispose()
        settings = servers.settings_of(postgres.url, port=1)
        compared = cpu.cpu_of(settings, stock)
        trips, script = _script(postgres.url, stock)
        with _contenders(postgres, stock, script) as (contenders, roots):
            lines = _ratios(postgres.url, stock, contenders=contenders, roots=roots, cycles=cycles, seconds=seconds)
    orm = f"{compared.ratio:.2f} of the ORM form ({compared.ours:.2f} ms, {compared.orm:.2f} ms)"
    return [
        Line("approve: round trips", str(trips), f"at most {MOST_TRIPS}", trips <= MOST_TRIPS),
        Line("approve: CPU in the process", orm, f"at most {MOST_CPU}", compared.ratio <= MOST_CPU),
        *lines,
    ]


def _script(database_url: str, stock: Stock) -> tuple[int, str]:
    """Round trips of one warm approve, and its SQL for pgbench."""
    settings = servers.settings_of(database_url, port=1)
    with application(settings) as app:
        captured = capture(app, settings, stock, stock.reviewers[0])
        return len(captured.trips), pgbench_script(captured, statements_of(app))


@contextmanager
def _contenders(postgres: Postgres, stock: Stock, script: str) -> Iterator[tuple[list[Contender], dict[str, int]]]:
    """All three started, and the processes whose CPU is counted."""
    with ExitStack() as stack:
        servers.prepare_peer(postgres.url, processes=PEER_PROCESSES)
        port, service_pid = stack.enter_context(servers.service_running(postgres.url))
        peer_port, peer_pid = stack.enter_context(servers.peer_running(postgres.url, threads=PEER_THREADS))
        contenders: list[Contender] = [
            Service(servers.settings_of(postgres.url, port=port), stock),
            OwnSql(postgres.url, stock, script),
            Peer(peer_port, PEER_PROCESSES),
        ]
        yield contenders, {"service": service_pid, "Viewflow": peer_pid, "server": servers.server_pid()}


def _ratios(
    database_url: str,
    stock: Stock,
    *,
    contenders: Sequence[Contender],
    roots: dict[str, int],
    cycles: int,
    seconds: float,
) -> list[Line]:
    """Warm up, then the windows in turn; once more where a median lies below its floor."""
    warm = {contender.name: contender.window(seconds, roots).window.rate for contender in contenders for _ in range(2)}
    needed = int(_MARGIN * cycles * (seconds * warm["service"] + (seconds + 1) * warm["own SQL"]))
    for attempt in ("first", "second"):
        add(stock, database_url, count=max(1, needed - stock.left))
        sides = {contender.name: Side() for contender in contenders}
        for cycle in range(cycles):
            for contender in contenders if cycle % 2 else reversed(contenders):
                _top_up(
                    stock,
                    database_url,
                    rate=max(warm["own SQL"], *(side.fastest for side in sides.values())),
                    seconds=seconds,
                )
                sides[contender.name].add(_window(database_url, contender, roots=roots, seconds=seconds))
        _show(sides)
        own = _ratio(sides, "own SQL")
        peer = _ratio(sides, "Viewflow")
        if own.median >= FLOOR_OWN_SQL and peer.median >= FLOOR_PEER:
            break
        print(f"below a floor in the {attempt} run")
    return [
        Line(
            "approve: requests/s ÷ own SQL",
            own.text(),
            f"floor {FLOOR_OWN_SQL}, goal {GOAL_OWN_SQL}",
            own.median >= FLOOR_OWN_SQL,
        ),
        Line(
            "approve: requests/s ÷ Viewflow",
            peer.text(),
            f"floor {FLOOR_PEER}, goal {GOAL_PEER:.0f}",
            peer.median >= FLOOR_PEER,
        ),
    ]


def _top_up(stock: Stock, database_url: str, *, rate: float, seconds: float) -> None:
    """Enough forms for the next window, whichever it is."""
    wanted = int(_FASTEST_YET * rate * (seconds + 1))
    if stock.left < wanted:
        add(stock, database_url, count=wanted)


def _window(database_url: str, contender: Contender, *, roots: dict[str, int], seconds: float) -> Measured:
    before = rows_written(database_url)
    measured = contender.window(seconds, roots)
    if not isinstance(contender, Peer):
        _check_rows(contender, measured.passes, before=before, after=rows_written(database_url))
    return measured


def _check_rows(contender: Contender, passes: int, *, before: Sequence[int], after: Sequence[int]) -> None:
    """A script that updates no row is a fast liar, and so is a service that answers without writing."""
    added = tuple(late - early for early, late in zip(before, after, strict=True))
    if added != tuple(passes * rows for rows in _ONE_PASS):
        raise RefusedError(f"{contender.name}: {passes} passes wrote {added}")


def _ratio(sides: dict[str, Side], other: str) -> Spread:
    """The service's rate over the other's, within each cycle."""
    pairs = zip(sides["service"].windows, sides[other].windows, strict=True)
    return Spread(tuple(mine.rate / theirs.rate for mine, theirs in pairs))


def _show(sides: dict[str, Side]) -> None:
    rows = []
    for name, side in sides.items():
        assert side.usage is not None, "at least one window"
        process = side.usage.trees.get(name, 0.0) / side.count
        rows.append(
            (
                name,
                str(side.count),
                Spread(tuple(window.rate for window in side.windows)).text(0),
                f"{percentile(side.latencies, 0.5) * 1000:.1f}",
                f"{percentile(side.latencies, 0.99) * 1000:.1f}",
                f"{process * 1e6:.0f}" if process else "",
                f"{side.usage.trees['server'] / side.count * 1e6:.0f}",
                f"{side.usage.idle_share:.0%}",
            )
        )
    heads = ("", "passes", "requests/s", "p50 ms", "p99 ms", "CPU µs", "CPU µs of PostgreSQL", "idle")
    show("Approve, 8 clients, windows in turn", heads, rows)
    busy = [name for name, side in sides.items() if side.usage and side.usage.idle_share < 0.05]
    if busy:
        print(f"idle below 5 % ({', '.join(busy)}): if others work here too, the ratios are lower bounds")
