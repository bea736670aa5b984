"""Year-end scores: actuals against targets by a profile, each figure with the sum that made it.

Rows round half up to 0.01, then add. Nothing unknown counts as zero: a blank actual leaves its row, and the total, open.
Source: 财预〔2020〕10号 and what the profile cites.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from workflows import formulas, quantities
from workflows.findings import Finding, Severity, rendered
from workflows.forms.base import Document
from workflows.rules.reading import Row
from workflows.rules.reading import rows as filled_rows
from workflows.scoring_profile import ScoringProfile
from workflows.scoring_rows import RowScore, Step, score_row, steps_text

_SOURCE = "scoring_profile"


@dataclass(frozen=True, slots=True)
class ExecutionScore:
    """Points of budget execution. `rate` is executed ÷ adjusted budget; not applicable where there was no budget."""

    weight: Decimal
    score: Decimal | None
    steps: tuple[Step, ...]
    rate: Fraction | None = None
    applicable: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one first level together; score None while one of them is open."""

    level1: str
    weight: Decimal
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class Score:
    """The whole score. `missing` are paths that wait for a figure; with one of them the total is None.

    `cap` is the most that the rate of execution allows a total, None where nothing limits it; totals keep to it.
    `audit_total` counts the reviewer's points where they were given; it is None where none were.
    """

    profile: str
    total: Decimal | None
    grade: str | None
    execution: ExecutionScore
    rows: tuple[RowScore, ...]
    groups: tuple[Group, ...]
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]
    audit_total: Decimal | None = None
    audit_grade: str | None = None
    cap: Decimal | None = None


def score(document: Document, profile: ScoringProfile) -> Score:
    """Score a document that carries weights and actuals. Its shape must hold; its cells may hold anything."""
    rows = tuple(score_row(row, profile) for row in filled_rows(document, "indicators"))
    execution, execution_findings = _execution(document, profile)
    weight_findings = tuple(_weight_findings(rows, profile))
    missing = () if execution.score is not None or not execution.applicable else ("execution",)
    footing = all(finding.severity is not Severity.ERROR for finding in weight_findings)
    cap = profile.cap(execution.rate)
    total = _capped(_total(execution, rows, profile=profile, audited=False), cap) if footing else None
    audited = footing and any(row.audit_score is not None for row in rows)
    audit_total = _capped(_total(execution, rows, profile=profile, audited=True), cap) if audited else None
    return Score(
        profile=profile.id,
        total=total,
        grade=None if total is None else profile.grade(total),
        execution=execution,
        rows=rows,
        groups=tuple(_groups(rows)),
        missing=missing + tuple(row.path for row in rows if row.is_missing),
        findings=(*execution_findings, *weight_findings, *(finding for row in rows for finding in row.findings)),
        audit_total=audit_total,
        audit_grade=None if audit_total is None else profile.grade(audit_total),
        cap=cap,
    )


def _capped(total: Decimal | None, cap: Decimal | None) -> Decimal | None:
    return total if total is None or cap is None else min(total, cap)


def score_json(result: Score, lang: str) -> dict[str, object]:
    """The score as JSON (design, section 4), with the sentences of one language."""
    execution = result.execution
    data: dict[str, object] = {
        "profile": result.profile,
        "total": two_places(result.total),
        "grade": result.grade,
        "execution": {
            "weight": quantities.plain(execution.weight),
            "score": two_places(execution.score),
            "trace": steps_text(execution.steps, lang),
            "steps": [step.rendered(lang) for step in execution.steps],
            "rate": None if execution.rate is None else formulas.percent(execution.rate),
            "applicable": execution.applicable,
        },
        "rows": [_row_json(row, lang) for row in result.rows],
        "groups": [
            {"level1": group.level1, "weight": quantities.plain(group.weight), "score": two_places(group.score)}
            for group in result.groups
        ],
        "missing": list(result.missing),
        "findings": [rendered(finding, lang) for finding in result.findings],
    }
    if result.cap is not None:
        data["cap"] = quantities.plain(result.cap)
    if result.audit_total is not None:
        data |= {"audit_total": two_places(result.audit_total), "audit_grade": result.audit_grade}
    return data


def two_places(value: Decimal | None) -> str | None:
    """Points as they are printed: 6.00."""
    return None if value is None else f"{value:.2f}"


def _row_json(row: RowScore, lang: str) -> dict[str, object]:
    data: dict[str, object] = {
        "path": row.path,
        "weight": None if row.weight is None else quantities.plain(row.weight),
        "score": two_places(row.score),
        "trace": steps_text(row.steps, lang),
        "steps": [step.rendered(lang) for step in row.steps],
        "rate": None if row.rate is None else formulas.percent(row.rate),
        "met": row.met,
    }
    if row.audit_score is not None:
        data["audit_score"] = two_places(row.audit_score)
    return data


