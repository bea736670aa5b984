"""CPU of one approve inside the process, beside the plain ORM form: a figure that hardly wobbles when others work too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from service.settings import Settings
from tests.bench import orm_form
from tests.bench.in_process import action_body, action_headers, action_path, application, call
from tests.bench.stock import Stock

BLOCKS = 8
REQUESTS = 50  # a block
WARM = 20


@dataclass(frozen=True, slots=True)
class Cpu:
    """Milliseconds of CPU for one request: the least of the blocks, which others disturbed least."""

    ours: float
    orm: float

    @property
    def ratio(self) -> float:
        """Ours as a share of the ORM form's."""
        return self.ours / self.orm


def cpu_of(settings: Settings, stock: Stock) -> Cpu:
    """Measure both in turn, on forms of their own, in one application. Raises RefusedError."""
    with application(settings) as app:
        orm_form.register(app)
        return _compare(app, settings, stock)


def _compare(app: Flask, settings: Settings, stock: Stock) -> Cpu:
    forms: list[tuple[str, Callable[[int], str]]] = [
        ("ours", action_path),
        ("orm", lambda form: orm_form.PATH.format(form=form)),
    ]
    for _, path in forms:
        _block(app, settings, stock, path=path, count=WARM)
    taken: dict[str, list[float]] = {name: [] for name, _ in forms}
    for number in range(BLOCKS):
        for name, path in forms if number % 2 else reversed(forms):
            taken[name].append(_block(app, settings, stock, path=path, count=REQUESTS) / REQUESTS * 1000)
    return Cpu(min(taken["ours"]), min(taken["orm"]))


def _block(app: Flask, settings: Settings, stock: Stock, *, path: Callable[[int], str], count: int) -> float:
    """CPU seconds of `count` requests."""
    reviewer = stock.reviewers[0]
    first, body = stock.take(count), action_body(stock.version)
    requests = [(path(form), action_headers(settings, reviewer, f"cpu-{form}")) for form in range(first, first + count)]
    began = time.process_time()
    for target, headers in requests:
        call(app, target, headers=headers, body=body)
    return time.process_time() - began


def forms_needed() -> int:
    """How many forms of the stock this takes; they need their rows of tasks and indicators."""
    return 2 * (WARM + BLOCKS * REQUESTS)
