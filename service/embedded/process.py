"""Servers as child processes: started with the parent's death in mind, recognised later, ended in steps."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
PR_SET_PDEATHSIG: Final = 1
LOG_TAIL_BYTES: Final = 2_000
LOG_KEPT_BYTES: Final = 10_000_000
POLL_SECONDS: Final = 0.02
START_SLACK: Final = 5.0  # seconds between the start of a server and its note of it

_libc = ctypes.CDLL(None, use_errno=True)


class EmbeddedError(Exception):
    """An embedded server cannot be found, started or shared; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user that PostgreSQL runs as when root starts it, because it refuses root."""

    uid: int
    gid: int


def start(
    command: Sequence[str],
    *,
    log: Path,
    environ: Mapping[str, str],
    folder: Path | None = None,
    account: Account | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output at the end of `log`.

    Ctrl-C at the terminal does not reach it, so that the parent decides the order of stopping; when the parent is
    killed, the kernel sends it `on_parent_death`. Call it from the main thread: the signal follows the thread.
    """
    parent = os.getpid()

    def follow_parent() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(on_parent_death))
        if os.getppid() != parent:
            os.kill(os.getpid(), on_parent_death)

    _rotate(log)
    with log.open("ab") as stream:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environ),
            start_new_session=True,
            preexec_fn=follow_parent,  # noqa: PLW1509  # one call into libc, before the child has any thread
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def _rotate(log: Path) -> None:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def tail(log: Path) -> str:
    """The last lines of a log, for the sentence that says why something did not start."""
    return log.read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip() if log.exists() else ""


def wait_until(ready: Callable[[], bool], child: subprocess.Popen[bytes], *, log: Path, seconds: float) -> None:
    """Return once `ready()`; EmbeddedError with the end of the log if the child ends first or time runs out."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None:
            raise EmbeddedError(f"the server ended at once; {log} ends so:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the server was not ready after {seconds:.0f} s; {log} ends so:\n{tail(log)}")
        time.sleep(POLL_SECONDS)


def stop(child: subprocess.Popen[bytes], steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """End a child: each signal in turn, waiting its seconds, SIGKILL at last; the child is reaped."""
    for number, seconds in steps:
        if child.poll() is not None:
            return
        child.send_signal(number)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    child.kill()
    child.wait()


def residents(folder: Path, program: str) -> list[int]:
    """Processes of `program` that work in `folder`: what an earlier run left behind, whatever its pid file says.

    Servers of ours have their data directory as working directory. A pid alone proves nothing: numbers are used
    again, in a container within seconds. A zombie has no working directory and is none.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            here = (entry / "cwd").readlink() == folder and (entry / "exe").readlink().name == program
        except OSError:  # gone meanwhile, or somebody else's
            continue
        if here:
            found.append(int(entry.name))
    return sorted(found)


def end_residents(folder: Path, program: str, steps: Iterable[tuple[signal.Signals, float]]) -> list[int]:
    """End what an earlier run left working in `folder`; return the pids that were there. Raises EmbeddedError."""
    folder = folder.resolve()
    first = residents(folder, program)
    for number, seconds in [*steps, (signal.SIGKILL, 5.0)]:
        for pid in _heads(residents(folder, program)):
            send(pid, number)
        deadline = time.monotonic() + seconds
        while residents(folder, program) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    if left := residents(folder, program):
        raise EmbeddedError(f"processes {left} still work in {folder} and cannot be ended; end them, then start again")
    return first


def _heads(pids: list[int]) -> list[int]:
    """Those whose parent is not among them: a server ends its own children in order."""
    return [pid for pid in pids if (facts := facts_of(pid)) is None or facts.parent not in pids]


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What anybody may know of a process; `started` in seconds since the epoch."""

    name: str
    state: str
    parent: int
    started: float


def facts_of(pid: int) -> ProcessFacts | None:
    """From `/proc/<pid>/stat`, readable for all; None if there is no such process. See proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = float(Path("/proc/stat").read_text(encoding="ascii").split("btime ")[1].split()[0])
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    words = rest.split()
    return ProcessFacts(name, words[0], int(words[1]), boot + int(words[19]) / os.sysconf("SC_CLK_TCK"))


def end_recorded(pid: int, name: str, *, started: int, steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """End the process that a lock file names, if it still is that one: same program, same start within seconds."""

    def is_it() -> bool:
        facts = facts_of(pid)
        return (
            facts is not None
            and facts.name == name
            and facts.state != "Z"
            and abs(facts.started - started) < START_SLACK
        )

    for number, seconds in [*steps, (signal.SIGKILL, 5.0)]:
        if not is_it():
            return
        send(pid, number)
        deadline = time.monotonic() + seconds
        while is_it() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may be gone meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
