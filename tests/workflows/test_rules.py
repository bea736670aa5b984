"""Every rule and every case of it: one document that it finds fault with, and where."""

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.workflows import sense_faults
from tests.workflows.documents import CONTEXT, FORM, changed, evaluated, found, seed
from workflows.catalogue import languages, texts
from workflows.check import RULES_VERSION, check, check_year_end
from workflows.findings import Finding, Severity, blocking, place, rendered, restored
from workflows.forms.base import CheckContext, Document

ERROR, WARNING, INFO, BLOCK = Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.BLOCK
_EMPTY_TASK = {"name": None, "content": " ", "planned_amount": None, "secrecy_tag": None}

# rule, case, cells to set on the seed, severity, path
FAULTS: list[tuple[str, str, dict[str, Any], Severity, str]] = [
    ("A0", "shape", {"overall_goal": 1}, ERROR, "overall_goal"),
    ("A0", "required", {"department": "\u3000"}, ERROR, "department"),
    ("A0", "required", {"basic.fiscally_supported_headcount": None}, ERROR, "basic.fiscally_supported_headcount"),
    ("A0", "required", {"indicators[2].level3": None}, ERROR, "indicators[2].level3"),
    ("A0", "required", {"other_tasks[1].content": ""}, ERROR, "other_tasks[1].content"),
    ("A0", "empty_row", {"other_tasks[1]": _EMPTY_TASK}, ERROR, "other_tasks[1]"),
    ("A0", "rows", {"key_tasks": []}, ERROR, "key_tasks"),
    ("A0", "rows", {"indicators": []}, ERROR, "indicators"),
    ("A0", "count", {"basic.second_level_unit_count": "-1"}, ERROR, "basic.second_level_unit_count"),
    ("A0", "count", {"basic.fiscally_supported_headcount": 2**31}, ERROR, "basic.fiscally_supported_headcount"),
    ("A0", "year", {"fiscal_year": 22}, ERROR, "fiscal_year"),
    ("A0", "level", {"indicators[0].level1": "投入指标"}, ERROR, "indicators[0].level1"),
    ("A0", "level", {"indicators[0].level2": "x"}, ERROR, "indicators[0].level2"),
    ("A0", "pair", {"indicators[8].level2": "economic_cost"}, WARNING, "indicators[8].level2"),
    ("A0", "hidden", {"indicators[0].level3": "印制\u200b数量"}, WARNING, "indicators[0].level3"),
    ("A0", "hidden", {"indicators[0].level3": "印制" + "e" + "\u0301" * 100}, WARNING, "indicators[0].level3"),
    ("A1", "", {"budget.basic_expenditure": "1263.13"}, ERROR, "budget.basic_expenditure"),
    ("A1", "", {"budget.other_funds": "0.01"}, ERROR, "budget.basic_expenditure"),
    ("A2", "", {"key_tasks[0].planned_amount": "100.01"}, ERROR, "budget.project_expenditure"),
    ("A3", "missing", {"budget.fiscal_appropriation": None}, ERROR, "budget.fiscal_appropriation"),
    ("A3", "missing", {"key_tasks[0].planned_amount": " "}, ERROR, "key_tasks[0].planned_amount"),
    ("A3", "number", {"budget.other_funds": "1e400"}, ERROR, "budget.other_funds"),
    ("A3", "negative", {"budget.other_funds": "-1"}, ERROR, "budget.other_funds"),
    ("A3", "decimals", {"other_tasks[3].planned_amount": "137.225"}, ERROR, "other_tasks[3].planned_amount"),
    ("A4", "", {"basic.fiscally_supported_headcount": 0}, WARNING, "basic.fiscally_supported_headcount"),
    ("A5", "", {}, INFO, "basic.second_level_unit_count"),
    ("A6", "empty", {"overall_goal": " \n\u3000"}, ERROR, "overall_goal"),
    ("A6", "short", {"overall_goal": "做好工作。"}, WARNING, "overall_goal"),
    ("A6", "long", {"overall_goal": "好" * 1001}, WARNING, "overall_goal"),
    ("A7", "", {"indicators[7].level2": "quality"}, WARNING, "indicators"),
    ("A8", "", {"indicators[11].level1": "benefit"}, WARNING, "indicators"),
    ("A9", "", {"indicators[5].level3": "技术人员 的培训要求"}, ERROR, "indicators[6].level3"),
    ("A9", "", {"indicators[5].level3": "技术人员的培训要求\u200b"}, ERROR, "indicators[6].level3"),
    ("A10", "no_sign", {"indicators[0].comparator": None}, ERROR, "indicators[0].comparator"),
    ("A10", "sign", {"indicators[0].comparator": "≠"}, ERROR, "indicators[0].comparator"),
    ("A10", "no_value", {"indicators[0].target_value": ""}, ERROR, "indicators[0].target_value"),
    ("A10", "number", {"indicators[0].target_value": "十万"}, ERROR, "indicators[0].target_value"),
    ("A10", "fused", {"indicators[0].target_value": "≥ 95"}, ERROR, "indicators[0].target_value"),
    ("A10", "fused", {"indicators[4].target_value": "100%"}, ERROR, "indicators[4].target_value"),
    ("A10", "decimals", {"indicators[0].target_value": "0.1234567"}, ERROR, "indicators[0].target_value"),
    ("A10", "range", {"indicators[0].comparator": "between"}, ERROR, "indicators[0].target_value"),
    ("A10", "no_unit", {"indicators[0].unit": " "}, ERROR, "indicators[0].unit"),
    (
        "A11",
        "no_value",
        {"indicators[0].comparator": "qual", "indicators[0].target_value": None},
        ERROR,
        "indicators[0].target_value",
    ),
    ("A11", "number", {"indicators[0].comparator": "qual"}, ERROR, "indicators[0].target_value"),
    (
        "A11",
        "unit",
        {"indicators[0].comparator": "定性", "indicators[0].target_value": "持续改善"},
        ERROR,
        "indicators[0].unit",
    ),
    ("A12", "small", {"indicators[4].target_value": "5"}, WARNING, "indicators[4]"),
    ("A12", "beyond", {"indicators[4].target_value": "100.1"}, WARNING, "indicators[4]"),
    (
        "A12",
        "beyond",
        {"indicators[4].comparator": "区间", "indicators[4].target_value": "90~120"},
        WARNING,
        "indicators[4]",
    ),
    ("A13", "", {"indicators[8].target_value": "20.01"}, WARNING, "indicators[8].target_value"),
    ("A14", "", {"indicators[7].level3": "其他事项", "indicators[7].interpretation": None}, WARNING, "key_tasks[2]"),
    (
        "A14",
        "no_amount",
        {"indicators[7].level3": "其他事项", "indicators[7].interpretation": None, "key_tasks[2].planned_amount": None},
        WARNING,
        "key_tasks[2]",
    ),
    ("A15", "", {"indicators[0].weight": "90.5"}, ERROR, "indicators[0].weight"),
    ("A16", "", {"department": "某局（密）"}, BLOCK, "department"),
    ("A16", "", {"indicators[0].unit": "【密】"}, BLOCK, "indicators[0].unit"),
    ("A16", "", {"budget.other_funds": "10（密）"}, BLOCK, "budget.other_funds"),
    ("A16", "unresolved", {"indicators[0].secrecy_tag": "sensitive_unresolved"}, BLOCK, "indicators[0]"),
    ("A17", "", {"indicators[0].comparator": "eq"}, INFO, "indicators[0]"),
    ("A17", "", {"indicators[0].comparator": "="}, INFO, "indicators[0]"),
]


