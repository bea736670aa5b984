"""Child processes that are kept running until the parent is told to stop, and then all end."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, Self

from service.cli.processes import Program
from service.embedded import process

FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 30.0
# A child that ran this long had started well: its next failure is a new story.
STEADY_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.25
AGAIN_SECONDS: Final = 0.5
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class _Kept:
    program: Program
    log: Path
    child: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    delay: float = FIRST_DELAY
    due: float = field(default=0.0)


class Supervisor:
    """Starts programs, starts them again when they die, ends them all on leaving the `with`.

    `say` gets one call for each child that ended: its name, its exit code and the seconds until the next start.
    """

    def __init__(
        self, environ: Mapping[str, str], *, home: Path, say: Callable[[str, int, float], None], stop_seconds: float
    ) -> None:
        self.environ = environ
        self.home = home
        self.say = say
        self.stop_seconds = stop_seconds
        self.stopping = threading.Event()
        self._kept: list[_Kept] = []

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """The second time somebody asks, nothing is waited for."""
        if self.stopping.is_set():
            self.stop_seconds = 0.0
        self.stopping.set()

    def start(self, programs: Iterable[Program]) -> None:
        """Start each program in the home; its output goes to `logs/<name>.log` there."""
        for program in programs:
            kept = _Kept(program, self.home / "logs" / f"{program.name}.log")
            self._kept.append(kept)
            self._start(kept)

    def _start(self, kept: _Kept) -> None:
        kept.child = process.start(kept.program.argv, log=kept.log, environ=self.environ, folder=self.home)
        kept.since = time.monotonic()

    def watch(self, look: Callable[[], None]) -> None:
        """Return when asked to stop; until then look after the children, and call `look` each time round."""
        while not self.stopping.wait(LOOK_SECONDS):
            look()
            for kept in self._kept:
                self._look_after(kept)

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.child is None:
            if now >= kept.due:
                self._start(kept)
            return
        code = kept.child.poll()
        if code is None:
            return
        _end_group(kept.child.pid)  # what it left behind
        if now - kept.since > STEADY_SECONDS:
            kept.delay = FIRST_DELAY
        self.say(kept.program.name, code, kept.delay)
        kept.child, kept.due = None, now + kept.delay
        kept.delay = min(kept.delay * 2, LONGEST_DELAY)

    def ended(self) -> dict[str, str]:
        """Children that are not running now, each with the end of its log."""
        return {
            kept.program.name: process.tail(kept.log)
            for kept in self._kept
            if kept.child is None or kept.child.poll() is not None
        }

    def stop(self) -> None:
        """End all children, together and in order of signals: asked first, then killed with what they started."""
        running = [(kept.program, kept.child) for kept in self._kept if kept.child is not None]
        for _, child in running:
            child.terminate()
        asked = again = time.monotonic()
        while any(child.poll() is None for _, child in running) and time.monotonic() - asked < self.stop_seconds:
            time.sleep(process.POLL_SECONDS)
            if time.monotonic() - again > AGAIN_SECONDS:
                again = time.monotonic()
                for program, child in running:
                    if program.deaf_at_first and child.poll() is None:
                        os.killpg(child.pid, signal.SIGTERM)
        for _, child in running:
            _end_group(child.pid)
            child.wait()
        self._kept.clear()


def _end_group(leader: int) -> None:
    """Kill whatever is left of the process group of a child; each child leads one of its own."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
