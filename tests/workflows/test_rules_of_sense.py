"""Wording, coherence and plausibility: where each rule finds fault, and where it must keep silent."""

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.documents import CONTEXT, FORM, changed, evaluated, found, seed
from tests.workflows.sense_faults import FAULTS, INFO, WARNING
from workflows.catalogue import languages
from workflows.check import check
from workflows.findings import Severity, rendered
from workflows.forms.base import CheckContext, Document
from workflows.plausibility import Known, peers
from workflows.rules.coherence import coverage


def _with(cells: dict[str, Any], document: Document | None = None) -> Document:
    result = seed() if document is None else document
    for path, value in cells.items():
        result = changed(result, path, value)
    return result


@pytest.mark.parametrize(("rule", "case", "cells", "severity", "path"), FAULTS)
def test_fault_is_found_where_it_is(rule: str, case: str, cells: dict[str, Any], severity: Severity, path: str) -> None:
    assert (severity, path) in [(one.severity, one.path) for one in found(_with(cells), rule) if one.case == case]


@pytest.mark.parametrize(
    ("rule", "cells"),
    [
        ("A21", {"overall_goal": "2022 年刑事案件较2021年下降 3%，完成2021年以来的项目。"}),
        ("A21", {"key_tasks[0].content": "落实《2021年平安建设要点》，执行粤府〔2021〕3号文。"}),
        ("A21", {"key_tasks[0].content": "2021年3月签订的合同进入验收，2015年建成的平台改造。"}),
        ("A24", {}),
        ("A24", {"key_tasks[0].planned_amount": "约100"}),
        ("A25", {"overall_goal": "推动扫黑除恶斗争常态化、机制化；做好政法网巡检维护。"}),
        ("A25", {"overall_goal": None}),
        ("A25", {"indicators": []}),
        (
            "A26",
            {"indicators[4].comparator": "qual", "indicators[4].target_value": "持续改善", "indicators[4].unit": None},
        ),
        ("A27", {"indicators[0].unit": "份"}),
        ("A27", {"indicators[0].unit": "份", "indicators[5].unit": "个月"}),
        ("A28", {"indicators[7].unit": "%", "indicators[7].target_value": "100"}),
        ("A28", {"indicators[7].unit": "小时"}),
        ("A29", {"indicators[9].level3": "命案破案率", "indicators[10].level3": "刑事案件下降率"}),
        ("A30", {"indicators[10].interpretation": "全市 95 名管理人员的合格率"}),
        ("A30", {"indicators[10].interpretation": "见第 15 号合同"}),
        ("A31", {"indicators[9].interpretation": "揭市政法委〔2012〕10号文"}),
        ("A32", {"overall_goal": "设备编号 110105194912310021，责任人：综治科，编号 138001380001234。"}),
        ("A33", {"other_tasks[2].content": "采购、安装/调试。"}),
    ],
)
def test_no_fault_is_found(rule: str, cells: dict[str, Any]) -> None:
    assert found(_with(cells), rule) == []


def test_what_a_rule_finds_about_people_is_never_repeated() -> None:
    cells = {"overall_goal": "联系人：王小明，13800138000，wang@example.cn，11010519491231002X。"}
    words = "".join("".join(rendered(one, lang).values()) for one in found(_with(cells), "A32") for lang in languages)
    assert words
    assert not any(part in words for part in ("王小明", "13800138000", "wang@", "110105"))


def test_money_that_indicators_measure() -> None:
    of_seed = coverage(seed())
    assert (of_seed.measured, of_seed.total) == (Decimal("517.25"), Decimal("560.25"))
    assert of_seed.without == ("other_tasks[1]",)
    assert round(of_seed.share, 4) == Decimal("0.9232")
    assert coverage(_with({"key_tasks": [], "other_tasks": []})).share == 1


def test_a24_says_how_much() -> None:
    (one,) = found(_with({"other_tasks[1].planned_amount": "2000"}), "A24")
    assert (one.params["measured"], one.params["total"], one.params["count"]) == ("517.25", "2517.25", "1")
    assert one.params["percent"] == "20.55"


def _last(**cells: Any) -> CheckContext:  # noqa: ANN401  # any cell
    before = _with(
        {"fiscal_year": 2021, **{path.replace("__", "."): value for path, value in cells.items()}}, evaluated()
    )
    return CheckContext(FORM, last_year=before)


