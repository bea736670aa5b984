"""One indicator row: its points, the steps of the sum, and what it still asks of a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from workflows import formulas, quantities
from workflows.catalogue import sentence
from workflows.findings import Finding, Severity
from workflows.rules.reading import Row, quoted
from workflows.scoring_profile import ScoringProfile

_SOURCE = "scoring_profile"
# The three grade texts of a qualitative row, the longer before the shorter one that it contains.
_BAND_WORDS = (("未达成", 2), ("部分达成", 1), ("达成", 0))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sum: a key of [trace] in the catalogue and its figures. A page may show each on a line."""

    key: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    def rendered(self, lang: str) -> dict[str, object]:
        """Key, figures and the sentence of one language."""
        return {
            "key": self.key,
            "params": dict(self.params),
            "text": sentence(f"trace.{self.key}", lang, **self.params),
        }


@dataclass(frozen=True, slots=True)
class RowScore:
    """A row's points: None where a figure is missing (`is_missing`) or can't count. `rate` is actual ÷ target."""

    path: str
    level1: str | None
    weight: Decimal | None
    score: Decimal | None
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    is_missing: bool = False
    met: bool | None = None
    rate: Fraction | None = None
    audit_score: Decimal | None = None


def steps_text(steps: tuple[Step, ...], lang: str) -> str:
    """The steps as one sentence."""
    return sentence("trace.join", lang).join(sentence(f"trace.{step.key}", lang, **step.params) for step in steps)


def score_row(row: Row, profile: ScoringProfile) -> RowScore:
    """Score one row. Findings: S1 reason missing, S2 figure missing, S5 points out of range."""
    weight = row.number("weight")
    if weight is not None and not 0 <= weight <= profile.full:
        weight = None
    scored = (_qualitative if row.comparator == "qual" else _quantitative)(row, weight, profile=profile)
    audit, audit_findings = _audit(row, weight)
    reasons = tuple(_reasons(row, scored, profile=profile))
    return replace(scored, audit_score=audit, findings=(*scored.findings, *reasons, *audit_findings))


def _quantitative(row: Row, weight: Decimal | None, *, profile: ScoringProfile) -> RowScore:
    if not row.text("actual_value"):
        return _open(row, weight, step="no_actual")
    actual = _figure(row)
    if actual is None:
        return _open(row, weight, step="no_number", case="number")
    judged = _judged(row, actual, profile=profile)
    if judged is None:
        return _open(row, weight, step="no_target", case="target")
    steps = [*_judging(row, actual, judged=judged), *_over(row, judged.rate, profile=profile)]
    score = None
    if weight is not None:
        score = formulas.points(weight, judged.share)
        expression = f"{quantities.plain(weight)} × {judged.expression}"
        steps.append(Step("points", {"expression": expression, "score": f"{score:.2f}"}))
    return RowScore(row.path, row.level1, weight, score, tuple(steps), (), met=judged.met, rate=judged.rate)


def _qualitative(row: Row, weight: Decimal | None, *, profile: ScoringProfile) -> RowScore:
    """Points that a person gave, held to the band of the grade text (财预〔2020〕10号: three bands)."""
    said = row.text("actual_value")
    if not said:
        return _open(row, weight, step="no_actual")
    if not row.text("entered_score"):
        return _open(row, weight, step="no_entered", case="entered", column="entered_score")
    if weight is None:
        return RowScore(row.path, row.level1, None, None, (Step("no_weight"),), ())
    entered = row.number("entered_score")
    if entered is None or not 0 <= entered <= weight:
        return RowScore(row.path, row.level1, weight, None, (Step("no_score"),), (_beyond(row, weight, case="beyond"),))
    score = quantities.half_up(entered)
    steps = [Step("said", {"value": quoted(said)})]
    findings: tuple[Finding, ...] = ()
    band = next((number for word, number in _BAND_WORDS if word in said), None)
    if band is not None:
        low, high = (quantities.half_up(weight * share) for share in profile.bands[band])
        steps.append(Step("band", {"low": f"{low:.2f}", "high": f"{high:.2f}"}))
        if not (low <= score < high or score == high == weight):
            findings = (_beyond(row, weight, case="band", low=f"{low:.2f}", high=f"{high:.2f}"),)
    steps.append(Step("entered", {"score": f"{score:.2f}"}))
    return RowScore(
        row.path, row.level1, weight, score, tuple(steps), findings, met=None if band is None else band == 0
    )


