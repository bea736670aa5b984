"""Plausible forms: tasks and indicators made of a unit's duties, figures by a seeded generator, sums that foot."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from service.demo.plan import Duty, Unit
from workflows.forms import form_type
from workflows.forms.base import Document
from workflows.quantities import number, plain

FORM = "department_overall@2022"
_CENT = Decimal("0.01")

_CONTENT = (
    "按照年度工作计划开展{duty}，明确责任分工和时间节点，按季度调度进度，年底前完成验收。",
    "组织实施{duty}，规范采购和资金支付程序，加强过程管理和质量检查，确保按期完成。",
    "推进{duty}，完善工作机制，做好宣传发动和人员培训，定期通报进展情况。",
)
_FURTHER = (
    ("业务培训", "组织本系统业务骨干参加业务培训。"),
    ("办公设备更新", "按资产配置标准更新办公设备。"),
    ("网络与信息系统维护", "保障办公网络和信息系统正常运行。"),
    ("普法宣传", "开展本领域法律法规宣传。"),
    ("政策调研", "围绕年度重点工作开展政策调研。"),
)
_GOAL = (
    "围绕市委、市政府中心工作，认真履行{short}职责，重点做好{duties}等工作；规范预算编制和执行，落实全过程预算绩效管理"
    "要求，加强支出进度和绩效目标双监控；按期完成年度各项任务，不断提高公共服务水平和财政资金使用效益，增强人民群众的"
    "获得感、幸福感、安全感。"
)
_BENEFITS = (
    ("social_benefit", "{duty}社会知晓率", "抽样调查中知晓该项工作的人数比例", 80, 92),
    ("social_benefit", "{duty}覆盖率", "已覆盖的对象占应覆盖对象的比例", 85, 98),
    ("social_benefit", "{duty}问题整改率", "已整改问题占发现问题的比例", 90, 98),
    ("economic_benefit", "{duty}资金节约率", "节约资金占计划投入的比例", 1, 5),
)
# Of the seed a year ago: the weights of the worked example (domain guide, 5.6), and what was reached of lower targets.
SEED_WEIGHTS = "6 5 5 6 6 5 5 6 6 15 15 10".split()
SEED_REACHED = "88200 66 96 48 100 3 1 1 20 100 86 84".split()
_STEADY = tuple(map(Decimal, ("1", "1", "1.02", "1.05", "0.94")))
_BEHIND = tuple(map(Decimal, ("1", "0.92", "0.85", "0.78", "0.6")))
_LATE = "受年中计划调整影响，下一年度加强进度管理。"
_Row = dict[str, Any]


def target(unit: Unit, random: Random, *, region: str, fiscal_year: int, sub_units: int) -> Document:
    """The target form of a unit as its filler hands it in. Money in 万元; no error, at most warnings."""
    key, other = _tasks(unit, random)
    project = sum((Decimal(row["planned_amount"]) for row in (*key, *other)), Decimal(0))
    basic = (unit.staff * _between(random, 14, 19)).quantize(_CENT)
    funds = (project * _between(random, 2, 9) / 100).quantize(_CENT) if random.random() < 0.2 else None
    return {
        "form": FORM,
        "region": region,
        "fiscal_year": fiscal_year,
        "department": unit.name,
        "supervising_department": unit.short,
        "basic": {"fiscally_supported_headcount": unit.staff, "second_level_unit_count": sub_units},
        "budget": {
            "basic_expenditure": plain(basic),
            "project_expenditure": plain(project),
            "fiscal_appropriation": plain(basic + project - (funds or 0)),
            "other_funds": None if funds is None else plain(funds),
        },
        "overall_goal": _GOAL.format(short=unit.short, duties="、".join(duty.name for duty in unit.duties)),
        "key_tasks": key,
        "other_tasks": other,
        "indicators": _indicators(unit, random, [Decimal(row["planned_amount"]) for row in key]),
    }


def last_year(document: Document) -> Document:
    """The seed as it may have been a year before: the same tasks, figures a little lower, the appropriation to match."""
    tasks = {name: [_lower_amount(row) for row in document[name]] for name in ("key_tasks", "other_tasks")}
    project = sum((Decimal(row["planned_amount"]) for rows in tasks.values() for row in rows), Decimal(0))
    basic = Decimal("1208.46")
    budget = {
        "basic_expenditure": plain(basic),
        "project_expenditure": plain(project),
        "fiscal_appropriation": plain(basic + project),
        "other_funds": None,
    }
    indicators = [_lower_target(row) for row in document["indicators"]]
    head = {"fiscal_year": document["fiscal_year"] - 1, "overall_goal": _a_year_ago(document["overall_goal"])}
    return document | head | tasks | {"budget": budget, "indicators": indicators}


def actuals(rows: list[_Row], weights: list[str | None], random: Random) -> list[_Row]:
    """What was reached, row by row: most units a little more or less than the target, some clearly less; with the reason."""
    shares = random.choice((_STEADY, _STEADY, _BEHIND))
    return [_actual(row, weight, random.choice(shares)) for row, weight in zip(rows, weights, strict=True)]


def seed_actuals() -> list[_Row]:
    """The same for last year's form of the seed's unit."""
    return [
        _reached(weight, value, reason=_LATE if value == SEED_REACHED[0] else None)
        for weight, value in zip(SEED_WEIGHTS, SEED_REACHED, strict=True)
    ]


def execution(budget: _Row, random: Random) -> _Row:
    """The adjusted budget and what was spent of it: 88 to 99 percent, with a reason below 90."""
    total = Decimal(budget["basic_expenditure"]) + Decimal(budget["project_expenditure"])
    share = _between(random, 88, 99)
    reason = "部分项目按合同约定跨年支付尾款。" if share < 90 else None
    spent = plain((total * share / 100).quantize(_CENT))
    return {"adjusted_budget": plain(total), "executed_amount": spent, "deviation_analysis": reason}


def _tasks(unit: Unit, random: Random) -> tuple[list[_Row], list[_Row]]:
    scale = unit.staff * _between(random, 2, 6)
    keys = [_task(duty.name, random.choice(_CONTENT).format(duty=duty.name), scale * _between(random, 20, 45) / 100)
            for duty in unit.duties]  # fmt: skip
    chosen = random.sample(_FURTHER, k=random.randint(1, 3))
    # Below the amount from which a task has to have an indicator, but for one in four.
    amounts = [_between(random, 3, 9) if random.random() < 0.75 else _between(random, 12, 30) for _ in chosen]
    return keys, [_task(name, content, amount) for (name, content), amount in zip(chosen, amounts, strict=True)]


def _task(name: str, content: str, amount: Decimal) -> _Row:
    return {"name": name, "content": content, "planned_amount": plain(amount.quantize(_CENT))}


def _indicators(unit: Unit, random: Random, amounts: list[Decimal]) -> list[_Row]:
    first, last = unit.duties[0], unit.duties[-1]
    rows = [row for duty in unit.duties for row in _delivered(duty, random)]
    on_time = {"explained": "按计划时间完成的数量占比", "sign": "eq", "value": "100", "unit": "%"}
    rows.append(_row("timeliness", f"{first.name}按期完成率", **on_time))
    within = {"explained": "该项任务支出不超过预算安排", "sign": "le", "value": plain(amounts[0]), "unit": "万元"}
    rows.append(_row("cost", f"{first.name}成本控制数", **within))
    for level2, name, explained, low, high in random.sample(_BENEFITS, k=random.randint(1, 2)):
        share = str(random.randint(low, high))
        rows.append(_row(level2, name.format(duty=first.name), explained=explained, sign="ge", value=share, unit="%"))
    lasting = {"explained": "制度建设和落实情况", "sign": "qual", "value": "健全"}
    rows.append(_row("sustainable_impact", f"{last.name}长效机制", unit=None, **lasting))
    liked = {"explained": "问卷调查结果", "sign": "ge", "value": str(random.randint(85, 95)), "unit": "%"}
    return [*rows, _row("service_recipients", "服务对象满意度", **liked)]


def _delivered(duty: Duty, random: Random) -> tuple[_Row, _Row]:
    how_many = {"explained": f"反映全年{duty.name}的工作量", "sign": "ge", "value": str(duty.count), "unit": duty.unit}
    good = {
        "explained": "质量检查达标数占检查总数的比例",
        "sign": "ge",
        "value": str(random.randint(90, 98)),
        "unit": "%",
    }
    return _row("quantity", f"{duty.name}数量", **how_many), _row("quality", f"{duty.name}质量达标率", **good)


def _row(level2: str, level3: str, *, explained: str, sign: str, value: str, unit: str | None) -> _Row:
    level1 = next(one for one, below in form_type(FORM).tree.branches.items() if level2 in below)
    return {
        "level1": level1,
        "level2": level2,
        "level3": level3,
        "interpretation": explained,
        "comparator": sign,
        "target_value": value,
        "unit": unit,
    }


def _actual(row: _Row, weight: str | None, share: Decimal) -> _Row:
    wanted = number(row["target_value"])
    if wanted is None:
        points = plain((Decimal(weight or 0) * Decimal("0.9")).quantize(_CENT))
        return _reached(weight, row["target_value"], points=points, reason="制度已建立，个别环节仍在完善。")
    at_most = row["comparator"] in ("le", "lt")
    reached = wanted * (2 - share if at_most else share)
    reached = min(reached, Decimal(100)) if row["unit"] == "%" else reached
    reached = reached.quantize(_CENT if row["unit"] in ("%", "万元") else Decimal(1))
    met = reached <= wanted if at_most else reached >= wanted
    return _reached(weight, plain(reached), reason=None if met else _LATE)


def _reached(weight: str | None, value: str, *, points: str | None = None, reason: str | None = None) -> _Row:
    return {"weight": weight, "actual_value": value, "entered_score": points, "deviation_analysis": reason}


def _lower_amount(row: _Row) -> _Row:
    amount = plain((Decimal(row["planned_amount"]) * Decimal("0.96")).quantize(_CENT))
    return row | {"content": _a_year_ago(row["content"]), "planned_amount": amount}


def _a_year_ago(text: str) -> str:
    return text.replace("二十大", "建党百年")


def _lower_target(row: _Row) -> _Row:
    wanted = number(row["target_value"])
    if wanted is None or row["comparator"] != "ge":
        return dict(row)
    return row | {"target_value": plain((wanted * Decimal("0.9")).quantize(Decimal(1)))}


def _between(random: Random, low: int, high: int) -> Decimal:
    """A figure with two places. Whole numbers are drawn, so that every platform draws the same."""
    return Decimal(random.randint(low * 100, high * 100)) / 100