def test_a20_text_that_nobody_touched() -> None:
    findings = found(seed(), "A20", _last())
    assert [(one.case, one.severity, one.path) for one in findings] == [
        ("text", WARNING, "overall_goal"),
        ("rows", INFO, "key_tasks"),
        ("rows", INFO, "other_tasks"),
    ]
    touched = _with({"overall_goal": seed()["overall_goal"] + "新增一条。"})
    assert "text" not in {one.case for one in found(touched, "A20", _last())}
    assert found(seed(), "A20") == []
    moved = _with({"key_tasks": [seed()["key_tasks"][1]]})
    assert [one.path for one in found(moved, "A20", _last()) if one.path.startswith("key_tasks")] == [
        "key_tasks[0].content"
    ]


@pytest.mark.parametrize(
    ("cells", "last", "path"),
    [
        ({"indicators[0].target_value": "1000000"}, {}, "indicators[0].target_value"),
        ({"indicators[0].target_value": "1000"}, {}, "indicators[0].target_value"),
        ({"indicators[11].target_value": "60"}, {}, "indicators[11].target_value"),
        ({"indicators[11].target_value": "70"}, {}, None),
        ({"indicators[0].target_value": "250000"}, {}, None),
        ({"indicators[0].target_value": "400000"}, {"indicators[0].actual_value": "390000"}, None),
        ({"indicators[0].target_value": "1000000", "indicators[0].unit": "份"}, {}, None),
        ({"indicators[0].target_value": "许多"}, {}, None),
        ({"other_tasks[3].planned_amount": "1372.2"}, {}, "other_tasks[3].planned_amount"),
        ({"other_tasks[4].planned_amount": "19"}, {}, None),
    ],
)
def test_a22_jumps(cells: dict[str, Any], last: dict[str, Any], path: str | None) -> None:
    findings = found(_with(cells), "A22", CheckContext(FORM, last_year=_with(last, evaluated())))
    assert [one.path for one in findings] == ([path] if path else [])


def test_last_year_s_row_is_found_under_another_spelling_and_only_once() -> None:
    renamed = _with({"indicators[10].level3": "管理人员的培训合格率", "indicators[10].target_value": "50"})
    assert [one.path for one in found(renamed, "A22", _last())] == ["indicators[10].target_value"]
    levels = _with(
        {"indicators[2].level3": "心理健康社会工作职业技能培训时长（高级）", "indicators[2].target_value": "900"}
    )
    assert found(levels, "A22", _last()) == []


def _peers(*values: str, name: str = "政法工作满意度", unit: str = "%") -> CheckContext:
    known = [Known(owner, name, unit, Decimal(value)) for owner, value in enumerate(values, start=1)]
    return CheckContext(FORM, peers=peers(known, own=0))


def test_a23_far_from_all_others() -> None:
    context = _peers("90", "85", "92", "95", "80", "91")
    assert found(seed(), "A23", context) == []
    (one,) = found(_with({"indicators[11].target_value": "8.8"}), "A23", context)
    assert (one.severity, one.path) == (INFO, "indicators[11].target_value")
    assert (one.params["count"], one.params["middle"]) == ("6", "90.5")
    assert found(_with({"indicators[11].target_value": "8.8"}), "A23", _peers("90", "85", "92", "95")) == []


def test_without_last_year_and_peers_the_document_alone_decides() -> None:
    alone = check(seed(), CONTEXT)
    assert {"A19", "A20", "A22", "A23"} & {one.rule for one in alone} == set()
    assert check(seed(), CheckContext(FORM, peers=peers([], own=0))) == alone


@pytest.mark.parametrize("lang", languages)
def test_every_finding_is_rendered_without_an_open_place(lang: str) -> None:
    around = CheckContext(FORM, last_year=_last().last_year, peers=_peers("1", "1", "1", "1", "1").peers)
    for _, _, cells, _, _ in [*FAULTS, ("", "", {"other_tasks[3].planned_amount": "1372.2"}, INFO, "")]:
        for finding in check(_with(cells), around):
            words = rendered(finding, lang)
            assert all(words[part] and "{" not in words[part] for part in ("message", "why", "fix", "source"))


@pytest.mark.parametrize(("ceiling", "over"), [("1823.37", None), ("1823.36", "0.01"), (None, None)])
def test_a35_spending_stays_within_the_control_figure(ceiling: str | None, over: str | None) -> None:
    context = CheckContext(FORM, control_figure=Decimal(ceiling) if ceiling else None)
    findings = found(seed(), "A35", context)
    assert [one.params["over"] for one in findings] == ([over] if over else [])
    assert found(_with({"budget.project_expenditure": None}), "A35", context) == [], "what is blank is said by A3"
