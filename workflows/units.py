"""Units of measure: one dictionary with its synonyms, the dimension of each, and what a slash in one means.

Forms keep a unit as it was written; this reads it beside that. The slash has two meanings (domain guide, 8.1): `课时/人` is
hours per person, `册/份` is either copies or prints.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from workflows.quantities import folded

_SLASHES: Final = "/／∕每"
_LONGEST: Final = 30


class Slash(StrEnum):
    """What joins the two parts of a unit."""

    NONE = "none"
    PER = "per"  # 课时/人, 条/天: so many for each
    OR = "or"  # 册/份: either of the two


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that the dictionary knows.

    `name` is its one spelling. `dimension` is that of the figure, for a `per` unit that of its first part. `factor` turns
    amounts of one dimension into each other (money: 1 is 万元, 0.0001 is 元), None where nothing exact is known.
    """

    name: str
    dimension: str
    factor: Decimal | None = None
    slash: Slash = Slash.NONE
    per: str | None = None


def unit(text: str) -> Unit | None:
    """The unit that the text names in any known spelling, None for a blank and for one that the dictionary does not have.

    `批次` is 次, `百分比` is %, `课时/人` is hours per person.
    """
    return _unit(_plain(text)) if len(text) <= _LONGEST else None


def same_unit(one: str, other: str) -> bool:
    """Whether two cells name the same unit; texts that the dictionary does not have are compared as they stand."""
    left, right = unit(one), unit(other)
    if left is None or right is None:
        return left is right and _plain(one) == _plain(other)
    return (left.name, left.slash) == (right.name, right.slash)


@cache
def unit_names() -> tuple[str, ...]:
    """The names to choose from, those of one dimension together."""
    return tuple(dict.fromkeys(one.name for one in _entries()))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((files("workflows") / "units.toml").read_text("utf-8"))


def _entries() -> Iterator[Unit]:
    for group in _data()["unit"]:
        for one in group["units"]:
            factor = Decimal(one["factor"]) if "factor" in one else None
            yield Unit(one["name"], group["dimension"], factor)


@cache
def _spellings() -> Mapping[str, Unit]:
    known = {_plain(one.name): one for one in _entries()}
    for group in _data()["unit"]:
        for one in group["units"]:
            for spelling in one.get("synonyms", ()):
                known.setdefault(_plain(spelling), known[_plain(one["name"])])
    return known


def _plain(text: str) -> str:
    return "".join(folded(text).split()).casefold()


@lru_cache(maxsize=2048)
def _unit(text: str) -> Unit | None:
    known = _spellings().get(text)
    if known is not None:
        return known
    for slash in _SLASHES:
        first, found, second = text.partition(slash)
        if found:
            return _joined(_spellings().get(first), _spellings().get(second))
    return None


def _joined(first: Unit | None, second: Unit | None) -> Unit | None:
    if first is None or second is None:
        return None
    name = f"{first.name}/{second.name}"
    slash = _meaning(name, first, second)
    return Unit(name, first.dimension, None, slash, second.name if slash is Slash.PER else None)


def _meaning(name: str, first: Unit, second: Unit) -> Slash:
    rules = _data()["slash"]
    if name in rules["exceptions"]:
        return Slash(rules["exceptions"][name])
    if first.dimension == second.dimension:
        return Slash.OR
    return Slash.PER if second.dimension in rules["per"] or first.dimension in ("money", "share") else Slash.OR
