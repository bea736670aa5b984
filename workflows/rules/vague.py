"""A26 and A33: words that measure nothing, and what a template left behind. The words are data: `wording.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from workflows import quantities
from workflows.document import cells
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document, Kind
from workflows.rules.measures import is_cost
from workflows.rules.reading import Row, quoted, rows

_PROSE = frozenset({Kind.TEXT, Kind.LONG_TEXT})
_LONGEST_NAME = 12


class _Words(NamedTuple):
    whole: frozenset[str]
    within: re.Pattern[str]


def a26(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A target in words says what will be there, not that it will be good; a name says what is counted.

    Source: 财预〔2015〕88号, targets are quantified or else stated so that they can be judged; the words are a proposal.
    """
    for row in rows(document, "indicators"):
        kind = None if is_cost(row) else _vague(row)  # a cost in words is A27's
        if kind is not None:
            params = {"value": quoted(row.text("target_value"))}
            yield Finding("A26", Severity.WARNING, f"{row.path}.target_value", "mof_2015_88", kind, params)
        if "".join(row.text("level3").split()) in _data()["names"]["whole"]:
            params = {"name": quoted(row.text("level3"))}
            yield Finding("A26", Severity.INFO, f"{row.path}.level3", "mof_2015_88", "name", params)


def a33(document: Document, context: CheckContext) -> Iterator[Finding]:
    """No cell holds what the template said to its filler, or a stroke in place of words.

    Source: proposal of this project, after published forms in which such words were left.
    """
    for cell in cells(document, context.form):
        if cell.field.kind in _PROSE and isinstance(cell.value, str) and _is_hint(cell.value):
            params = {"field": cell.field.name, "value": quoted(cell.value)}
            yield Finding("A33", Severity.WARNING, cell.path, "proposal", params=params)


def _vague(row: Row) -> str | None:
    text = "".join(row.text("target_value").split())
    if not text or row.comparator not in ("qual", None) or quantities.number(text) is not None:
        return None
    return _kind(text) if quantities.split_fused(text) is None and quantities.bounds(text) is None else None


@lru_cache(maxsize=1024)
def _kind(text: str) -> str | None:
    for kind, words in _vague_words().items():
        if text in words.whole or (len(text) <= _LONGEST_NAME * 3 and words.within.search(text)):
            return kind
    return None


def _is_hint(text: str) -> bool:
    bare = text.strip()
    if len(bare) <= _LONGEST_NAME and bare in _data()["hints"]["whole"]:
        return True
    return _hints().search(bare[:400]) is not None


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((files("workflows") / "wording.toml").read_text("utf-8"))


@cache
def _vague_words() -> Mapping[str, _Words]:
    return {
        group["kind"]: _Words(frozenset(group["whole"]), re.compile("|".join(map(re.escape, group["within"]))))
        for group in _data()["vague"]
    }


@cache
def _hints() -> re.Pattern[str]:
    starts = "|".join(_data()["hints"]["starts"])
    within = "|".join(map(re.escape, _data()["hints"]["within"]))
    return re.compile(f"^(?:{starts})|{within}")
