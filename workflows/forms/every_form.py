"""What every form type has: its heads, the year's end of its indicators, its execution, and the indicator tree v1.

Source: the form of 2022 for the heads; 财预〔2020〕10号 for the tree and for what is reported at the year's end.
"""

from workflows.forms.base import Field, IndicatorTree, Kind, Section, Shape, Stage

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
