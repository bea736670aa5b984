"""Extracts of published forms, transcribed into lines of our own: each marked line becomes the line that was printed.

`form`, `year` and markers in square brackets stand for the title, the year and the blocks of the print; lines that
begin with # are the transcriber's.
"""

import re
from collections.abc import Iterator, Sequence

from service.importers.lines import Line

RECORD = "[record]"
_MARKER = re.compile(r"\[(?P<kind>record|project|funds|goal|indicators|budget execution)\b(?P<rest>[^\]]*)\]")
_PROJECT = ("项目名称", "年度资金总额", "年度目标")


def is_extract(lines: Sequence[Line]) -> bool:
    """Whether the lines are such an extract."""
    return any(line.ragged and line.cells[0] == "form" and len(line.cells) > 1 for line in lines[:12])


def as_printed(lines: Sequence[Line]) -> list[Line]:
    """The lines of the print, each with the number of the line that it stands for."""
    return [Line(line.number, cells, ragged=True) for line in lines for cells in _printed(line.cells) if any(cells)]


def _printed(cells: Sequence[str]) -> Iterator[Sequence[str]]:
    first, rest = cells[0].strip(), cells[1:]
    marker = _MARKER.match(first)
    if first.startswith("#"):
        return
    if first == "form":
        yield rest
    elif first == "year":
        yield ["年度", *rest]
    elif first.startswith("printed rule"):
        yield [f"注：{' '.join(rest)}"]
    elif marker is None:
        yield cells
    elif marker["kind"] == "record":
        yield [RECORD]
    elif marker["kind"] == "project":
        yield [RECORD]
        yield from ([name, value] for name, value in zip(_PROJECT, rest, strict=False))
    else:
        yield from _block(marker["kind"], marker["rest"].strip(), rest)


def _block(kind: str, unit: str, rest: Sequence[str]) -> Iterator[Sequence[str]]:
    if kind == "goal":
        yield rest
    elif kind == "indicators":
        yield ["序号", *rest]
    else:
        yield [f"资金({unit})" if unit else "资金", *rest]
