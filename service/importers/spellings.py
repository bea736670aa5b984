"""What other printed forms call the same thing, by the field it becomes. Facts from published forms of several cities."""

from collections.abc import Mapping

# Heads of columns, without gaps and without what stands in brackets; these hold in every layout.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("任务名称", "测算项目"),
    "content": ("主要内容",),
    "planned_amount": ("预算金额",),
    "comparator": ("计算符号", "指标性质", "符号"),
    "unit": ("度量单位", "单位"),
    "interpretation": ("指标解释",),
    "level3": ("指标名称", "三级指标名称", "绩效指标", "绩效指标名称"),
    "target_value": ("指标值", "年度指标值", "年初指标值", "目标值", "年度目标值"),
    "adjusted_value": ("调整指标值",),
    "actual_value": ("实际完成值", "完成值", "全年完成值", "年度完成值", "半年度执行情况"),
    "weight": ("权重", "分值"),
    "entered_score": ("得分", "自评得分"),
    "deviation_analysis": ("偏差原因", "偏差原因分析及改进措施"),
}

# Labels of a cell whose value stands beside it; only for layouts that are not our own print.
PAIRS: Mapping[str, tuple[str, ...]] = {
    "fiscal_year": ("年度", "预算年度", "项目年度"),
    "department": ("实施单位", "项目实施单位", "项目执行单位", "项目单位", "预算单位", "单位名称", "部门名称", "单位"),
    "supervising_department": ("主管部门", "主管部门及编码", "主管部门及代码", "资金主管部门", "部门"),
    "project_name": ("项目名称",),
    "project_code": ("项目编码", "项目代码"),
    "project_category": ("项目属性", "项目类别"),
    "person_in_charge": ("项目负责人",),
    "contact_phone": ("联系电话",),
    "establishment_basis": ("立项依据", "项目立项依据", "实施内容", "项目概况"),
    "execution.deviation_analysis": ("偏差原因",),
    "annual_goal": ("预期目标", "年度目标", "年度总体目标", "年度绩效目标", "总体目标"),
    "overall_goal": ("预期目标", "年度总体目标", "总体绩效目标", "总体目标"),
    "long_term_goal": ("中长期目标", "长期目标", "中期目标"),
}
# Labels of cells that our form has no place for; what stands beside them is reported. The first two tell what was done.
UNPLACED = (
    "实际完成情况", "年度目标完成情况", "存在问题", "改进措施", "相关建议", "项目类型", "自评总分", "自评结论", "评价结论",
)  # fmt: skip
PERIOD = ("项目起止时间", "起止时间", "项目期限", "实施期限")

# Rows and columns of the table of funds of a self-evaluation, and where a figure goes.
FUND_ROWS: Mapping[str, tuple[str, ...]] = {
    "total": ("年度资金总额", "资金总额", "总额", "部门预算", "预算合计"),
    "fiscal_appropriation": ("财政拨款", "本年财政拨款", "当年财政拨款", "财政资金", "当年一般公共预算拨款"),
    "carryover_funds": ("上年结转资金",),
    "unit_funds": ("单位资金",),
    "other_funds": ("其他资金", "财政专户管理资金"),
}
FUND_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "opening": ("年初预算数", "年初预算"),
    "adjusted": ("全年预算数", "调整后预算数", "全年(调整)预算数", "全年调整预算数"),
    "executed": ("全年执行数", "预算执行数", "1-6月执行数", "1-7月执行数"),
    "forecast": ("全年预计执行数",),
    "rate": ("执行率", "预算执行率", "执行率(%)"),
    "weight": ("分值", "权重", "执行率权重"),
    "score": ("得分", "执行率得分"),
}
