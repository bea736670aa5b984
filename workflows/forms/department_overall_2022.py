"""部门整体支出预算绩效目标表, layout of 2022.

Source: 揭阳市市级2022年部门整体支出预算绩效目标表 (the published form of one department) for fields, order and print;
财预〔2020〕10号 for the indicator tree v1 and the weights.
"""

from decimal import Decimal

from workflows.forms.balances import Balance, Sum
from workflows.forms.base import (
    Column,
    Field,
    FormType,
    Kind,
    Layout,
    Ledger,
    Matrix,
    Names,
    Pairs,
    Prose,
    Rows,
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
    in_order,
)
from workflows.rules import amounts, coherence, tasks

TASKS = ("key_tasks", "other_tasks")

TASK_FIELDS = (
    Field("id", Kind.ID, 40, stage=Stage.OPTIONAL),
    Field("name", Kind.TEXT, 200, required=True),
    Field("content", Kind.LONG_TEXT, 2000, required=True),
    Field("planned_amount", Kind.MONEY, 40, required=True, unit="万元"),
    Field("secrecy_tag", Kind.TAG, 40, stage=Stage.OPTIONAL),
)

INDICATOR_FIELDS = (
    Field("id", Kind.ID, 40, stage=Stage.OPTIONAL),
    Field("level1", Kind.LEVEL1, 40, required=True),
    Field("level2", Kind.LEVEL2, 40, required=True),
    Field("level3", Kind.TEXT, 200, required=True),
    Field("interpretation", Kind.LONG_TEXT, 1000),
    Field("comparator", Kind.COMPARATOR, 20, required=True),
    Field("target_value", Kind.TARGET, 100, required=True),
    Field("unit", Kind.UNIT, 30, required=True),
    Field("secrecy_tag", Kind.TAG, 40, stage=Stage.OPTIONAL),
    Field("task", Kind.TASK, 40, stage=Stage.OPTIONAL, rows_of=TASKS),
    *YEAR_END_FIELDS,
)

SECTIONS = (
    Section(
        "basic",
        Shape.FIELDS,
        (
            Field("fiscally_supported_headcount", Kind.COUNT, 20, required=True, unit="人"),
            Field("second_level_unit_count", Kind.COUNT, 20, unit="个"),
        ),
    ),
    Section(
        "budget",
        Shape.FIELDS,
        (
            Field("basic_expenditure", Kind.MONEY, 40, required=True, unit="万元"),
            Field("project_expenditure", Kind.MONEY, 40, required=True, unit="万元"),
            Field("fiscal_appropriation", Kind.MONEY, 40, required=True, unit="万元"),
            Field("other_funds", Kind.MONEY, 40, unit="万元"),
        ),
    ),
    Section("overall_goal", Shape.TEXT, (Field("overall_goal", Kind.LONG_TEXT, 5000, required=True),)),
    Section("key_tasks", Shape.ROWS, TASK_FIELDS, min_rows=1, max_rows=200, total_field="planned_amount"),
    Section("other_tasks", Shape.ROWS, TASK_FIELDS, max_rows=200, total_field="planned_amount"),
    Section(
        "indicators",
        Shape.ROWS,
        INDICATOR_FIELDS,
        min_rows=1,
        max_rows=300,
        name_field="level3",
        content_field="interpretation",
    ),
    EXECUTION,
)


# Findings come in the order of their numbers.
CHECKS = in_order(
    (
        *CHECKS_OF_EVERY_FORM,
        amounts.a1,
        amounts.a2,
        amounts.a4,
        amounts.a5,
        tasks.a13,
        tasks.a14,
        coherence.a24,
    )
)

_TASK_COLUMNS = (
    Column("序号", None, 6),
    Column("名称", "name", 19),
    Column("主要实施内容", "content", 48),
    Column("拟投入金额(万元)", "planned_amount", 16),
)