def _with(cells: dict[str, Any], document: Document | None = None) -> Document:
    result = seed() if document is None else document
    for path, value in cells.items():
        result = changed(result, path, value)
    return result


@pytest.mark.parametrize(
    ("rule", "case", "cells", "severity", "path"), [fault for fault in FAULTS if fault[0] != "A15"]
)
def test_fault_is_found_where_it_is(rule: str, case: str, cells: dict[str, Any], severity: Severity, path: str) -> None:
    matching = [(one.severity, one.path) for one in found(_with(cells), rule) if one.case == case]
    assert (severity, path) in matching


@pytest.mark.parametrize(
    ("rule", "cells"),
    [
        ("A1", {"budget.other_funds": "abc"}),
        ("A1", {"budget.basic_expenditure": None}),
        ("A1", {"budget.basic_expenditure": "1，263.12"}),
        ("A2", {"key_tasks[0].planned_amount": None}),
        ("A2", {"budget.project_expenditure": None}),
        ("A2", {"key_tasks[0].planned_amount": "１００"}),
        ("A3", {"budget.other_funds": ""}),
        ("A3", {"money_source_unit": "元", "other_tasks[3].planned_amount": "137.220001"}),
        ("A4", {"basic.fiscally_supported_headcount": 0, "budget.basic_expenditure": "0"}),
        ("A5", {"basic.second_level_unit_count": 0}),
        ("A7", {"indicators": []}),
        ("A9", {"indicators[5].level3": None, "indicators[6].level3": None}),
        ("A10", {"indicators[0].comparator": "between", "indicators[0].target_value": "1~2"}),
        ("A10", {"indicators[0].comparator": "＞＝"}),
        ("A10", {"indicators[0].target_value": "-5"}),
        (
            "A11",
            {"indicators[0].comparator": "qual", "indicators[0].target_value": "持续改善", "indicators[0].unit": None},
        ),
        ("A12", {"indicators[6].target_value": "0"}),
        ("A12", {"indicators[6].level3": "收入增长率"}),
        ("A12", {"indicators[6].target_value": "一"}),
        ("A13", {"indicators[8].unit": "元", "indicators[8].target_value": "200000"}),
        ("A14", {"other_tasks[1].planned_amount": "9.99"}),
        ("A14", {"indicators[0].task": "key_tasks[1]", "indicators[1].task": "other_tasks[1]"}),
        ("A17", {"indicators[3].comparator": "ge", "indicators[5].comparator": "ge"}),
        ("A17", {"indicators[3].unit": "%", "indicators[5].unit": "%"}),
        ("A19", {}),
        ("A18", {}),
    ],
)
def test_no_fault_is_found(rule: str, cells: dict[str, Any]) -> None:
    assert found(_with(cells), rule) == []


