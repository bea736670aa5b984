"""Two texts as runs that both share, that only the older has, and that only the newer has. Pure.

The unit is a Chinese character with what combines with it, a whole number, or a whole Latin word: nobody reads half of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

# A shared run of one or two units inside a rewritten clause is chance and reads as noise.
CHANCE: Final = 2
# Comparing characters costs their product; longer texts are shown whole, side by side.
LONGEST: Final = 3000
NEAR: Final = 12  # characters of what both share, on each side of a change

_COMBINING: Final = "[\u0300-\u036f\ufe00-\ufe0f\u200d]"
_UNIT: Final = re.compile(
    rf"[0-9０-９]+(?:[.,．，][0-9０-９]+)*|[A-Za-zａ-ｚＡ-Ｚ]+|\r\n|.{_COMBINING}*", re.DOTALL
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: `same`, `add` or `del`."""

    kind: str
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """A text by runs; runs that agree by chance inside a rewritten clause count as rewritten.

    Without the `add` runs it reads as `before`, without the `del` runs as `after`, whatever the texts are.
    """
    if before == after:
        return (Piece("same", after),) if after else ()
    if len(before) > LONGEST or len(after) > LONGEST:
        return tuple(Piece(kind, text) for kind, text in (("del", before), ("add", after)) if text)
    old, new = _UNIT.findall(before), _UNIT.findall(after)
    runs: list[list[str]] = []  # [kept] or [removed, added]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal" and (i2 - i1 > CHANCE or i1 == 0 or i2 == len(old)):
            runs.append(["".join(new[j1:j2])])
            continue
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        if runs and len(runs[-1]) == 2:
            runs[-1][0] += gone
            runs[-1][1] += come
        else:
            runs.append([gone, come])
    return tuple(piece for run in runs for piece in _of_run(run) if piece.text)


def _of_run(run: Sequence[str]) -> tuple[Piece, ...]:
    return (Piece("same", run[0]),) if len(run) == 1 else (Piece("del", run[0]), Piece("add", run[1]))


def places(runs: Sequence[Piece]) -> int:
    """How many places of a text were rewritten: a replacement is one place."""
    count, before = 0, "same"
    for piece in runs:
        count += piece.kind != "same" and before == "same"
        before = piece.kind
    return count


def side(runs: Sequence[Piece], kind: str) -> tuple[Piece, ...]:
    """One side of a text (`del` the older, `add` the newer): its own runs, and the neighbourhood of what both share."""
    last = len(runs) - 1
    return tuple(
        Piece("same", _near(one.text, first=index == 0, last=index == last)) if one.kind == "same" else one
        for index, one in enumerate(runs)
        if one.kind in ("same", kind)
    )


def _near(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * NEAR:
        return text
    head, tail = "" if first else text[:NEAR], "" if last else text[-NEAR:]
    return f"{head}…{tail}"