LAYOUT = Layout(
    title="{region}市级{fiscal_year}年部门整体支出预算绩效目标表",
    unit="万元",
    parts=(
        Names((("部门名称", "department"), ("资金主管部门", "supervising_department"))),
        Pairs(
            "基本信息",
            "basic",
            (("财政供养人员数", "fiscally_supported_headcount"), ("二级预算单位数", "second_level_unit_count")),
        ),
        Ledger(
            "预算整体情况",
            "budget",
            left=("部门预算支出", (("基本支出", "basic_expenditure"), ("项目支出", "project_expenditure"))),
            right=("收入来源", (("财政拨款", "fiscal_appropriation"), ("其他资金", "other_funds"))),
            amount_head="预算金额(万元)",
            balance="budget",
        ),
        Prose("总体绩效目标", "overall_goal"),
        Rows("年度重点工作任务", "key_tasks", _TASK_COLUMNS),
        Rows("其他需完成任务", "other_tasks", _TASK_COLUMNS),
        Matrix(
            "部门履职的整体绩效指标",
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

BALANCES = (
    Balance(
        "budget",
        Sum("spending", ("budget.basic_expenditure", "budget.project_expenditure")),
        Sum("income", ("budget.fiscal_appropriation", "budget.other_funds")),
        place="budget.basic_expenditure",
        source="seed_budget",
    ),
    Balance(
        "tasks",
        Sum("tasks", tuple(f"{name}.planned_amount" for name in TASKS)),
        Sum("project_expenditure", ("budget.project_expenditure",)),
        place="budget.project_expenditure",
        source="seed_tasks",
    ),
)

WORDS = {
    "zh": {
        "label.form.department_overall": "部门整体支出绩效目标表",
        "label.form_short.department_overall": "部门整体支出绩效目标",
        "label.form_title.department_overall": "部门整体支出预算绩效目标表",
        "label.evaluation.department_overall": "部门整体支出绩效自评表",
        "label.step.key_tasks": "重点工作任务",
        "label.step.other_tasks": "其他任务",
        "label.side.budget_left": "部门预算支出",
        "label.side.budget_right": "收入来源",
        "label.sum.spending": "支出合计",
        "label.sum.income": "收入合计",
        "label.sum.tasks": "任务合计",
        "label.sum.project_expenditure": "项目支出",
    },
    "en": {
        "label.form.department_overall": "Performance targets of a department",
        "label.form_short.department_overall": "Department overall targets",
        "label.form_title.department_overall": "performance targets of overall department expenditure",
        "label.evaluation.department_overall": "evaluation of overall department expenditure",
        "label.step.key_tasks": "Key tasks",
        "label.step.other_tasks": "Other tasks",
        "label.side.budget_left": "Department spending",
        "label.side.budget_right": "Income",
        "label.sum.spending": "Total spending",
        "label.sum.income": "Total income",
        "label.sum.tasks": "Tasks",
        "label.sum.project_expenditure": "Project expenditure",
    },
}

FORM = FormType(
    code="department_overall",
    version=2022,
    source="揭阳市市级2022年部门整体支出预算绩效目标表",
    cited={
        "": "seed_form",
        "basic": "seed_basic",
        "budget": "seed_budget",
        "overall_goal": "seed_goal",
        "key_tasks": "seed_tasks",
        "other_tasks": "seed_tasks",
        "indicators": "seed_indicators",
    },
    header=HEADER,
    sections=SECTIONS,
    tree=TREE_V1,
    checks=CHECKS,
    year_end_checks=YEAR_END_CHECKS,
    layout=LAYOUT,
    goal="overall_goal",
    goal_length=(50, 1000),
    weight_sums=(Decimal(90), Decimal(100)),
    waivable=frozenset({"A2"}),
    basic_terms=("budget.basic_expenditure",),
    project_terms=("budget.project_expenditure",),
    balances=BALANCES,
    headcount="basic.fiscally_supported_headcount",
    sub_unit_count="basic.second_level_unit_count",
    tasks=TASKS,
    key_tasks=frozenset({"key_tasks"}),
    link_threshold=Decimal(10),
    words=WORDS,
)
