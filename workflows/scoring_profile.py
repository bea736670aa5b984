"""A scoring profile: how a region scores a year, as data with its source. Read from TOML or a table row, checked once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from workflows import quantities

GRADES = ("excellent", "good", "fair", "poor")
_LEVELS = ("cost", "output", "benefit", "satisfaction")
_KEYS = frozenset({
    "code", "version", "kind", "title", "source", "scheme", "weights", "execution", "quantitative", "qualitative",
    "total", "grades",
})  # fmt: skip


class ProfileError(ValueError):
    """A profile that can't score; the message names the key."""


@dataclass(frozen=True, slots=True)
class Quantitative:
    """How a measured row scores (positive: ≥ >, reverse: ≤ <, equal: =). Ratios are shares of 1.

    `ratio_floor`: below it no points. From `over_threshold` on an over-achievement wants its reason, None: never.
    `tiers` (from, share) replace the ratio of satisfaction rows where `satisfaction` says so.
    """

    positive: str
    reverse: str
    equal: str
    satisfaction: str
    ratio_floor: Decimal
    over_threshold: Decimal | None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class ScoringProfile:
    """A checked profile. Weights and cut-offs are points, bands (lowest, highest) are shares of a row's weight.

    `execution_caps` (a rate of execution below this, the total at most that) run from the highest rate down.
    `level_weights` are what the first levels should add up to; no cut-offs mean no grade. `data` is the frozen copy
    that an evaluation keeps.
    """

    code: str
    version: int
    title: Mapping[str, str] = field(hash=False)
    source: str
    scheme: str
    execution_weight: Decimal
    execution_reason_below: Decimal | None
    execution_caps: tuple[tuple[Decimal, Decimal], ...]
    level_weights: Mapping[str, Decimal] = field(hash=False)
    quantitative: Quantitative
    bands: tuple[tuple[Decimal, Decimal], ...]
    full: Decimal
    grades: tuple[tuple[Decimal, str], ...]
    data: Mapping[str, Any] = field(hash=False)

    @property
    def id(self) -> str:
        """The id that a score carries, such as mof-2020@1."""
        return f"{self.code}@{self.version}"

    def cap(self, rate: Fraction | None) -> Decimal | None:
        """The most that a total may be at this rate of execution, None where nothing limits it."""
        if rate is None:
            return None
        return min((most for below, most in self.execution_caps if rate < below), default=None)

    def grade(self, total: Decimal) -> str | None:
        """The grade of a total, None where the profile has no cut-offs."""
        return next((grade for least, grade in self.grades if total >= least), None)


def read_profile(data: Mapping[str, Any]) -> ScoringProfile:
    """Build and check a profile from its TOML or JSON form. Raises ProfileError."""
    unknown = set(data) - _KEYS
    if unknown:
        raise ProfileError(f"unknown keys: {', '.join(sorted(unknown))}")
    try:
        return _profile(data)
    except ProfileError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise ProfileError(f"missing or misshapen: {fault}") from fault


def shipped_profiles() -> tuple[str, ...]:
    """The codes of the scoring profiles that come with the product."""
    names = (entry.name for entry in files("workflows.profiles").iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in names if _data(name)["kind"] == "scoring"))


@cache
def shipped_profile(name: str) -> ScoringProfile:
    """A shipped profile by code, with or without its version (mof-2020, mof-2020@1). Raises KeyError."""
    code, _, version = name.partition("@")
    if code not in shipped_profiles():
        raise KeyError(name)
    profile = read_profile(_data(f"{code}.toml"))
    if version and version != str(profile.version):
        raise KeyError(name)
    return profile


@cache
def _data(file_name: str) -> dict[str, Any]:
    return tomllib.loads(files("workflows.profiles").joinpath(file_name).read_text("utf-8"))


