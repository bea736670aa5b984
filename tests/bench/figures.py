"""Medians, ranges and the tables that the benchmarks print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure that was taken several times: its median and how far it went."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle."""
        return median(self.values)

    def text(self, digits: int = 2) -> str:
        """`0.26 (0.22 to 0.29)`."""
        return f"{self.median:.{digits}f} ({min(self.values):.{digits}f} to {max(self.values):.{digits}f})"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report. `holds` is None for a figure without a gate."""

    work: str
    figure: str
    limit: str = ""
    holds: bool | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, the nearest one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column at the left, figures at the right."""
    table = Table(title=title, box=SIMPLE, title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(width=max(160, 20 * len(heads)), highlight=False).print(table)


def report(lines: Sequence[Line]) -> bool:
    """Print the one table of all benchmarks; True when every gate holds."""
    words = {True: "holds", False: "FAILS", None: ""}
    rows = [(line.work, line.figure, line.limit, words[line.holds]) for line in lines]
    show("Benchmarks", ("work", "figure", "limit", "gate"), rows)
    return all(line.holds is not False for line in lines)
