"""What form types share: heads, the year's end of the indicators, execution, the indicator tree v1, checks of any form.

Source: the form of 2022 for the heads; 财预〔2020〕10号 for the tree and for what is reported at the year's end.
"""

from collections.abc import Iterable, Mapping

from workflows.catalogue import languages
from workflows.forms.base import Check, Field, IndicatorTree, Kind, Section, Shape, Stage
from workflows.rules import (
    amounts,
    ceiling,
    cells,
    coherence,
    comparison,
    indicators,
    last_year,
    measures,
    peers,
    prose,
    vague,
    weight_shares,
    weights,
    wording,
)

HEADER = (
    Field("form", Kind.TEXT, 60, required=True),
    Field("region", Kind.TEXT, 50, required=True),
    Field("fiscal_year", Kind.COUNT, 20, required=True),
    Field("department", Kind.TEXT, 100, required=True),
    Field("supervising_department", Kind.TEXT, 100, required=True),
    Field("money_source_unit", Kind.TAG, 10, stage=Stage.OPTIONAL),
)

YEAR_END_FIELDS = (
    Field("weight", Kind.NUMBER, 40, stage=Stage.EVALUATION, unit="分"),
    Field("actual_value", Kind.TARGET, 100, stage=Stage.EVALUATION),
    Field("entered_score", Kind.NUMBER, 40, stage=Stage.EVALUATION, unit="分"),
    Field("audit_score", Kind.NUMBER, 40, stage=Stage.EVALUATION, unit="分"),
    Field("deviation_analysis", Kind.LONG_TEXT, 1000, stage=Stage.EVALUATION),
)

EXECUTION = Section(
    "execution",
    Shape.FIELDS,
    (
        Field("adjusted_budget", Kind.MONEY, 40, stage=Stage.EVALUATION, unit="万元"),
        Field("executed_amount", Kind.MONEY, 40, stage=Stage.EVALUATION, unit="万元"),
        Field("deviation_analysis", Kind.LONG_TEXT, 1000, stage=Stage.EVALUATION),
    ),
    stage=Stage.EVALUATION,
)

TREE_V1 = IndicatorTree(
    scheme="v1",
    branches={
        "output": ("quantity", "quality", "timeliness", "cost"),
        "benefit": ("economic_benefit", "social_benefit", "ecological_benefit", "sustainable_impact"),
        "satisfaction": ("service_recipients",),
    },
    wanted=("quantity", "quality", "timeliness", "cost"),
)

# They ask for nothing but what every form has, and are silent where a form has no tasks, no staff or no units below.
CHECKS_OF_EVERY_FORM = (
    cells.a0,
    amounts.a3,
    wording.a6,
    indicators.a7,
    indicators.a8,
    indicators.a9,
    indicators.a10,
    indicators.a11,
    indicators.a12,
    weights.a15,
    wording.a16,
    indicators.a17,
    comparison.a18,
    comparison.a19,
    last_year.a20,
    prose.a21,
    last_year.a22,
    peers.a23,
    coherence.a25,
    vague.a26,
    measures.a27,
    measures.a28,
    measures.a29,
    prose.a30,
    prose.a31,
    prose.a32,
    vague.a33,
    weight_shares.a34,
    ceiling.a35,
)


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Checks by the number in their names."""
    return tuple(sorted(checks, key=lambda check: int(check.__name__[1:])))


# The targets were checked when they were approved; actuals, reasons and amounts of execution are new.
YEAR_END_CHECKS = (cells.a0, amounts.a3, wording.a16)


def in_both_languages(words: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, str]]:
    """The words of a form type by language, from labels that are written side by side in the order of the languages."""
    return {lang: {key: said[index] for key, said in words.items()} for index, lang in enumerate(languages)}
