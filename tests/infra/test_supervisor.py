"""The supervisor: children restarted with growing delay, all of them gone at the end, even after kill -9."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.cli.environment import environment
from service.cli.processes import Program
from service.cli.supervisor import Supervisor
from service.embedded.process import facts_of

pytestmark = pytest.mark.slow

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print("up", flush=True)
time.sleep(300)
"""
RUN = """
import os, sys, time
from pathlib import Path
from service.cli.processes import Program
from service.cli.supervisor import Supervisor

class Sleeper(Program):
    argv = property(lambda self: [sys.executable, *self.command])

supervisor = Supervisor(dict(os.environ), home=Path(sys.argv[1]), say=lambda *_: None, stop_seconds=5)
with supervisor:
    supervisor.start([Sleeper("sleeper", ["-c", "import time; time.sleep(300)"])])
    print(*[kept.child.pid for kept in supervisor._kept], flush=True)
    supervisor.watch(lambda: None)
print("stopped", flush=True)
"""


class Script(Program):
    """A program given as Python text."""

    @property
    def argv(self) -> list[str]:
        return [sys.executable, *self.command]


def alive(pid: int) -> bool:
    facts = facts_of(pid)
    return facts is not None and facts.state != "Z"


def gone(pids: list[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_a_dead_child_is_reported_and_started_again_later_each_time(tmp_path: Path) -> None:
    heard: list[tuple[str, int, float]] = []
    rounds = 0
    supervisor = Supervisor(environment(), home=tmp_path, say=lambda *said: heard.append(said), stop_seconds=5)

    def look() -> None:
        nonlocal rounds
        rounds += 1
        if len(heard) == 3 or rounds > 60:
            supervisor.stopping.set()

    with supervisor:
        supervisor.start([Script("brief", ["-c", "print('said before the end'); raise SystemExit(3)"])])
        supervisor.watch(look)
        assert "said before the end" in supervisor.ended()["brief"]
    assert heard == [("brief", 3, 1.0), ("brief", 3, 2.0), ("brief", 3, 4.0)]


def test_stopping_ends_children_and_what_they_started(tmp_path: Path) -> None:
    with Supervisor(environment(), home=tmp_path, say=lambda *_: None, stop_seconds=5) as supervisor:
        supervisor.start([Script("parent", ["-c", PARENT])])
        log = tmp_path / "logs" / "parent.log"
        while not log.exists() or "up" not in log.read_text():
            time.sleep(0.02)
        kept = supervisor._kept[0].child
        assert kept is not None
        family = [kept.pid, *children_of(kept.pid)]
        assert len(family) == 2
    assert gone(family)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_child_that_ignores_the_request_is_killed_in_time(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
    )
    with Supervisor(environment(), home=tmp_path, say=lambda *_: None, stop_seconds=0.5) as supervisor:
        supervisor.start([Script("stubborn", ["-c", stubborn])])
        while "up" not in supervisor._kept[0].log.read_text():
            time.sleep(0.02)
        started = time.monotonic()
    assert 0.4 < time.monotonic() - started < 5


def supervised(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    parent = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, [int(word) for word in parent.stdout.readline().split()]


def test_a_request_to_stop_is_answered(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        parent, children = supervised(tmp_path)
        parent.send_signal(number)
        out, _ = parent.communicate(timeout=20)
        assert (out, parent.returncode) == ("stopped\n", 0)
        assert gone(children, 0)


def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    parent, children = supervised(tmp_path)
    parent.kill()
    parent.communicate(timeout=20)
    assert gone(children)