def _open(row: Row, weight: Decimal | None, *, step: str, case: str = "", column: str = "actual_value") -> RowScore:
    """A row that waits for a figure."""
    params = {"value": quoted(row.text("actual_value"))}
    finding = Finding("S2", Severity.ERROR, f"{row.path}.{column}", _SOURCE, case, params)
    return RowScore(row.path, row.level1, weight, None, (Step(step),), (finding,), is_missing=True)


def _figure(row: Row) -> Decimal | None:
    """The actual as a number; its unit may stand behind it when it is the row's own (97%)."""
    text = row.text("actual_value")
    value = quantities.number(text)
    fused = quantities.split_fused(text) if value is None else None
    if fused is None or fused.comparator is not None:
        return value
    same = fused.unit == row.text("unit") or (
        quantities.is_percent(fused.unit) and quantities.is_percent(row.text("unit"))
    )
    return quantities.number(fused.value) if same else None


def _judged(row: Row, actual: Decimal, *, profile: ScoringProfile) -> formulas.Judged | None:
    rules = profile.quantitative
    target = row.number("target_value")
    if row.comparator == "between":
        ends = quantities.bounds(row.text("target_value"))
        return None if ends is None else formulas.judged_between(*ends, actual, rules=rules)
    if row.comparator is None or target is None:
        return None
    if rules.satisfaction == "tiers" and row.level1 == "satisfaction" and quantities.is_percent(row.text("unit")):
        return formulas.judged_in_tiers(actual, target, rules=rules)
    return formulas.judged(row.comparator, target, actual, rules=rules)


def _judging(row: Row, actual: Decimal, *, judged: formulas.Judged) -> Iterator[Step]:
    target = row.number("target_value")
    shown = quantities.plain(target) if target is not None else row.text("target_value")
    figures = {"actual": quantities.plain(actual), "relation": judged.relation, "target": shown}
    yield Step("met" if judged.met else "unmet", figures)
    if judged.rate is not None and target is not None:
        expression = f"{formulas.shown(max(actual, Decimal(0)))} ÷ {formulas.shown(target)}"
        yield Step("rate", {"expression": expression, "percent": formulas.percent(judged.rate)})


def _over(row: Row, rate: Fraction | None, *, profile: ScoringProfile) -> Iterator[Step]:
    threshold = profile.quantitative.over_threshold
    if threshold is not None and _is_over(row, rate, threshold=threshold):
        yield Step("over", {"threshold": formulas.percent(Fraction(threshold))})


def _is_over(row: Row, rate: Fraction | None, *, threshold: Decimal | None) -> bool:
    reaches = row.comparator == "eq" or row.comparator in quantities.POSITIVE
    return threshold is not None and rate is not None and reaches and rate >= threshold


def _reasons(row: Row, scored: RowScore, *, profile: ScoringProfile) -> Iterator[Finding]:
    """S1: fewer points than the weight want a reason (error), so does far more than the target (warning)."""
    if scored.score is None or scored.weight is None or row.text("deviation_analysis"):
        return
    path = f"{row.path}.deviation_analysis"
    if scored.score < scored.weight:
        params = {"score": f"{scored.score:.2f}", "weight": quantities.plain(scored.weight)}
        yield Finding("S1", Severity.ERROR, path, _SOURCE, params=params)
    elif scored.rate is not None and _is_over(row, scored.rate, threshold=profile.quantitative.over_threshold):
        params = {
            "percent": formulas.percent(scored.rate),
            "threshold": formulas.percent(Fraction(profile.quantitative.over_threshold or 0)),
        }
        yield Finding("S1", Severity.WARNING, path, _SOURCE, "over", params)


def _audit(row: Row, weight: Decimal | None) -> tuple[Decimal | None, tuple[Finding, ...]]:
    """The reviewer's points, which stand beside the unit's own and never replace them."""
    if not row.text("audit_score"):
        return None, ()
    value = row.number("audit_score")
    if value is None or weight is None or not 0 <= value <= weight:
        return None, (_beyond(row, weight, case="audit", column="audit_score"),)
    return quantities.half_up(value), ()


def _beyond(row: Row, weight: Decimal | None, *, case: str, column: str = "entered_score", **bounds: str) -> Finding:
    figures = {"value": quoted(row.text(column)), "weight": "?" if weight is None else quantities.plain(weight)}
    return Finding("S5", Severity.ERROR, f"{row.path}.{column}", _SOURCE, case, figures | bounds)
