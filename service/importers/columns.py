"""Which field a column head means: by its name, else by its nearest relative among the names that we know."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from rapidfuzz import fuzz, process

from service.importers.lines import Line

_NEAR = 80  # of 100 in rapidfuzz's ratio; 拟投入资金 and 拟投入金额 have 80, 指标值 and 指标解释 57
_LONGEST_HEAD = 20


def columns_of(
    line: Line, names: Mapping[str, str], *, needed: Collection[str], lenient: bool
) -> dict[str, int] | None:
    """Where each field stands in a head: field to index. None when the line is no head with these fields.

    `names` are labels without gaps and without what stands in brackets. A filled cell that is no known head makes
    the line something else, except in the first column, where the label of the block stands, and where `lenient`.
    """
    found: dict[str, int] = {}
    known = tuple(names)
    for index, label in enumerate(line.labels):
        if not label:
            continue
        name = _nearest(label.partition("(")[0], known)
        if name is None:
            if index and not lenient:
                return None
            continue
        if names[name] in found:
            return None
        found[names[name]] = index
    return found if found.keys() >= set(needed) else None


@lru_cache(maxsize=4096)
def _nearest(label: str, known: tuple[str, ...]) -> str | None:
    if label in known:
        return label
    if not 2 <= len(label) <= _LONGEST_HEAD:
        return None
    best = process.extractOne(label, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return None if best is None else str(best[0])
