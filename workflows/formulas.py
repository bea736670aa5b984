"""The formulas of measured rows: target and actual to a share of the points, with the sum that was done.

Exact fractions throughout; only points are rounded. Sources of the rules: the profiles that choose among them.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from workflows import quantities
from workflows.scoring_profile import Quantitative

_ALL = "100%"
_NONE = "0%"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a formula says: met or not, how actual stands to target, the share of the points and how it was computed.

    `share` is written in `expression`; `rate` is actual ÷ target where that has a meaning.
    """

    met: bool
    relation: str
    share: Fraction
    expression: str
    rate: Fraction | None = None


def judged(comparator: str, target: Decimal, actual: Decimal, *, rules: Quantitative) -> Judged:
    """A row with one of ≥ > = ≤ <. An actual below 0 counts as 0 unless the target itself is below 0."""
    if target >= 0:
        actual = max(actual, Decimal(0))
    if comparator in quantities.POSITIVE:
        result = _positive(target, actual, strict=comparator == "gt", mode=rules.positive)
    elif comparator in quantities.REVERSE:
        result = _reverse(target, actual, strict=comparator == "lt", mode=rules.reverse)
    else:
        result = _equal(target, actual, mode=rules.equal)
    return _floored(result, rules.ratio_floor)


def judged_between(low: Decimal, high: Decimal, actual: Decimal, *, rules: Quantitative) -> Judged:
    """A row whose target is a range: inside it is met, below it counts as ≥ low, above it as ≤ high."""
    if low <= actual <= high:
        return Judged(met=True, relation="∈", share=Fraction(1), expression=_ALL)
    if actual < low:
        return judged("ge", low, actual, rules=rules)
    return judged("le", high, actual, rules=rules)


def judged_in_tiers(actual: Decimal, target: Decimal, *, rules: Quantitative) -> Judged:
    """A satisfaction row in per cent that scores by tiers, whatever its own target."""
    rate = Fraction(actual) / 100
    share = next((share for least, share in rules.tiers if rate >= least), Decimal(0))
    expression = f"{quantities.plain(share * 100)}%"
    met = actual >= target
    return Judged(met=met, relation="≥" if met else "<", share=Fraction(share), expression=expression)


def shown(value: Decimal) -> str:
    """A number inside a sum: plain, a negative one in brackets."""
    return quantities.plain(value) if value >= 0 else f"(−{quantities.plain(-value)})"


def percent(rate: Fraction) -> str:
    """A share of 1 as it is printed: 95.99%."""
    return f"{rounded(rate * 100):.2f}%"


def points(weight: Decimal, share: Fraction) -> Decimal:
    """Weight × share, half up to 0.01."""
    return rounded(Fraction(weight) * share)


def rounded(value: Fraction) -> Decimal:
    """Half up to 0.01, for values that are not negative."""
    return Decimal((value * 200 + 1) // 2) / 100


def _positive(target: Decimal, actual: Decimal, *, strict: bool, mode: str) -> Judged:
    met = actual > target if strict else actual >= target
    relation = _relation(target, actual, reaching=">" if strict else "≥")
    if target <= 0:
        return _all_or_nothing(met=met, relation=relation)
    rate = Fraction(actual) / Fraction(target)
    if mode == "binary":
        return Judged(met, relation, Fraction(int(met)), _ALL if met else _NONE, rate)
    # A target of > 5 reached with 5 is not met, yet its ratio is the whole.
    if rate >= 1:
        return Judged(met, relation, Fraction(1), _ALL, rate)
    return Judged(met, relation, rate, f"{shown(actual)} ÷ {shown(target)}", rate)


def _reverse(target: Decimal, actual: Decimal, *, strict: bool, mode: str) -> Judged:
    met = actual < target if strict else actual <= target
    relation = _relation(target, actual, reaching="<" if strict else "≤")
    if target <= 0:
        return _all_or_nothing(met=met, relation=relation)
    rate = Fraction(actual) / Fraction(target)
    if mode == "binary":
        return Judged(met, relation, Fraction(int(met)), _ALL if met else _NONE, rate)
    if rate <= 1:
        return Judged(met, relation, Fraction(1), _ALL, rate)
    if mode == "ratio":
        return Judged(met, relation, 1 / rate, f"{shown(target)} ÷ {shown(actual)}", rate)
    if rate >= 2:
        return Judged(met, relation, Fraction(0), _NONE, rate)
    return Judged(met, relation, 2 - rate, _excess(target, actual), rate)


def _equal(target: Decimal, actual: Decimal, *, mode: str) -> Judged:
    met = actual == target or (mode == "floor" and actual > target >= 0)
    relation = _relation(target, actual, reaching="=")
    if target <= 0:
        # A target of none is met by none; reaching for more is no merit here.
        return _all_or_nothing(met=actual <= 0 if target == 0 else actual == target, relation=relation)
    rate = Fraction(actual) / Fraction(target)
    if met:
        return Judged(met, relation, Fraction(1), _ALL, rate)
    if mode == "binary" or rate >= 2:
        return Judged(met, relation, Fraction(0), _NONE, rate)
    if rate > 1:
        return Judged(met, relation, 2 - rate, _excess(target, actual), rate)
    return Judged(met, relation, rate, f"{shown(actual)} ÷ {shown(target)}", rate)


def _all_or_nothing(*, met: bool, relation: str) -> Judged:
    return Judged(met, relation, Fraction(int(met)), _ALL if met else _NONE)


def _floored(result: Judged, floor: Decimal) -> Judged:
    if result.share >= floor or result.share == 0:
        return result
    return Judged(result.met, result.relation, Fraction(0), _NONE, result.rate)


def _excess(target: Decimal, actual: Decimal) -> str:
    return f"(1 − ({shown(actual)} − {shown(target)}) ÷ {shown(target)})"


def _relation(target: Decimal, actual: Decimal, *, reaching: str) -> str:
    """The sign that stands truly between actual and target, as close to the row's own as it can be."""
    if actual == target:
        return reaching if reaching in "≥≤=" else "="
    if actual > target:
        return reaching if reaching in "≥>" else ">"
    return reaching if reaching in "≤<" else "<"
