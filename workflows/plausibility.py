"""Is a figure likely? The same indicator found again elsewhere, and how far a figure lies from those of others.

Two names are the same indicator when they agree but for spaces, width and punctuation; else when their pairs of neighbouring
characters nearly agree and what stands in brackets (初级, 中级) is the same. Units must be the same unit.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from statistics import median, quantiles

from workflows import units

# Names that share this part of their pairs (Dice) mean one indicator: 培训合格率 and 培训人员合格率 are at 0.73, apart.
_ALIKE = 0.8
# So many others make a comparison; fewer could be recognised one by one.
FEWEST = 5
# The robust z-score beyond which a figure is an outlier (Iglewicz and Hoaglin 1993).
FAR = 3.5
_MOST_CROWDS = 20_000  # some ten megabytes in a process that serves a large city
_TO_SIGMA = 0.6745  # of the median absolute deviation
_TO_SIGMA_MEAN = 0.7979  # of the mean absolute deviation, where more than half of the figures agree
_BRACKETS = re.compile(r"[(（\[【「『<《]([^)）\]】」』>》]*)[)）\]】」』>》]")


@dataclass(frozen=True, slots=True)
class Known:
    """A figure of another unit: whose it is, what it measures, in which unit."""

    owner: int
    name: str
    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """The figures of others at a glance: how many units, the middle one, and the middle half between two quartiles."""

    count: int
    middle: Decimal
    low: Decimal
    high: Decimal
    z: float

    @property
    def is_far(self) -> bool:
        """Whether the figure in question lies far outside of them."""
        return abs(self.z) > FAR


@dataclass(frozen=True, slots=True)
class _Crowd:
    """The figures of others, summed up once; `slope` turns a distance from `middle` into a z-score."""

    figures: Spread
    middle: float
    slope: float
    logarithmic: bool

    def spread(self, value: Decimal) -> Spread:
        if self.logarithmic and value <= 0:
            return replace(self.figures, z=-math.inf)
        mine = math.log(value) if self.logarithmic else float(value)
        return replace(self.figures, z=self.slope * (mine - self.middle))


_Figures = Mapping[tuple[str, str], Mapping[int, Decimal]]
_Index = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Peers:
    """What other units aim at, by indicator and unit; `own` is whose form is checked and therefore left out."""

    own: int
    _figures: _Figures
    _index: _Index  # names by a pair of characters in them, for each unit
    _known: dict[tuple[str, str], tuple[str, ...]]  # what was looked up before
    _crowds: dict[tuple[str, str, int], _Crowd | None]

    def seen_by(self, own: int) -> Peers:
        """The same figures for another unit's form."""
        return replace(self, own=own)

    def spread(self, name: str, unit: str, value: Decimal) -> Spread | None:
        """How `value` lies among the figures of the same indicator; None where too few other units have one."""
        key = (bare_name(name), _unit_name(unit), self.own)
        if key not in self._crowds:
            if len(self._crowds) >= _MOST_CROWDS:
                self._crowds.clear()
            self._crowds[key] = self._crowd(*key[:2], logarithmic=not _is_share(unit))
        crowd = self._crowds[key]
        return None if crowd is None else crowd.spread(value)

    def _crowd(self, name: str, unit_name: str, *, logarithmic: bool) -> _Crowd | None:
        found: dict[int, Decimal] = {}
        for one in self._alike(name, unit_name):
            for owner, figure in self._figures[one, unit_name].items():
                found.setdefault(owner, figure)
        others = sorted(figure for owner, figure in found.items() if owner != self.own)
        return _crowd_of(others, logarithmic=logarithmic) if len(others) >= FEWEST else None

    def _alike(self, name: str, unit_name: str) -> tuple[str, ...]:
        """The names of the same indicator, its own spelling first."""
        key = (name, unit_name)
        if key not in self._known:
            exact = (name,) if key in self._figures else ()
            self._known[key] = exact + tuple(one for one in self._candidates(*key) if one != name and alike(one, name))
        return self._known[key]

    def _candidates(self, name: str, unit_name: str) -> list[str]:
        """Names that share one of the rarest pairs: whoever shares two thirds of all shares one of any third."""
        by_pair = self._index.get(unit_name, {})
        rarest = sorted(_pairs(name), key=lambda pair: (len(by_pair.get(pair, ())), pair))[: len(name) // 3 + 1]
        return sorted(set().union(*(by_pair.get(pair, ()) for pair in rarest)))


def peers(known: Iterable[Known], *, own: int) -> Peers:
    """The figures of all units, ready to be asked; of one unit with two alike the first counts."""
    figures: dict[tuple[str, str], dict[int, Decimal]] = {}
    index: dict[str, dict[str, set[str]]] = {}
    for one in known:
        name, unit_name = bare_name(one.name), _unit_name(one.unit)
        if name:
            figures.setdefault((name, unit_name), {}).setdefault(one.owner, one.value)
            for pair in _pairs(name):
                index.setdefault(unit_name, {}).setdefault(pair, set()).add(name)
    frozen = {unit: {pair: frozenset(names) for pair, names in pairs.items()} for unit, pairs in index.items()}
    return Peers(own, figures, frozen, {}, {})


@lru_cache(maxsize=8192)
def bare_name(text: str) -> str:
    """A name without what does not tell names apart: spaces, width, case, punctuation."""
    folded = unicodedata.normalize("NFKC", text[:200]).casefold()
    return "".join(char for char in folded if char.isalnum() or char in "()")


def alike(one: str, other: str) -> bool:
    """Whether two bare names mean the same indicator."""
    if one == other:
        return bool(one)
    shorter, longer = sorted((len(one), len(other)))
    # Lengths that differ by more than half again cannot share enough pairs.
    if not shorter or longer > shorter * 1.5 or _insides(one) != _insides(other):
        return False
    left, right = _pairs(one), _pairs(other)
    return 2 * (left & right).total() >= _ALIKE * (left.total() + right.total())


def _crowd_of(ordered: list[Decimal], *, logarithmic: bool) -> _Crowd:
    low, middle, high = (Decimal(str(round(cut, 2))) for cut in quantiles(map(float, ordered), n=4, method="inclusive"))
    # Counts of large and small units differ by factors, so factors are compared.
    logarithmic = logarithmic and ordered[0] > 0
    figures = [math.log(one) if logarithmic else float(one) for one in ordered]
    return _Crowd(Spread(len(ordered), middle, low, high, 0.0), median(figures), _slope(figures), logarithmic)


def robust_z(figures: list[float], value: float) -> float:
    """How many standard deviations `value` lies from the middle of the figures, by measures that outliers do not move.

    Where all figures agree a differing value is as far as it is beyond a tenth of them. Source: Iglewicz and Hoaglin, How
    to Detect and Handle Outliers, 1993.
    """
    return _slope(figures) * (value - median(figures))


def _slope(figures: list[float]) -> float:
    middle = median(figures)
    off = [abs(one - middle) for one in figures]
    deviation = median(off)
    if deviation:
        return _TO_SIGMA / deviation
    mean = sum(off) / len(off)
    return _TO_SIGMA_MEAN / mean if mean else FAR / (abs(middle) / 10 or 1)


def _is_share(unit: str) -> bool:
    known = units.unit(unit)
    return known is not None and known.dimension == "share"


@lru_cache(maxsize=2048)
def _unit_name(unit: str) -> str:
    known = units.unit(unit)
    return known.name if known else bare_name(unit)


@lru_cache(maxsize=8192)
def _pairs(name: str) -> Counter[str]:
    return Counter(name[index : index + 2] for index in range(len(name) - 1))


@lru_cache(maxsize=8192)
def _insides(name: str) -> tuple[str, ...]:
    return tuple(_BRACKETS.findall(name))
