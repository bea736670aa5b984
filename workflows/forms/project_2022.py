"""项目支出绩效目标表, layout of 2022.

Source: 项目支出绩效目标申报表 as several cities publish it (fields and their order), 财预〔2015〕88号 for what a target says,
财预〔2020〕10号 for the indicator tree v1 and the weights. No print of one region is followed to the letter.
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
from workflows.rules import project

ROW_KEYS = (
    Field("id", Kind.ID, 40, stage=Stage.OPTIONAL),
    Field("secrecy_tag", Kind.TAG, 40, stage=Stage.OPTIONAL),
)

SECTIONS = (
    Section(
        "project",
        Shape.FIELDS,
        (
            Field("project_name", Kind.TEXT, 200, required=True),
            Field("project_code", Kind.TEXT, 60),
            Field("project_category", Kind.TEXT, 100),
            Field("supervising_department_code", Kind.TEXT, 40),
            Field("person_in_charge", Kind.TEXT, 60),
            Field("contact_phone", Kind.TEXT, 40),
            Field("starts_on", Kind.TEXT, 20, required=True),
            Field("ends_on", Kind.TEXT, 20, required=True),
        ),
    ),
    Section(
        "funds",
        Shape.FIELDS,
        (
            Field("total_funds", Kind.MONEY, 40, required=True, unit="万元"),
            Field("long_term_funds", Kind.MONEY, 40, unit="万元"),
            Field("fiscal_appropriation", Kind.MONEY, 40, required=True, unit="万元"),
            Field("carryover_funds", Kind.MONEY, 40, unit="万元"),
            Field("unit_funds", Kind.MONEY, 40, unit="万元"),
            Field("other_funds", Kind.MONEY, 40, unit="万元"),
        ),
    ),
    Section(
        "basis",
        Shape.FIELDS,
        (
            Field("establishment_basis", Kind.LONG_TEXT, 2000, required=True),
            Field("feasibility", Kind.LONG_TEXT, 2000),
            Field("necessity", Kind.LONG_TEXT, 2000),
        ),
    ),
    Section(
        "schedule",
        Shape.ROWS,
        (
            *ROW_KEYS,
            Field("content", Kind.LONG_TEXT, 1000, required=True),
            Field("starts_on", Kind.TEXT, 20),
            Field("ends_on", Kind.TEXT, 20),
        ),
        max_rows=100,
        name_field="content",
    ),
    Section(
        "calculation",
        Shape.ROWS,
        (
            *ROW_KEYS,
            Field("name", Kind.TEXT, 200, required=True),
            Field("unit_price", Kind.NUMBER, 40, unit="万元"),
            Field("quantity", Kind.NUMBER, 40),
            Field("planned_amount", Kind.MONEY, 40, required=True, unit="万元"),
            Field("calculation_basis", Kind.LONG_TEXT, 1000),
        ),
        max_rows=200,
        content_field="calculation_basis",
        total_field="planned_amount",
    ),
    Section("long_term_goal", Shape.TEXT, (Field("long_term_goal", Kind.LONG_TEXT, 5000),)),
    Section("annual_goal", Shape.TEXT, (Field("annual_goal", Kind.LONG_TEXT, 5000, required=True),)),
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
            Field("long_term_value", Kind.TARGET, 100),
            Field("target_value", Kind.TARGET, 100, required=True),
            Field("unit", Kind.UNIT, 30, required=True),
            *YEAR_END_FIELDS,
        ),
        min_rows=1,
        max_rows=300,
        name_field="level3",
        content_field="interpretation",
    ),
    Section("safeguards", Shape.TEXT, (Field("safeguards", Kind.LONG_TEXT, 5000),)),
    EXECUTION,
)


CHECKS = (*CHECKS_OF_EVERY_FORM, project.p1, project.p2, project.p3, project.p4, project.p5, project.p6)

LAYOUT = Layout(
    title="{region}市级{fiscal_year}年项目支出绩效目标表",
    unit="万元",
    parts=(
        Names((("项目名称", "project.project_name"), ("项目编码", "project.project_code"))),
        Names((("实施单位", "department"), ("主管部门", "supervising_department"))),
        Pairs(
            "基本信息",
            "project",
            (
                ("项目类别", "project_category"),
                ("主管部门代码", "supervising_department_code"),
                ("项目负责人", "person_in_charge"),
                ("联系电话", "contact_phone"),
                ("开始时间", "starts_on"),
                ("结束时间", "ends_on"),
            ),
        ),
        Ledger(
            "资金情况",
            "funds",
            left=("资金", (("年度资金总额", "total_funds"),)),
            right=(
                "资金来源",
                (
                    ("财政拨款", "fiscal_appropriation"),
                    ("上年结转资金", "carryover_funds"),
                    ("单位资金", "unit_funds"),
                    ("其他资金", "other_funds"),
                ),
            ),
            amount_head="金额(万元)",
            balance="funds",
        ),
        Pairs("项目周期", "funds", (("项目资金总额(万元)", "long_term_funds"),)),
        Prose("立项依据", "basis.establishment_basis"),
        Prose("可行性", "basis.feasibility"),
        Prose("必要性", "basis.necessity"),
        Matrix(
            "实施进度计划",
            "schedule",
            (
                Column("序号", None, 7),
                Column("实施内容", "content", 57),
                Column("开始时间", "starts_on", 18),
                Column("结束时间", "ends_on", 18),
            ),
        ),
        Matrix(
            "预算测算明细",
            "calculation",
            (
                Column("序号", None, 7),
                Column("测算项目", "name", 25),
                Column("单价(万元)", "unit_price", 12),
                Column("数量", "quantity", 10),
                Column("金额(万元)", "planned_amount", 14),
                Column("测算依据", "calculation_basis", 32),
            ),
        ),
        Prose("中长期目标", "long_term_goal"),
        Prose("年度目标", "annual_goal"),
        Matrix(
            "绩效指标",
            "indicators",
            (
                Column("一级指标", "level1", 11),
                Column("二级指标", "level2", 14),
                Column("三级指标", "level3", 19),
                Column("三级指标解释", "interpretation", 20),
                Column("对比符号", "comparator", 7),
                Column("中长期指标值", "long_term_value", 10),
                Column("年度指标值", "target_value", 10),
                Column("计量单位", "unit", 9),
            ),
        ),
        Prose("保障措施", "safeguards"),
    ),
)

BALANCES = (
    Balance(
        "funds",
        Sum("total_funds", ("funds.total_funds",)),
        Sum(
            "fund_sources",
            ("funds.fiscal_appropriation", "funds.carryover_funds", "funds.unit_funds", "funds.other_funds"),
        ),
        place="funds.total_funds",
        source="project_form",
    ),
    Balance(
        "calculation",
        Sum("calculation", ("calculation.planned_amount",)),
        Sum("total_funds", ("funds.total_funds",)),
        place="funds.total_funds",
        source="project_form",
    ),
)

WORDS = in_both_languages(
    {
        "label.form.project": ("项目支出绩效目标表", "Performance targets of a project"),
        "label.form_title.project": ("项目支出绩效目标表", "performance targets of a project"),
        "label.form_short.project": ("项目支出绩效目标", "Project targets"),
        "label.evaluation.project": ("项目支出绩效自评表", "evaluation of a project"),
        "label.section.project": ("项目基本信息", "About the project"),
        "label.section.funds": ("资金情况", "Funds"),
        "label.section.basis": ("立项依据与论证", "Basis and reasons"),
        "label.section.schedule": ("实施进度计划", "Schedule"),
        "label.section.calculation": ("预算测算明细", "How the budget was reckoned"),
        "label.section.long_term_goal": ("中长期目标", "Long-term goal"),
        "label.section.annual_goal": ("年度目标", "Goal of the year"),
        "label.section.safeguards": ("保障措施", "Safeguards"),
        "label.field.project_name": ("项目名称", "Name of the project"),
        "label.field.project_code": ("项目编码", "Project code"),
        "label.field.project_category": ("项目类别", "Kind of project"),
        "label.field.supervising_department_code": ("主管部门代码", "Code of the supervising department"),
        "label.field.person_in_charge": ("项目负责人", "In charge (post)"),
        "label.field.contact_phone": ("联系电话", "Telephone"),
        "label.field.starts_on": ("开始时间", "Start"),
        "label.field.ends_on": ("结束时间", "End"),
        "label.field.total_funds": ("年度资金总额", "Funds of the year"),
        "label.field.long_term_funds": ("项目资金总额", "Funds of the whole project"),
        "label.field.carryover_funds": ("上年结转资金", "Carried over from last year"),
        "label.field.unit_funds": ("单位资金", "The unit's own funds"),
        "label.field.establishment_basis": ("立项依据", "Basis of the project"),
        "label.field.feasibility": ("可行性", "Feasibility"),
        "label.field.necessity": ("必要性", "Necessity"),
        "label.field.unit_price": ("单价", "Unit price"),
        "label.field.quantity": ("数量", "Quantity"),
        "label.field.calculation_basis": ("测算依据", "Basis of the line"),
        "label.field.long_term_goal": ("中长期目标", "Long-term goal"),
        "label.field.annual_goal": ("年度目标", "Goal of the year"),
        "label.field.long_term_value": ("中长期指标值", "Long-term target"),
        "label.field.safeguards": ("保障措施", "Safeguards"),
        "label.side.funds_left": ("资金总额", "Total"),
        "label.side.funds_right": ("资金来源", "Sources"),
        "label.sum.total_funds": ("资金总额", "Funds of the year"),
        "label.sum.fund_sources": ("资金来源合计", "Total of the sources"),
        "label.sum.calculation": ("测算合计", "Total reckoned"),
    }
)

FORM = FormType(
    code="project",
    version=2022,
    source="项目支出绩效目标申报表；财预〔2015〕88号；财预〔2020〕10号",
    cited={"": "project_form", "indicators": "mof_2015_88"},
    header=HEADER,
    sections=SECTIONS,
    tree=TREE_V1,
    checks=CHECKS,
    year_end_checks=YEAR_END_CHECKS,
    layout=LAYOUT,
    goal="annual_goal",
    goal_length=(30, 1000),
    weight_sums=(Decimal(90), Decimal(100)),
    waivable=frozenset(),
    basic_terms=(),
    project_terms=("funds.total_funds",),
    balances=BALANCES,
    words=WORDS,
)
