"""What the evaluation shows: each row with its target, actual, points and the sum behind them.

Pure: no request, no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from workflows import formulas
from workflows.catalogue import label
from workflows.findings import Finding, Severity, rendered
from workflows.forms.base import Document
from workflows.quantities import comparator, number, plain
from workflows.scoring import Score
from workflows.scoring_profile import ScoringProfile
from workflows.scoring_rows import RowScore, Step
from workflows.sums import added, spending

# The bar of a row ends at 150 % of its target; its tick stands at 100.
BAR_END: Final = 150
# The scale of the band bar is drawn for these cut-offs; a profile with others shows them in words alone.
_LONGEST_NAME: Final = 20
_NOTED: Final = (
    "actual_value", "entered_score", "audit_score", "weight", "adjusted_budget", "executed_amount", "deviation_analysis"
)  # fmt: skip
# Reasons that are due stand at their field, sums of weights above the table.
_SAID_ELSEWHERE: Final = frozenset({"S1", "S3", "S4"})
DRAWN_GRADES: Final = ("90", "80", "60", "0")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sum: its short name (empty where the sentence has none), and what it says."""

    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that is due, or that was given: what asks for it, and how urgently (empty: nothing asks any more)."""

    text: str
    asks: str
    mark: str


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """One indicator at the year's end. Texts are as typed; points are None while a figure is missing."""

    index: int
    name: str
    level1: str
    level2: str
    comparator: str
    qualitative: bool
    target: str
    unit: str
    actual: str
    weight: str
    entered: str
    deviation: str
    score: Decimal | None
    audit: Decimal | None
    rate: str | None
    bar: int
    short: bool
    over: bool
    lines: tuple[Line, ...]
    reason: Reason | None
    notes: tuple[str, ...]

    @property
    def number(self) -> int:
        """The printed number of the row."""
        return self.index + 1


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one first level, with their points."""

    level1: str
    rows: tuple[IndicatorLine, ...]
    weight: Decimal
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class ExecutionLine:
    """The money of the year. `initial` is the approved budget; texts are as typed."""

    initial: str
    adjusted: str
    executed: str
    deviation: str
    rate: str | None
    weight: Decimal
    score: Decimal | None
    applicable: bool
    lines: tuple[Line, ...]
    reason: Reason | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole score sheet. `weights` is the sum of the rows' weights, which with the execution's must be `full`."""

    blocks: tuple[Block, ...]
    execution: ExecutionLine
    total: Decimal | None
    grade: str | None
    audit_total: Decimal | None
    cap: Decimal | None
    audit_grade: str | None
    missing: tuple[str, ...]
    faults: tuple[str, ...]
    advice: tuple[str, ...]
    weights: Decimal
    full: Decimal
    profile: str
    profile_title: str
    cuts: tuple[tuple[str, Decimal], ...]
    drawn: bool
    unmet: int
    over: int
    due: int

    @property
    def troubled(self) -> bool:
        """Something in a row can't be handed in as it is."""
        return any(row.notes for block in self.blocks for row in block.rows)

    @property
    def count(self) -> int:
        """How many indicators there are."""
        return sum(len(block.rows) for block in self.blocks)


def sheet_of(
    document: Document, score: Score, profile: ScoringProfile, *, lang: str, findings: Sequence[Finding] = ()
) -> Sheet:
    """The score sheet of a document with whatever actuals it carries. `findings` are those of the checks of the year's end."""
    scored = {row.path: row for row in score.rows}
    found = _by_path((*score.findings, *findings))
    rows = [
        _line(index, row, scored.get(f"indicators[{index}]"), found=found, lang=lang)
        for index, row in enumerate(document["indicators"])
    ]
    weights = sum((one.weight for one in score.rows if one.weight is not None), Decimal(0))
    whole = found.get("indicators", [])
    return Sheet(
        blocks=tuple(_blocks(rows, score)),
        execution=_execution(document, score, found=found, lang=lang),
        total=score.total,
        grade=score.grade,
        audit_total=score.audit_total,
        audit_grade=score.audit_grade,
        cap=score.cap,
        missing=score.missing,
        faults=tuple(rendered(one, lang)["message"] for one in whole if one.severity is Severity.ERROR),
        advice=tuple(rendered(one, lang)["message"] for one in whole if one.severity is not Severity.ERROR),
        weights=weights,
        full=profile.full - profile.execution_weight,
        profile=profile.id,
        profile_title=str(profile.title.get(lang) or profile.title.get("zh") or profile.code),
        cuts=tuple((grade, least) for least, grade in profile.grades),
        drawn=tuple(plain(least) for least, _grade in profile.grades) == DRAWN_GRADES,
        unmet=sum(row.short for row in rows),
        over=sum(row.over for row in rows),
        due=sum(row.reason is not None and row.reason.mark == "err" for row in rows),
    )