def test_a_qualitative_target_without_its_sign_is_one_finding() -> None:
    cells = {"indicators[0].comparator": None, "indicators[0].target_value": "持续改善", "indicators[0].unit": None}
    assert [(one.case, one.path) for one in found(_with(cells), "A10")] == [("no_sign", "indicators[0].comparator")]


def test_a5_knows_what_the_department_has() -> None:
    (known,) = found(seed(), "A5", CheckContext(FORM, has_sub_units=True))
    assert (known.severity, known.case) == (WARNING, "known")
    assert found(seed(), "A5", CheckContext(FORM, has_sub_units=False)) == []


def test_a15_weights() -> None:
    document = evaluated()
    assert found(document, "A15") == []
    for row in document["indicators"]:
        row["weight"] = "8"
    assert [(one.case, one.path, one.params["total"]) for one in found(document, "A15")] == [("", "indicators", "96")]
    for value, case in ((None, "missing"), ("abc", "number"), ("-1", "number"), ("6.001", "number"), ("101", "number")):
        findings = found(changed(evaluated(), "indicators[3].weight", value), "A15")
        assert [(one.case, one.path) for one in findings] == [(case, "indicators[3].weight")]


def test_a18_same_as_last_year() -> None:
    last_year = seed()
    context = CheckContext(FORM, last_year=last_year)
    (all_same,) = found(seed(), "A18", context)
    assert (all_same.case, all_same.path, all_same.params["count"]) == ("same", "indicators", "12")
    for row in last_year["indicators"][1:]:
        row["target_value"] = "7"
    (one_same,) = found(seed(), "A18", context)
    assert (one_same.path, one_same.params["rows"]) == ("indicators[0]", "1")


def test_a18_every_target_the_whole() -> None:
    document = seed()
    document["indicators"] = [document["indicators"][index] for index in (4, 9, 10)]
    document["indicators"][2]["target_value"] = "100"
    (whole,) = found(document, "A18")
    assert (whole.case, whole.path, whole.severity) == ("whole", "indicators", INFO)
    assert found(_with({"indicators[2].target_value": "99"}, document), "A18") == []


@pytest.mark.parametrize(
    ("index", "reached", "unit", "easier"),
    [
        (0, "100001", "册/份", True),
        (0, "100000", "册/份", False),
        (0, "200000", "份", False),
        (8, "19", "万元", True),
        (8, "21", "万元", False),
        (3, "49", "批次", True),
        (0, None, "册/份", False),
    ],
)
def test_a19_easier_than_last_year(index: int, reached: str | None, unit: str, easier: bool) -> None:
    last_year = seed()
    last_year["indicators"][index] |= {"actual_value": reached, "unit": unit}
    findings = found(seed(), "A19", CheckContext(FORM, last_year=last_year))
    assert [one.path for one in findings] == ([f"indicators[{index}].target_value"] if easier else [])


