"""The published text table: the seed as printed, the same form printed worse, and files that are cut or foreign."""

import re
from collections.abc import Iterator

import pytest

from service.importers import ReadResult, UnreadableForm, read_form
from tests.workflows.documents import SEED, found, seed

TEXT = SEED.read_text("utf-8")
LINES = TEXT.split("\n")


def _read(text: str) -> ReadResult:
    return read_form(text.encode(), "x.txt")


def _refused(text: str) -> UnreadableForm:
    with pytest.raises(UnreadableForm) as caught:
        _read(text)
    return caught.value


def test_seed_document() -> None:
    document = read_form(SEED.read_bytes(), SEED.name).document
    assert {
        key: document[key] for key in ("form", "region", "fiscal_year", "department", "supervising_department")
    } == {
        "form": "department_overall@2022",
        "region": "揭阳市",
        "fiscal_year": 2022,
        "department": "中共揭阳市委政法委员会",
        "supervising_department": "政法委",
    }
    assert document["basic"] == {"fiscally_supported_headcount": 69, "second_level_unit_count": None}
    assert document["budget"] == {
        "basic_expenditure": "1263.12",
        "project_expenditure": "560.25",
        "fiscal_appropriation": "1823.37",
        "other_funds": None,
    }
    assert [len(document[name]) for name in ("key_tasks", "other_tasks", "indicators")] == [3, 7, 12]
    assert document["key_tasks"][2] == {
        "name": "反邪教专项工作",
        "content": "开展反邪教有关工作。（密）",
        "planned_amount": "10",
        "secrecy_tag": None,
    }
    assert document["indicators"][9] == {
        "level1": "benefit",
        "level2": "social_benefit",
        "level3": "司法救助保障率",
        "interpretation": "司法救助资金使用必须遵循揭市政法委[2012]10号文的规定",
        "comparator": "eq",
        "target_value": "100",
        "unit": "%",
    }
    assert document["overall_goal"].startswith("坚持以习近平新时代")
    assert document["overall_goal"].endswith("公共服务水平。")


def test_seed_changes() -> None:
    changes = read_form(SEED.read_bytes(), SEED.name).as_json("zh")["changes"]
    assert isinstance(changes, list)
    by_path = {change["path"]: (change["from"], change["to"]) for change in changes}
    assert len(by_path) == len(changes) == 14
    assert by_path["indicators[9].level2"] == by_path["indicators[10].level2"] == ("社会效益指 标", "社会效益指标")
    assert by_path["indicators[11].level2"] == ("服务对象满 意度指标", "服务对象满意度指标")
    assert by_path["indicators"][1] is None
    assert "第 29 行" in next(change["why"] for change in changes if change["path"] == "indicators")
    texts = {path: change for path, change in by_path.items() if path.endswith("interpretation")}
    assert len(texts) == 10
    assert all(before.replace(" ", "") == after for before, after in texts.values())


def test_everything_else_of_the_seed_is_as_printed() -> None:
    document = seed()
    printed = TEXT.replace(" ", "")
    for section in ("key_tasks", "other_tasks", "indicators"):
        for row in document[section]:
            texts = [value for name, value in row.items() if name not in ("level1", "level2", "comparator")]
            assert all(value.replace(" ", "") in printed for value in texts if value is not None)


def _cuts() -> Iterator[int]:
    body = TEXT.index("数量指标\t印制")
    yield from range(1, body, 17)


@pytest.mark.parametrize("at", list(_cuts())[::4])
def test_cut_before_the_first_indicator_is_refused_with_its_line(at: int) -> None:
    refusal = _refused(TEXT[:at])
    assert refusal.message_key in {"empty", "no_title", "truncated", "unknown_cell", "columns"}
    assert refusal.message_key == "empty" or refusal.line is not None


def test_cut_within_an_indicator_is_refused_with_its_line() -> None:
    for number in range(30, 41):
        line = LINES[number - 1]
        for end in range(1, line.rindex("\t")):
            refusal = _refused("\n".join([*LINES[: number - 1], line[:end]]))
            assert (refusal.message_key, refusal.line) == ("short_row", number)


def test_cut_after_a_repeated_head_is_refused() -> None:
    assert (_refused("\n".join(LINES[:29])).message_key, _refused("\n".join(LINES[:29])).line) == ("truncated", 29)