def _execution(document: Document, profile: ScoringProfile) -> tuple[ExecutionScore, tuple[Finding, ...]]:
    """Points = weight × executed ÷ adjusted budget, at most the weight (财预〔2020〕10号)."""
    weight = profile.execution_weight
    cells = document.get("execution") or {}
    row = Row("execution", 0, cells)
    budget, executed = row.number("adjusted_budget"), row.number("executed_amount")
    if budget is None or executed is None or budget < 0 or executed < 0:
        return ExecutionScore(weight, None, (Step("no_execution"),)), ()
    if budget == 0:
        return ExecutionScore(weight, None, (Step("no_budget"),), applicable=False), ()
    rate = Fraction(executed) / Fraction(budget)
    points = formulas.points(weight, min(rate, Fraction(1)))
    sum_done = f"{quantities.plain(executed)} ÷ {quantities.plain(budget)}"
    steps = [Step("execution_rate", {"expression": sum_done, "percent": formulas.percent(rate)})]
    expression = f"{quantities.plain(weight)} × {'100%' if rate > 1 else sum_done}"
    steps.append(Step("points", {"expression": expression, "score": f"{points:.2f}"}))
    findings = _execution_reason(row, rate, profile=profile)
    return ExecutionScore(weight, points, tuple(steps), rate), findings


def _execution_reason(row: Row, rate: Fraction, *, profile: ScoringProfile) -> tuple[Finding, ...]:
    least = profile.execution_reason_below
    if least is None or rate >= least or row.text("deviation_analysis"):
        return ()
    params = {"percent": formulas.percent(rate), "least": formulas.percent(Fraction(least))}
    return (Finding("S3", Severity.ERROR, "execution.deviation_analysis", _SOURCE, params=params),)


def _weight_findings(rows: tuple[RowScore, ...], profile: ScoringProfile) -> Iterator[Finding]:
    """S4: weights stand in every row and add up with execution; a first level that differs is only a warning."""
    if all(row.weight is None for row in rows):
        yield Finding("S4", Severity.ERROR, "indicators", _SOURCE, "none")
        return
    without = [row for row in rows if row.weight is None]
    for row in without:
        yield Finding("S4", Severity.ERROR, f"{row.path}.weight", _SOURCE, "missing")
    total = profile.execution_weight + sum(row.weight for row in rows if row.weight is not None)
    if not without and total != profile.full:
        params = {"total": quantities.plain(total), "wanted": quantities.plain(profile.full)}
        yield Finding("S4", Severity.ERROR, "indicators", _SOURCE, params=params)
    elif not without:
        yield from _level_findings(rows, profile)


def _level_findings(rows: tuple[RowScore, ...], profile: ScoringProfile) -> Iterator[Finding]:
    sums = {group.level1: group.weight for group in _groups(rows)}
    for level1, wanted in profile.level_weights.items():
        if sums.get(level1, Decimal(0)) != wanted:
            params = {
                "level1": level1,
                "total": quantities.plain(sums.get(level1, Decimal(0))),
                "wanted": quantities.plain(wanted),
            }
            yield Finding("S4", Severity.WARNING, "indicators", _SOURCE, "level", params)


def _groups(rows: tuple[RowScore, ...]) -> Iterator[Group]:
    for level1 in dict.fromkeys(row.level1 for row in rows if row.level1):
        members = [row for row in rows if row.level1 == level1]
        scores = [row.score for row in members]
        weight = sum((row.weight for row in members if row.weight is not None), Decimal(0))
        whole = None if None in scores else sum((one for one in scores if one is not None), Decimal(0))
        yield Group(level1, weight, whole)


def _total(
    execution: ExecutionScore, rows: tuple[RowScore, ...], *, profile: ScoringProfile, audited: bool
) -> Decimal | None:
    """The sum, or None while a figure is missing. Without execution the rows are rescaled to the full points."""
    scores = [row.audit_score if audited and row.audit_score is not None else row.score for row in rows]
    known = [one for one in scores if one is not None]
    if len(known) < len(scores) or (execution.applicable and execution.score is None):
        return None
    total = sum(known, Decimal(0))
    if execution.applicable:
        return total + (execution.score or Decimal(0))
    weights = profile.full - execution.weight
    return formulas.rounded(Fraction(total) * Fraction(profile.full) / Fraction(weights)) if weights else None
