"""Reading the seed's published text, checking the document, and its canonical hash: what every import and edit does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from service.importers import read_form
from tests.bench.figures import Line, Spread
from tests.factories import seed_document
from workflows.canonical import document_hash
from workflows.check import check
from workflows.forms import form_type
from workflows.forms.base import CheckContext

SEED: Final = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"
ROUNDS, CALLS = 9, 100


def run() -> list[Line]:
    """Measure; figures without a gate."""
    data, document = SEED.read_bytes(), seed_document()
    context = CheckContext(form_type(document["form"]))
    works: list[tuple[str, Callable[[], object]]] = [
        ("read the seed's text", lambda: read_form(data, SEED.name)),
        ("check the seed", lambda: check(document, context)),
        ("hash the seed", lambda: document_hash(document)),
    ]
    return [Line(name, f"{_microseconds(work).text(0)} µs") for name, work in works]


def _microseconds(work: Callable[[], object]) -> Spread:
    """CPU of one call, over rounds."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CALLS):
            work()
        rounds.append((time.process_time() - began) / CALLS * 1e6)
    return Spread(tuple(rounds))
