"""Amounts of a file that were written with their unit, and the file with those of them in 万元 that somebody chose."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from dataclasses import replace
from typing import Any

from service.importers.reading import ReadResult
from workflows.forms import form_type
from workflows.offered_amounts import offers
from workflows.quantities import plain
from workflows.tidying import Change


def with_amounts(read: ReadResult, paths: Collection[str]) -> ReadResult:
    """The reading with the amounts at these paths in 万元, each listed as a change. Paths that offer nothing are none."""
    found = offers(read.document, form_type(str(read.document["form"])))
    taken = {path: offer for path, offer in found.items() if path in paths}
    if not taken:
        return read
    document = deepcopy(read.document)
    values = deepcopy(dict(read.offline.values)) if read.offline is not None else {}
    changes = list(read.changes)
    for path, (text, value) in taken.items():
        for holder in (document, values):
            _put(holder, path, plain(value))
        changes.append(Change(path, text, plain(value), "amount_taken"))
    offline = replace(read.offline, values=values) if read.offline is not None else None
    return replace(read, document=document, changes=tuple(changes), offline=offline)


def _put(holder: dict[str, Any], path: str, text: str) -> None:
    section, _, name = path.partition(".")
    section, _, at = section.partition("[")
    value = holder.get(section)
    if at and isinstance(value, list):
        value = value[int(at.removesuffix("]"))]
    if isinstance(value, dict):
        value[name] = text