def _by_path(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.path, []).append(one)
    return found


def _line(
    index: int, row: Mapping[str, Any], scored: RowScore | None, *, found: Mapping[str, list[Finding]], lang: str
) -> IndicatorLine:
    path = f"indicators[{index}]"
    code = comparator(_text(row, "comparator"))
    rate = scored.rate if scored else None
    over = scored is not None and any(step.key == "over" for step in scored.steps)
    weight, score = (scored.weight, scored.score) if scored else (None, None)
    return IndicatorLine(
        index=index,
        name=_text(row, "level3"),
        level1=_text(row, "level1"),
        level2=_word("level2", _text(row, "level2"), lang),
        comparator=label("comparator", code, lang) if code else _text(row, "comparator"),
        qualitative=code == "qual",
        target=figure(_text(row, "target_value")),
        unit=_text(row, "unit"),
        actual=figure(_text(row, "actual_value")),
        weight=_text(row, "weight"),
        entered=_text(row, "entered_score"),
        deviation=_text(row, "deviation_analysis"),
        score=score,
        audit=scored.audit_score if scored else None,
        rate=None if rate is None else formulas.percent(rate),
        bar=bar_width(rate),
        short=score is not None and weight is not None and score < weight,
        over=over,
        lines=lines_of(scored.steps if scored else (), lang),
        reason=_reason(_text(row, "deviation_analysis"), found.get(f"{path}.deviation_analysis", []), lang),
        notes=_notes(found, path, lang),
    )


def _notes(found: Mapping[str, list[Finding]], path: str, lang: str) -> tuple[str, ...]:
    """What is wrong with the figures of a row. A blank actual is no fault while people still type: the total says it."""
    wanted = [one for name in _NOTED for one in found.get(f"{path}.{name}", []) if one.rule not in _SAID_ELSEWHERE]
    return tuple(rendered(one, lang)["message"] for one in wanted if one.case or one.rule != "S2")


def _blocks(rows: Sequence[IndicatorLine], score: Score) -> list[Block]:
    groups = {group.level1: group for group in score.groups}
    blocks = []
    for level1 in dict.fromkeys(row.level1 for row in rows):
        group = groups.get(level1)
        mine = tuple(row for row in rows if row.level1 == level1)
        blocks.append(Block(level1, mine, group.weight if group else Decimal(0), group.score if group else None))
    return blocks


def _execution(document: Document, score: Score, *, found: Mapping[str, list[Finding]], lang: str) -> ExecutionLine:
    cells = document.get("execution") or {}
    planned = added(spending(document))
    done = score.execution
    return ExecutionLine(
        initial="" if planned is None else plain(planned),
        adjusted=_text(cells, "adjusted_budget"),
        executed=_text(cells, "executed_amount"),
        deviation=_text(cells, "deviation_analysis"),
        rate=None if done.rate is None else formulas.percent(done.rate),
        weight=done.weight,
        score=done.score,
        applicable=done.applicable,
        lines=lines_of(done.steps, lang),
        reason=_reason(_text(cells, "deviation_analysis"), found.get("execution.deviation_analysis", []), lang),
        notes=_notes(found, "execution", lang),
    )


def lines_of(steps: Sequence[Step], lang: str) -> tuple[Line, ...]:
    """The steps of a sum as sentences."""
    return tuple(_sum_line(step, str(step.rendered(lang)["text"]), lang) for step in steps)


def _sum_line(step: Step, text: str, lang: str) -> Line:
    """The sentence with its short name apart, such as 判断 or Points, which stands in a column of its own."""
    mark = "：" if lang == "zh" else ": "
    name, found, rest = text.partition(mark)
    return Line(step.key, name, rest) if found and len(name) <= _LONGEST_NAME else Line(step.key, "", text)


def _reason(text: str, found: Sequence[Finding], lang: str) -> Reason | None:
    due = [one for one in found if one.rule in _SAID_ELSEWHERE]
    if not due:
        return Reason(text, "", "") if text else None
    first = due[0]
    return Reason(text, rendered(first, lang)["message"], "err" if first.severity is Severity.ERROR else "warn")


def bar_width(rate: Fraction | None) -> int:
    """The length of a row's bar, 0 to 150 for as many per cent of the target."""
    return 0 if rate is None else max(0, min(BAR_END, round(rate * 100)))


def figure(text: str) -> str:
    """A number with its thousands separated; any other text as typed."""
    value = number(text)
    return text if value is None else f"{value:,f}"


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _word(kind: str, code: str, lang: str) -> str:
    try:
        return label(kind, code, lang)
    except KeyError:
        return code