def test_year_end_texts_carry_no_mark_and_amounts_are_amounts() -> None:
    document = _with(dict.fromkeys(("key_tasks[1].content", "key_tasks[2].content"), "见附件。"), evaluated())
    document = _with(dict.fromkeys(("other_tasks[0].content", "other_tasks[5].content"), "见附件。"), document)
    assert check_year_end(document, CONTEXT) == []
    typed = {
        "indicators[2].deviation_analysis": "反邪教专项延期（密）",
        "indicators[3].actual_value": "【机密】",
        "execution.deviation_analysis": "机密★5年",
        "execution.executed_amount": "-1",
    }
    found_there = [(one.rule, one.path) for one in check_year_end(_with(typed, document), CONTEXT)]
    assert found_there == [
        ("A3", "execution.executed_amount"),
        ("A16", "indicators[2].deviation_analysis"),
        ("A16", "indicators[3].actual_value"),
        ("A16", "execution.deviation_analysis"),
    ]


def test_rules_keep_their_order_and_their_source() -> None:
    findings = check(seed(), CONTEXT)
    numbers = [int(one.rule[1:]) for one in findings]
    assert numbers == sorted(numbers)
    assert findings == check(seed(), CONTEXT)
    for rule in FORM.checks:
        assert "Source:" in (rule.__doc__ or "")
    assert re.fullmatch("[0-9a-f]{16}", RULES_VERSION)


def test_findings_of_a_draft_and_of_the_tidy_document_are_the_same() -> None:
    typed = {"indicators[0].comparator": "≥", "indicators[0].level1": "产出指标", "indicators[9].level2": "社会效益"}
    assert check(_with(typed), CONTEXT) == check(seed(), CONTEXT)


def test_finding_can_be_stored_and_restored() -> None:
    for finding in check(_with({"budget.other_funds": "-1"}), CONTEXT):
        assert restored(finding.stored()) == finding
    with pytest.raises(ValueError, match="params"):
        restored({"rule": "A1", "severity": "error", "path": "", "source": "proposal", "params": 1})


def test_only_errors_and_holds_block() -> None:
    findings = [Finding("A1", severity, "", "proposal") for severity in Severity]
    assert [one.severity for one in blocking(findings)] == [BLOCK, ERROR]


def test_messages_never_repeat_the_text_around_a_mark() -> None:
    document = _with(
        {"indicators[0].level3": "绝密行动代号七号（密）", "indicators[1].level3": "绝密行动代号七号（密）"}
    )
    document = _with({"key_tasks[0].name": "绝密行动代号八号", "indicators[2].target_value": "九号（密）"}, document)
    words = "".join("".join(rendered(one, lang).values()) for one in check(document, CONTEXT) for lang in languages)
    assert not re.search("[七八九]号", words)


def test_place_in_words() -> None:
    assert place("key_tasks[1].content", "zh") == "年度重点工作任务第 2 行 · 主要实施内容"
    assert place("key_tasks[1].content", "en") == "Key tasks of the year, row 2: Main content"
    assert place("budget.other_funds", "zh") == "预算整体情况 · 其他资金"
    assert place("department", "en") == "Department"
    assert place("", "zh") == "整份表"


def _cases() -> set[tuple[str, str]]:
    """Every rule and case that the catalogue has a message for."""
    keys = [key.split(".") for key in texts("zh") if key.startswith("rule.") and key.endswith(".message")]
    return {(key[1], key[2] if len(key) == 4 else "") for key in keys}


def test_every_case_of_the_catalogue_is_tested_here() -> None:
    elsewhere = {("A5", "known"), ("A15", "missing"), ("A15", "number"), ("A18", "same"), ("A18", "whole"), ("A19", "")}
    sense = {(rule, case) for rule, case, *_ in sense_faults.FAULTS} | sense_faults.ELSEWHERE
    tested = {(rule, case) for rule, case, *_ in FAULTS} | elsewhere | sense
    assert {one for one in _cases() if one[0].startswith("A")} == tested


@pytest.mark.parametrize("lang", languages)
def test_every_finding_is_rendered_without_an_open_place(lang: str) -> None:
    documents = [_with(cells) for _, _, cells, _, _ in FAULTS]
    context = replace(
        CONTEXT, last_year=changed(evaluated(), "indicators[0].actual_value", "200000"), has_sub_units=True
    )
    for document in documents:
        for finding in check(document, context):
            words = rendered(finding, lang)
            assert list(words) == ["rule", "severity", "path", "message", "why", "fix", "source"]
            assert all(words[part] and "{" not in words[part] for part in ("message", "why", "fix", "source"))
