"""What commands print: tables for people, files for the owner alone, names that steer no terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workflows.catalogue import languages, sentence

WIDE: Final = 200
LANG = click.option("--lang", type=click.Choice(languages), default="zh", help="Language of the messages.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


# Heads over figures, which stand at the right.
FIGURES: Final = frozenset({"weight", "points", "changes", "block", "error", "warning", "info", "attempts", "ago"})


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, lang: str) -> None:
    """A table with the heads `cli.head_<name>`; cells are taken as they are, their [brackets] are no markup.

    It breaks Chinese anywhere, since its sentences have no blanks to break at. None is `--`.
    """
    table = Table()
    for head in heads:
        justify: Literal["left", "right"] = "right" if head in FIGURES else "left"
        table.add_column(sentence(f"cli.head_{head}", lang), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text("--" if cell is None else str(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE  # a file or a pipe has no edge to break lines at
    console.print(table)


def printable(name: object) -> str:
    """A file name or a value as it may be printed: bytes that are no text, and signs that steer a terminal, harmless."""
    return "".join(char if char.isprintable() else "?" for char in str(name))


def write_private(path: Path, content: str) -> None:
    """A new file that only its owner reads (0600). Raises FileExistsError and other OSErrors."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or leave what was there: a draft beside it takes its name at the end. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
