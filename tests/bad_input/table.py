"""The table of README.md: read for what is expected, written when something is to be looked at anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

README: Final = Path(__file__).with_name("README.md")
_ROW = re.compile(r"^\| (?P<key>[A-F]\d+ [^|]+?) \|(?P<cells>.*)\|$", re.MULTILINE)

Row = Mapping[str, Sequence[str]]


def key_of(number: int, name: str) -> str:
    """The first column: the guide's letter and number, and the name."""
    letter = next(
        letter for letter, last in (("A", 23), ("B", 41), ("C", 63), ("D", 68), ("E", 79), ("F", 87)) if number <= last
    )
    return f"{letter}{number} {name}"


def written(key: str, doors: Sequence[str], answers: Row) -> str:
    """One line of the table."""
    cells = [" · ".join(answers[door]) if door in answers else "" for door in doors]
    return f"| {key} | {' | '.join(cells)} |"


def expected() -> dict[str, str]:
    """The lines of the README by their first column."""
    text = README.read_text("utf-8")
    return {found["key"]: found[0] for found in _ROW.finditer(text)}
