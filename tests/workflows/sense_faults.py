"""Cells that the checks of wording, coherence and plausibility find fault with: rule, case, cells set on the seed, where."""

from typing import Any

from workflows.findings import Severity

WARNING, INFO = Severity.WARNING, Severity.INFO

_WORDS = {"comparator": "qual", "unit": None}


def _row(index: int, **cells: Any) -> dict[str, Any]:  # noqa: ANN401  # any cell
    return {f"indicators[{index}].{name}": value for name, value in cells.items()}


def _weights(output: str, benefit: str, satisfaction: str) -> dict[str, Any]:
    """The same weight for each of the nine, two and one rows of a level."""
    spread = [output] * 9 + [benefit] * 2 + [satisfaction]
    return {f"indicators[{index}].weight": weight for index, weight in enumerate(spread)}


FAULTS: list[tuple[str, str, dict[str, Any], Severity, str]] = [
    ("A8", "few", _row(9, level1="output", level2="quality"), INFO, "indicators"),
    (
        "A18",
        "alike",
        {
            path: value
            for index in range(10)
            for path, value in _row(index, comparator="ge", target_value="95", unit="%").items()
        },
        INFO,
        "indicators",
    ),
    ("A21", "", {"overall_goal": "2021 年圆满完成维稳安保任务。"}, WARNING, "overall_goal"),
    ("A21", "", {"key_tasks[0].content": "2021年6月底前完成验收。"}, WARNING, "key_tasks[0].content"),
    ("A24", "", {"other_tasks[1].planned_amount": "2000"}, INFO, "key_tasks"),
    ("A25", "", {}, INFO, "overall_goal"),
    ("A26", "degree", _row(4, target_value="较好", **_WORDS), WARNING, "indicators[4].target_value"),
    ("A26", "rule_following", _row(4, target_value="按规定", **_WORDS), WARNING, "indicators[4].target_value"),
    ("A26", "name", _row(4, level3="其 他"), INFO, "indicators[4].level3"),
    ("A27", "fraction", _row(10, target_value="0.95"), WARNING, "indicators[10].target_value"),
    ("A27", "not_a_rate", _row(10, level3="维护社会稳定", interpretation=None), WARNING, "indicators[10].unit"),
    ("A27", "people", _row(0, level3="村组干部", unit="个"), INFO, "indicators[0].unit"),
    ("A27", "cost_in_words", _row(8, target_value="参照采购目录", **_WORDS), WARNING, "indicators[8].target_value"),
    ("A27", "cost_unit", _row(8, unit="台"), WARNING, "indicators[8].unit"),
    ("A27", "unknown", _row(0, unit="麻袋"), INFO, "indicators[0].unit"),
    ("A27", "slash", {}, INFO, "indicators[0].unit"),
    ("A27", "spelled", _row(10, unit="百分比"), INFO, "indicators[10].unit"),
    ("A27", "punctual", _row(4, level3="按时发放", unit="人/年"), WARNING, "indicators[4].unit"),
    ("A28", "", {}, WARNING, "indicators[7].unit"),
    ("A29", "delivery", {}, INFO, "indicators[9].level1"),
    ("A29", "satisfaction", _row(9, level3="群众满意率"), INFO, "indicators[9].level1"),
    ("A29", "no_opinion", _row(11, level3="项目合规率"), INFO, "indicators[11].level1"),
    ("A30", "name", _row(0, level3="印制宣传资料5万份"), INFO, "indicators[0].level3"),
    ("A30", "interpretation", {}, INFO, "indicators[10].interpretation"),
    ("A31", "", {}, INFO, "indicators[9].interpretation"),
    ("A32", "phone", {"overall_goal": "请致电 13800138000。"}, WARNING, "overall_goal"),
    ("A32", "identity", {"key_tasks[0].content": "11010519491231002X"}, WARNING, "key_tasks[0].content"),
    ("A32", "mail", _row(0, interpretation="报送 a.b@example.cn"), WARNING, "indicators[0].interpretation"),
    ("A32", "name", _row(0, interpretation="联系人：王小明"), WARNING, "indicators[0].interpretation"),
    ("A33", "", _row(0, interpretation="请填写指标解释"), WARNING, "indicators[0].interpretation"),
    ("A33", "", {"other_tasks[2].content": "……"}, WARNING, "other_tasks[2].content"),
    ("A34", "alone", {"indicators[8].weight": "50"}, WARNING, "indicators[8].weight"),
    ("A34", "shares", _weights("5", "17.5", "10"), INFO, "indicators"),
]
# Those that need last year's form or other units' targets have tests of their own.
ELSEWHERE = {("A20", "text"), ("A20", "rows"), ("A22", "target"), ("A22", "money"), ("A23", ""), ("A35", "")}
