"""The official PDF of the seed through the service, beside bare typst setting the same source with the same data.

Both run in this process, warm and in turn. Typst remembers what it has set, so each compilation gets a unit name of its
own: neither side profits from the other, nor from itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Final

import typst

from service.render import official_pdf as printer
from service.render.official import Stamp, official
from tests.bench.figures import Line, Spread, show
from tests.factories import seed_document

CYCLES: Final = 15
FLOOR, GOAL = 3.0, 1.5
_STAMP: Final = Stamp(3, "9f2c41ab" * 8)


def run(*, cycles: int = CYCLES) -> list[Line]:
    """Measure and print; once more where the median lies above the limit."""
    ratio = Spread((FLOOR + 1,))
    for _ in range(2):
        ratio = _measure(cycles)
        if ratio.median <= FLOOR:
            break
    limit = f"at most {FLOOR:.0f}, goal {GOAL}"
    return [Line("official PDF ÷ bare typst", ratio.text(), limit, ratio.median <= FLOOR)]


def _measure(cycles: int) -> Spread:
    bare = typst.Compiler(
        printer.TEMPLATE,
        root=printer.TEMPLATE.parent,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[printer.FONTS]),
        ignore_system_fonts=True,
    )
    sides: dict[str, Callable[[dict[str, Any]], float]] = {"service": _ours, "bare typst": lambda one: _bare(bare, one)}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for cycle in range(cycles + 1):
        for name in sides if cycle % 2 else reversed(sides):
            seconds = sides[name](_document(f"{name} {cycle}"))
            if cycle:  # the first of each loads the fonts
                taken[name].append(seconds)
    show(
        "Official PDF of the seed, ms",
        ("", "median (range)"),
        [(name, Spread(tuple(one * 1000 for one in seconds)).text(1)) for name, seconds in taken.items()],
    )
    return Spread(tuple(ours / theirs for ours, theirs in zip(taken["service"], taken["bare typst"], strict=True)))


def _document(unit: str) -> dict[str, Any]:
    return seed_document() | {"department": unit}


def _ours(document: dict[str, Any]) -> float:
    began = time.perf_counter()
    pdf = printer.official_pdf(official(document), _STAMP)
    seconds = time.perf_counter() - began
    assert pdf.startswith(b"%PDF"), "a PDF was made"
    return seconds


def _bare(compiler: typst.Compiler, document: dict[str, Any]) -> float:
    data = json.dumps(printer.printed_data(official(document), _STAMP), ensure_ascii=False)
    began = time.perf_counter()
    pdf = compiler.compile(format="pdf", sys_inputs={"data": data}, timestamp=0)
    seconds = time.perf_counter() - began
    assert isinstance(pdf, bytes), "a PDF was made"
    assert pdf.startswith(b"%PDF"), "a PDF was made"
    return seconds
