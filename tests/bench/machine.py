"""What the machine did meanwhile: CPU time of process trees and the share that stayed idle, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat, counted behind the name: parent; user and system time, own and of children waited for.
_PARENT = 1
_TIMES = slice(11, 15)


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds of the watched trees so far, and of the machine: busy and idle."""

    trees: dict[str, float]
    total: float
    idle: float

    def since(self, before: Usage) -> Usage:
        """What was used between two looks."""
        trees = {name: value - before.trees[name] for name, value in self.trees.items()}
        return Usage(trees, self.total - before.total, self.idle - before.idle)

    def plus(self, other: Usage) -> Usage:
        """Two spans added."""
        trees = {name: value + other.trees[name] for name, value in self.trees.items()}
        return Usage(trees, self.total + other.total, self.idle + other.idle)

    @property
    def idle_share(self) -> float:
        """Between 0 and 1."""
        return self.idle / self.total if self.total else 0.0


def look(roots: dict[str, int]) -> Usage:
    """CPU seconds of each process with everything below it, children that have ended included."""
    processes = _processes()
    trees = {name: sum(processes[pid][1] for pid in _tree(root, processes)) for name, root in roots.items()}
    words = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
    ticks = [int(word) for word in words[:8]]  # guest time is within user time
    return Usage(trees, sum(ticks) / TICK, (ticks[3] + ticks[4]) / TICK)


def _processes() -> dict[int, tuple[int, float]]:
    """Parent and CPU seconds of every process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = stat.rpartition(")")[2].split()
        found[int(entry.name)] = (int(fields[_PARENT]), sum(map(int, fields[_TIMES])) / TICK)
    return found


def _tree(root: int, processes: dict[int, tuple[int, float]]) -> list[int]:
    members, wave = [], [root] if root in processes else []
    while wave:
        members += wave
        wave = [pid for pid, (parent, _) in processes.items() if parent in wave]
    return members
