"""A `jixiao up` of its own for a test: started, read, looked at from outside, ended."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self
from urllib.request import urlopen

from service.cli.environment import environment
from service.embedded.process import facts_of, free_port

READY: Final = "Jixiao is ready: "


class Running:
    """`jixiao up` on a home of its own and a free port; ended on leaving the `with`, killed if that takes too long."""

    def __init__(self, home: Path, *options: str, port: int | None = None, pythonpath: Path | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", "from service.cli import main; main()", "up"),
                *("--home", str(home), "--port", str(self.port), *options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environment(), "PYTHONUNBUFFERED": "1", **({"PYTHONPATH": str(pythonpath)} if pythonpath else {})},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def heard(self, words: str) -> str:
        """The first line from here on that holds `words`. Fails when the command ends without it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if words in line:
                return line.rstrip("\n")
        raise AssertionError(f"ended with {self.process.wait()} and never said {words!r}:\n{''.join(self.said)}")

    def family(self) -> list[int]:
        """The pids of everything that it started and what those started."""
        found, new = [self.process.pid], [self.process.pid]
        while new:
            new = [child for pid in new for child in _children(pid)]
            found += new
        return found[1:]

    def one(self, name: str) -> int:
        """The direct child whose command holds `name`."""
        (pid,) = self.named(name)
        return pid

    def named(self, name: str) -> list[int]:
        """The direct children whose command holds `name`; between a death and the next start there is none."""
        return [pid for pid in alive(_children(self.process.pid)) if name in Path(f"/proc/{pid}/cmdline").read_text()]

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pids: list[int]) -> list[int]:
    """Those that still run; a zombie does not."""
    return [pid for pid in pids if (facts := facts_of(pid)) is not None and facts.state != "Z"]


def all_gone(pids: list[int], *, seconds: float) -> bool:
    """Whether none of them runs after at most `seconds`."""
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pids)