@pytest.mark.parametrize(
    ("before", "after", "key", "line"),
    [
        ("## 揭阳市市级2022年部门整体支出预算绩效目标表", "采购清单", "no_title", 5),
        ("## 揭阳市市级2022年", "## 揭阳市市级二〇二二年", "no_title", 5),
        ("部门名称\t", "单位名称\t", "unknown_cell", 7),
        ("财政供养人员数\t69", "编制\t69", "unknown_cell", 8),
        ("预算金额(万元)", "预算金额(亿元)", "money_unit", 9),
        ("收入来源\t预算金额(万元)", "收入来源\t预算金额(元)", "two_units", 9),
        ("其他资金", "基本支出", "repeated_label", 11),
        ("年度重点工作任务\t序号\t名称", "年度重点工作任务\t名称\t序号", "unknown_cell", 14),
        ("\t1\t平安揭阳", "\t甲\t平安揭阳", "unknown_cell", 14),
        ("\t3\t反邪教专项工作", "\t3\t", "unknown_cell", 16),
        ("\t10\t\t\n其他", "\t10\t多余\t\n其他", "unknown_cell", 16),
        ("其他需完成任务", "年度重点工作任务", "", None),
        ("解释\t对比符号", "解释\t方向", "columns", 26),
        ("政法网巡检维护次数\t=", "政法网巡检维护次数", "short_row", 32),
        ("总体绩效目标\t坚持", "总体绩效目标\t\n总体绩效目标\t坚持", "repeated_block", 13),
        (
            "一级指标\t二级指标\t三级指标\t三级指标解释\t对比符号\t指标值\t计量单位\n产出指标\t数量指标\t印制",
            "产出指标\t数量指标\t印制",
            "columns",
            26,
        ),
        ("\n\n一级指标\t二级指标", "\n\n二级指标\t一级指标", "columns", 29),
        ("\t二级预算单位数", "\t", "truncated", 40),
        ("第三方开展测评\t≥\t88\t%", "第三方开展测评\t≥\t88\t%\t又一格", "unknown_cell", 40),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(before: str, after: str, key: str, line: int | None) -> None:
    assert before in TEXT
    refusal = _refused(TEXT.replace(before, after, 1))
    if key:
        assert (refusal.message_key, refusal.line) == (key, line)
    assert refusal.line is not None


def test_two_forms_in_one_file() -> None:
    assert (_refused(TEXT + "\n" + TEXT).message_key, _refused(TEXT + TEXT).line) == ("second_form", 44)


def _reasons(result: ReadResult) -> dict[str, str]:
    return {change.path: change.reason for change in result.changes}


def test_amounts_in_yuan_become_ten_thousands_exactly() -> None:
    text = (
        TEXT.replace("(万元)", "(元)")
        .replace("1263.12", "12,631,200.00")
        .replace("560.25", "5602500.5")
        .replace("\t43\t", "\t430001\t")
    )
    result = _read(text)
    assert result.document["money_source_unit"] == "元"
    assert result.document["budget"]["basic_expenditure"] == "1263.12"
    assert result.document["budget"]["project_expenditure"] == "560.25005"
    assert result.document["other_tasks"][1]["planned_amount"] == "43.0001"
    assert _reasons(result)["other_tasks[1].planned_amount"] == "yuan"
    assert [one.path for one in found(result.document, "A3")] == []


def test_fused_cells_are_parted_and_reported() -> None:
    text = (
        TEXT.replace("≥\t100000\t册/份", "\t≥100,000册/份\t")
        .replace("=\t48\t批次", "=\t48批次\t批次")
        .replace("\t69\t", "\t69人\t")
    )
    result = _read(text)
    assert result.document == seed()
    assert {"indicators[0].target_value", "indicators[3].target_value"} <= set(_reasons(result))
    assert _reasons(result)["basic.fiscally_supported_headcount"] == "fused"
    for printed in ("≤\t≥100000册\t个", "\t≥100000册\t个", "定性\t≥100000册\t个"):
        kept = _read(TEXT.replace("≥\t100000\t册/份", printed)).document["indicators"][0]
        assert (kept["target_value"], kept["unit"]) == ("≥100000册", "个")


def test_merged_levels_are_carried_down_and_reported() -> None:
    text = "\n".join([*LINES[:30], re.sub("^产出指标\t数量指标", "\t", LINES[30]), *LINES[31:]])
    result = _read(text)
    assert result.document == seed()
    assert _reasons(result)["indicators[2].level1"] == _reasons(result)["indicators[2].level2"] == "carried_down"


def test_other_debris() -> None:
    text = TEXT.replace("其他需完成任务\t序号", "\t合计\t\t\t190\n其他需完成任务\t序号")
    text = text.replace("\t4\t政法信息网", "\t序号\t名称\t主要实施内容\t拟投入金额(万元)\n\t\t政法信息网")
    text = text.replace("二级预算单位数", "二级预算 单位数").replace("（巡检）次数", "（巡检） 次数")
    result = _read(text.rstrip("\n") + "\n注：保密内容不列。\n填报人：\t\n")
    assert result.document == seed()
    reasons = [change.reason for change in result.changes]
    assert {"derived_total", "repeated_head", "label_gap", "afterword", "gap"} <= set(reasons)
    assert reasons.count("afterword") == 2


def test_goal_over_several_lines_keeps_its_lines() -> None:
    text = TEXT.replace(
        "推进维护政治安全专项行动，有效维护政法系统政治领域意识形态安全稳定，确保", "\n推进专项 行动，确保", 1
    )
    result = _read(text)
    first, second = result.document["overall_goal"].split("\n")
    assert first.endswith("有力的保障；")
    assert second.startswith("推进专项行动，确保")
    assert _reasons(result)["overall_goal"] == "gap"


def test_block_label_repeated_after_a_page_break() -> None:
    text = TEXT.replace("\t3\t反邪教", "年度重点工作任务\t序号\t名称\t主要实施内容\t拟投入金额(万元)\t\t\n\t3\t反邪教")
    result = _read(text)
    assert result.document == seed()
    assert _reasons(result)["key_tasks"] == "repeated_head"


def test_totals_under_the_budget_are_dropped_and_reported() -> None:
    result = _read(TEXT.replace("总体绩效目标\t", "\t支出合计\t1823.37\t收入合计\t1823.37\n总体绩效目标\t"))
    assert result.document == seed()
    assert _reasons(result)["budget"] == "derived_total"


def test_head_without_a_unit_is_read_as_ten_thousands_and_reported() -> None:
    result = _read(TEXT.replace("拟投入金额(万元)", "拟投入金额"))
    assert result.document == seed()
    assert _reasons(result)["key_tasks"] == _reasons(result)["other_tasks"] == "unit_assumed"


def test_qualitative_row_may_end_without_its_unit() -> None:
    result = _read(TEXT.replace("第三方开展测评\t≥\t88\t%", "第三方开展测评\t定性\t持续提高"))
    last = result.document["indicators"][11]
    assert (last["comparator"], last["target_value"], last["unit"]) == ("qual", "持续提高", None)


def test_endless_files_are_refused() -> None:
    assert _refused(TEXT + "\n" * 20_001).message_key == "too_many_lines"


def test_blanks_that_were_meant_stay() -> None:
    text = TEXT.replace("开展司法救助。", "开展  司法 A 救助\u3000工作 2 次。")
    result = _read(text)
    assert result.document["other_tasks"][4]["content"] == "开展  司法 A 救助\u3000工作 2 次。"
    assert "other_tasks[4].content" not in _reasons(result)


def test_fillers_and_spellings_are_reported() -> None:
    text = (
        TEXT.replace("财政拨款\t1823.37", "财政拨款\t１，８２３．３７")
        .replace("其他资金\t", "其他资金\t/")
        .replace("≤\t20", "不超过\t20")
    )
    result = _read(text)
    assert result.document == seed()
    assert _reasons(result)["budget.fiscal_appropriation"] == "number"
    assert _reasons(result)["budget.other_funds"] == "filler"
    assert _reasons(result)["indicators[8].comparator"] == "comparator"


def test_unknown_level_is_kept_for_the_check_to_flag() -> None:
    result = _read(TEXT.replace("产出指标\t成本指标", "投入指标\t成本指标"))
    assert result.document["indicators"][8]["level1"] == "投入指标"
    assert [one.path for one in found(result.document, "A0")] == ["indicators[8].level1"]


def test_every_change_has_its_words() -> None:
    for lang in ("zh", "en"):
        changes = read_form(SEED.read_bytes(), "x").as_json(lang)["changes"]
        assert isinstance(changes, list)
        assert all(list(change) == ["path", "from", "to", "why"] and change["why"] for change in changes)
