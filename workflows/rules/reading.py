"""How rules read a document: rows with their paths, cells as numbers, codes and short quotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows import levels, quantities
from workflows.document import task_sections
from workflows.forms.base import Document
from workflows.secrecy import has_mark

_LONGEST_QUOTE = 30
# Keys that a row has before anyone typed into it.
_MACHINE_KEYS = frozenset({"id", "secrecy_tag", "task"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its path, such as key_tasks[1]."""

    path: str
    index: int
    cells: dict[str, Any]

    def text(self, name: str) -> str:
        """The cell as text, "" where it is blank or missing."""
        value = self.cells.get(name)
        return value.strip() if isinstance(value, str) else ""

    def number(self, name: str) -> Decimal | None:
        """The cell as a number, None where it is blank, missing or none."""
        return money(self.cells.get(name))

    @property
    def comparator(self) -> str | None:
        """The code of the comparison sign, None where it is blank or none."""
        return quantities.comparator(self.text("comparator"))

    @property
    def level1(self) -> str | None:
        """The code of the first level, None where it is blank or none."""
        return levels.level1(self.text("level1"))

    @property
    def level2(self) -> str | None:
        """The code of the second level, None where it is blank or none."""
        return levels.level2(self.text("level2"))


def rows(document: Document, section: str) -> Iterator[Row]:
    """The rows of a section in which something is filled in; an empty one is A0's finding alone."""
    for index, cells in enumerate(document[section]):
        if not is_empty(cells):
            yield Row(f"{section}[{index}]", index, cells)


def tasks(document: Document) -> Iterator[Row]:
    """The tasks of the form, section by section: key tasks, then other tasks."""
    for section in task_sections(document):
        yield from rows(document, section)


def is_empty(cells: dict[str, Any]) -> bool:
    """Whether nobody has typed anything into the row."""
    # Every rule asks this of every row, so the first filled cell ends it.
    for name, value in cells.items():  # noqa: SIM110  # a generator takes four times as long
        if name not in _MACHINE_KEYS and not quantities.is_blank(value):
            return False
    return True


def money(cell: object) -> Decimal | None:
    """The amount in 万元, None where it is blank or no number."""
    return quantities.number(cell) if isinstance(cell, str) else None


def quoted(cell: object) -> str:
    """A cell as a message may repeat it: short, printable, and never the text of a cell that carries a mark."""
    text = str(cell)[:400]
    if has_mark(text):
        return "…"
    clean = "".join(char if char.isprintable() else " " for char in text).strip()
    return clean if len(clean) <= _LONGEST_QUOTE else f"{clean[:_LONGEST_QUOTE]}…"