def _profile(data: Mapping[str, Any]) -> ScoringProfile:
    weights = {name: _number(value, f"weights.{name}") for name, value in data["weights"].items()}
    execution = weights.pop("execution", Decimal(0))
    full = _number(data["total"]["full"], "total.full")
    if set(weights) - set(_LEVELS):
        raise ProfileError(f"weights: levels are {', '.join(_LEVELS)}")
    if weights and execution + sum(weights.values()) != full:
        raise ProfileError(f"weights do not add up to {quantities.plain(full)}")
    _one_of(data["total"], "not_applicable", ("rescale",))
    _one_of(data["total"], "rounding", ("half_up_per_row",))
    return ScoringProfile(
        code=str(data["code"]),
        version=int(data["version"]),
        title=dict(data["title"]),
        source=str(data["source"]),
        scheme=_one_of(data, "scheme", ("v1", "v2")),
        execution_weight=execution,
        execution_reason_below=_optional(data.get("execution", {}), "reason_below"),
        execution_caps=_caps(data.get("execution", {}).get("caps", ())),
        level_weights=weights,
        quantitative=_quantitative(data["quantitative"]),
        bands=_bands(data["qualitative"]["bands"]),
        full=full,
        grades=_grades(data.get("grades", ())),
        data=dict(data),
    )


def _quantitative(data: Mapping[str, Any]) -> Quantitative:
    satisfaction = _one_of(data, "satisfaction", ("ratio", "tiers"))
    tiers = tuple((_number(least, "tiers"), _number(share, "tiers")) for least, share in data.get("tiers", ()))
    if satisfaction == "tiers" and not tiers:
        raise ProfileError("quantitative.tiers: none given")
    if list(tiers) != sorted(tiers, reverse=True):
        raise ProfileError("quantitative.tiers: from high to low")
    asks = _one_of(data, "over_action", ("none", "require_reason")) == "require_reason"
    return Quantitative(
        positive=_one_of(data, "positive", ("ratio", "binary")),
        reverse=_one_of(data, "reverse", ("linear", "ratio", "binary")),
        equal=_one_of(data, "equal", ("floor", "symmetric", "binary")),
        satisfaction=satisfaction,
        ratio_floor=_number(data["ratio_floor"], "quantitative.ratio_floor"),
        over_threshold=_optional(data, "over_threshold") if asks else None,
        tiers=tiers,
    )


def _caps(data: Any) -> tuple[tuple[Decimal, Decimal], ...]:  # noqa: ANN401 - JSON or TOML, checked here
    caps = tuple((_number(below, "execution.caps"), _number(most, "execution.caps")) for below, most in data)
    if list(caps) != sorted(set(caps), reverse=True) or [most for _, most in caps] != sorted(
        (most for _, most in caps), reverse=True
    ):
        raise ProfileError("execution.caps: from high to low")
    return caps


def _bands(data: Any) -> tuple[tuple[Decimal, Decimal], ...]:  # noqa: ANN401 - JSON or TOML, checked here
    bands = tuple((_number(low, "bands"), _number(high, "bands")) for low, high in data)
    if len(bands) != 3 or any(not 0 <= low < high <= 1 for low, high in bands):
        raise ProfileError("qualitative.bands: three pairs of shares, met, partly met, not met")
    return bands


def _grades(data: Any) -> tuple[tuple[Decimal, str], ...]:  # noqa: ANN401 - JSON or TOML, checked here
    grades = tuple((_number(row["from"], "grades"), _one_of(row, "grade", GRADES)) for row in data)
    if list(grades) != sorted(grades, key=lambda row: -row[0]):
        raise ProfileError("grades: from high to low")
    return grades


def _optional(data: Mapping[str, Any], name: str) -> Decimal | None:
    return _number(data[name], name) if name in data else None


def _number(value: object, name: str) -> Decimal:
    number = quantities.number(value) if isinstance(value, str) else None
    if number is None or number < 0:
        raise ProfileError(f"{name}: a number ≥ 0 written as a text, not {value!r}")
    return number


def _one_of(data: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = data[name]
    if value not in allowed:
        raise ProfileError(f"{name}: one of {', '.join(allowed)}, not {value!r}")
    return str(value)
