"""A third form type that only the tests know: one module, which a test enters into the list. Its names are its own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows.findings import Finding
from workflows.forms.balances import Balance, Sum
from workflows.forms.base import (
    CheckContext,
    Column,
    Document,
    Field,
    FormType,
    Kind,
    Layout,
    Matrix,
    Names,
    Pairs,
    Prose,
    Section,
    Shape,
    Stage,
)
from workflows.forms.every_form import (
    CHECKS_OF_EVERY_FORM,
    EXECUTION,
    HEADER,
    TREE_V1,
    YEAR_END_CHECKS,
    YEAR_END_FIELDS,
    in_both_languages,
)
from workflows.rules.amounts import a4, a5, unequal

ROW_KEYS = (
    Field("id", Kind.ID, 40, stage=Stage.OPTIONAL),
    Field("secrecy_tag", Kind.TAG, 40, stage=Stage.OPTIONAL),
)

SECTIONS = (
    Section(
        "venue",
        Shape.FIELDS,
        (
            Field("venue_name", Kind.TEXT, 100, required=True),
            Field("granted_sum", Kind.MONEY, 40, required=True, unit="万元"),
            Field("wardens", Kind.COUNT, 20, unit="人"),
            Field("branches", Kind.COUNT, 20, unit="个"),
            Field("purpose", Kind.LONG_TEXT, 3000, required=True),
        ),
    ),
    Section(
        "events",
        Shape.ROWS,
        (
            *ROW_KEYS,
            Field("event_title", Kind.TEXT, 200, required=True),
            Field("event_plan", Kind.LONG_TEXT, 1000),
            Field("event_cost", Kind.MONEY, 40, required=True, unit="万元"),
        ),
        min_rows=1,
        max_rows=50,
        name_field="event_title",
        content_field="event_plan",
        total_field="event_cost",
    ),
    Section(
        "indicators",
        Shape.ROWS,
        (
            *ROW_KEYS,
            Field("level1", Kind.LEVEL1, 40, required=True),
            Field("level2", Kind.LEVEL2, 40, required=True),
            Field("level3", Kind.TEXT, 200, required=True),
            Field("interpretation", Kind.LONG_TEXT, 1000),
            Field("comparator", Kind.COMPARATOR, 20, required=True),
            Field("target_value", Kind.TARGET, 100, required=True),
            Field("unit", Kind.UNIT, 30, required=True),
            *YEAR_END_FIELDS,
        ),
        min_rows=1,
        max_rows=100,
        name_field="level3",
        content_field="interpretation",
    ),
    EXECUTION,
)

BALANCE = Balance(
    "events",
    Sum("events", ("events.event_cost",)),
    Sum("granted", ("venue.granted_sum",)),
    place="venue.granted_sum",
    source="grant_form",
)


def g1(document: Document, context: CheckContext) -> Iterator[Finding]:
    """The events cost what is granted."""
    yield from unequal("G1", context.form.balance("events"), document, context=context, names=("events", "granted"))


LAYOUT = Layout(
    title="{region}市级{fiscal_year}年场馆免费开放补助绩效目标表",
    unit="万元",
    parts=(
        Names((("申请单位", "department"), ("主管部门", "supervising_department"))),
        Pairs(
            "场馆情况",
            "venue",
            (
                ("场馆名称", "venue_name"),
                ("补助金额(万元)", "granted_sum"),
                ("讲解员人数", "wardens"),
                ("分馆数", "branches"),
            ),
        ),
        Prose("开放目的", "venue.purpose"),
        Matrix(
            "活动安排",
            "events",
            (
                Column("序号", None, 7),
                Column("活动主题", "event_title", 30),
                Column("活动方案", "event_plan", 45),
                Column("活动经费(万元)", "event_cost", 18),
            ),
        ),
        Matrix(
            "绩效指标",
            "indicators",
            (
                Column("一级指标", "level1", 11),
                Column("二级指标", "level2", 14),
                Column("三级指标", "level3", 22),
                Column("三级指标解释", "interpretation", 25),
                Column("对比符号", "comparator", 7),
                Column("指标值", "target_value", 10),
                Column("计量单位", "unit", 11),
            ),
        ),
    ),
)

WORDS = in_both_languages(
    {
        "label.form.venue_grant": ("场馆免费开放补助绩效目标表", "Targets of a grant to a venue"),
        "label.form_title.venue_grant": ("场馆免费开放补助绩效目标表", "targets of a grant to a venue"),
        "label.form_short.venue_grant": ("场馆补助目标", "Venue targets"),
        "label.evaluation.venue_grant": ("场馆免费开放补助绩效自评表", "evaluation of a grant to a venue"),
        "label.section.venue": ("场馆情况", "Venue"),
        "label.section.events": ("活动安排", "Events"),
        "label.field.venue_name": ("场馆名称", "Name of the venue"),
        "label.field.granted_sum": ("补助金额", "Grant"),
        "label.field.wardens": ("讲解员人数", "Guides"),
        "label.field.branches": ("分馆数", "Branches"),
        "label.field.purpose": ("开放目的", "Purpose"),
        "label.field.event_title": ("活动主题", "Theme"),
        "label.field.event_plan": ("活动方案", "Plan"),
        "label.field.event_cost": ("活动经费", "Cost"),
        "label.sum.events": ("活动经费合计", "Cost of all events"),
        "label.sum.granted": ("补助金额", "Grant"),
        "source.grant_form": ("场馆免费开放补助办法", "Rules of the grant"),
        "rule.G1.message": (
            "活动经费合计 {events} 万元，补助 {granted} 万元，相差 {difference} 万元",
            "The events cost {events}, the grant is {granted}: {difference} apart",
        ),
        "rule.G1.why": ("补助应当全部安排到活动。", "All of the grant goes to events."),
        "rule.G1.fix": ("请核对活动经费。", "Check what the events cost."),
    }
)

FORM = FormType(
    code="venue_grant",
    version=2031,
    source="场馆免费开放补助办法",
    cited={"": "grant_form"},
    header=HEADER,
    sections=SECTIONS,
    tree=TREE_V1,
    checks=(*CHECKS_OF_EVERY_FORM, a4, a5, g1),
    year_end_checks=YEAR_END_CHECKS,
    layout=LAYOUT,
    goal="venue.purpose",
    goal_length=(10, 500),
    weight_sums=(Decimal(90), Decimal(100)),
    waivable=frozenset(),
    basic_terms=("venue.granted_sum",),
    project_terms=(),
    balances=(BALANCE,),
    headcount="venue.wardens",
    sub_unit_count="venue.branches",
    words=WORDS,
)
