"""Which task an indicator measures: what the form says, else what its words have in common with the tasks'.

Published forms carry no such column; the reader guesses from names. So do we, and say that it is a guess: pairs of
neighbouring characters that few tasks share count more, in a task's name twice as much as in its content.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from workflows import quantities
from workflows.document import INDICATORS, task_sections
from workflows.forms.base import Document
from workflows.levels import level1

# Two pairs out of one task's own name, or three out of its content. Below that, words meet by chance.
_ENOUGH = 3.0
_NAME_WEIGHT = 2.0
_SAME_AMOUNT = 1.0
_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Link:
    """The task of one indicator, both as paths; None where no task fits. `stated` when the form itself says so."""

    indicator: str
    task: str | None
    stated: bool


class _Task(NamedTuple):
    path: str
    id: str
    name: str
    content: str
    amount: str


class _Indicator(NamedTuple):
    stated: str
    level1: str
    level3: str
    interpretation: str
    unit: str
    target: str


def links(document: Document) -> tuple[Link, ...]:
    """One link per indicator, in their order. An explicit `task` that exists wins over any likeness.

    It is a path, or the id of a row where the sections come from a draft.
    """
    indicators = tuple(
        _Indicator(
            _text(row.get("task")),
            _text(row.get("level1")),
            _text(row.get("level3")),
            _text(row.get("interpretation")),
            _text(row.get("unit")),
            _text(row.get("target_value")),
        )
        for row in document[INDICATORS]
    )
    return _links(_tasks(document), indicators)


def unlinked_tasks(document: Document) -> tuple[str, ...]:
    """Paths of the tasks that no indicator measures, key tasks first."""
    taken = {link.task for link in links(document)}
    return tuple(task.path for task in _tasks(document) if task.path not in taken)


# Two checks ask for the links of the same document, and a draft is checked again after each cell.
@lru_cache(maxsize=64)
def _links(tasks: tuple[_Task, ...], indicators: tuple[_Indicator, ...]) -> tuple[Link, ...]:
    named = {task.id: task.path for task in tasks} | {task.path: task.path for task in tasks}
    weights = _weights(tasks)
    found = []
    for index, row in enumerate(indicators):
        stated = bool(row.stated) and row.stated in named
        task = named[row.stated] if stated else _best(row, tasks, weights=weights)
        found.append(Link(f"{INDICATORS}[{index}]", task, stated=stated))
    return tuple(found)


def _tasks(document: Document) -> tuple[_Task, ...]:
    return tuple(
        _Task(
            f"{section}[{index}]",
            _text(row.get("id")),
            _text(row.get("name")),
            _text(row.get("content")),
            _text(row.get("planned_amount")),
        )
        for section in task_sections(document)
        for index, row in enumerate(document[section])
    )


def _weights(tasks: tuple[_Task, ...]) -> dict[str, float]:
    """1 for a pair that one task alone has, towards 0 the more tasks share it."""
    shared = Counter(pair for task in tasks for pair in _pairs(task.name) | _pairs(task.content))
    whole = math.log1p(len(tasks)) or 1.0
    return {pair: math.log1p(len(tasks) / times) / whole for pair, times in shared.items()}


def _best(row: _Indicator, tasks: tuple[_Task, ...], *, weights: dict[str, float]) -> str | None:
    words = _pairs(row.level3)
    # Satisfaction is asked about a whole department; only its name may point to one task.
    if level1(row.level1) != "satisfaction":
        words |= _pairs(row.interpretation)
    words = frozenset(words & weights.keys())
    best, path = 0.0, None
    for task in tasks:
        likeness = _likeness(words, task, weights=weights)
        if likeness and _same_amount(row, task):
            likeness += _SAME_AMOUNT
        if likeness > best:
            best, path = likeness, task.path
    return path if best >= _ENOUGH else None


def _likeness(words: frozenset[str], task: _Task, *, weights: dict[str, float]) -> float:
    in_name = words & _pairs(task.name)
    in_content = (words & _pairs(task.content)) - in_name
    return _NAME_WEIGHT * sum(weights[pair] for pair in in_name) + sum(weights[pair] for pair in in_content)


def _same_amount(row: _Indicator, task: _Task) -> bool:
    """A cost in 万元 that equals the task's money is that task's cost (domain guide, section 8.1)."""
    if row.unit.strip() != "万元":
        return False
    amount = quantities.number(task.amount)
    return amount is not None and amount == quantities.number(row.target)


def _pairs(text: str) -> frozenset[str]:
    return _known_pairs(text) if len(text) <= 2000 else _known_pairs.__wrapped__(text)


@lru_cache(maxsize=2048)
def _known_pairs(text: str) -> frozenset[str]:
    runs = _RUN.findall(text)
    return frozenset(run[index : index + 2] for run in runs for index in range(len(run) - 1))


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
